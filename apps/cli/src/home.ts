import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, hasCode, signedOutError } from './errors.js';

/** What `aura login` leaves on this machine. */
interface SignIn {
  readonly token: string;
  readonly email: string;
}

interface SavedKeys {
  /** ISO 8601 in UTC. */
  readonly savedAt: string;
  readonly keySet: object;
}

/** What `aura` keeps in `~/.aura`. Everything is kept per API address: no token goes to another server. */
export interface Home {
  signIn(apiUrl: string): Promise<SignIn | null>;
  saveSignIn(apiUrl: string, signIn: SignIn): Promise<void>;
  removeSignIn(apiUrl: string): Promise<void>;
  /** The project that `aura init` chose in this folder or the nearest one above it. */
  projectOf(apiUrl: string, folder: string): Promise<string | undefined>;
  saveProject(apiUrl: string, folder: string, project: string): Promise<void>;
  /** The keys of a server's receipts that `aura` requested last. */
  receiptKeys(issuer: string): Promise<SavedKeys | null>;
  saveReceiptKeys(issuer: string, saved: SavedKeys): Promise<void>;
}

export function createHome(home: string): Home {
  const credentials = join(home, '.aura', 'credentials');
  const projects = join(home, '.aura', 'projects');
  const receiptKeys = join(home, '.aura', 'receipt-keys');
  return {
    async signIn(apiUrl) {
      const entry = (await readMembers(credentials))[apiUrl];
      if (typeof entry !== 'object' || entry === null) return null;
      const { token, email }: { token?: unknown; email?: unknown } = entry;
      return typeof token === 'string' && typeof email === 'string' ? { token, email } : null;
    },
    async saveSignIn(apiUrl, { token, email }) {
      const members = await readMembers(credentials);
      await writeMembers(credentials, { ...members, [apiUrl]: { token, email } });
    },
    async removeSignIn(apiUrl) {
      const { [apiUrl]: entry, ...others } = await readMembers(credentials);
      if (entry !== undefined) await writeMembers(credentials, others);
    },
    async projectOf(apiUrl, folder) {
      const chosen = Object((await readMembers(projects))[apiUrl]);
      for (let at = folder; ; at = dirname(at)) {
        const project: unknown = Object.hasOwn(chosen, at) ? chosen[at] : undefined;
        if (typeof project === 'string') return project;
        if (dirname(at) === at) return undefined;
      }
    },
    async saveProject(apiUrl, folder, project) {
      const members = await readMembers(projects);
      const chosen = { ...Object(members[apiUrl]), [folder]: project };
      await writeMembers(projects, { ...members, [apiUrl]: chosen });
    },
    async receiptKeys(issuer) {
      const { savedAt, keySet } = Object((await readMembers(receiptKeys))[issuer]);
      const isUsable = typeof savedAt === 'string' && Array.isArray(Object(keySet).keys);
      return isUsable ? { savedAt, keySet } : null;
    },
    async saveReceiptKeys(issuer, saved) {
      await writeMembers(receiptKeys, { ...(await readMembers(receiptKeys)), [issuer]: saved });
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

/** The members of a JSON file that only its owner may read; none where there is no file. */
async function readMembers(path: string): Promise<Members> {
  const mode = await modeOf(path);
  if (mode === null) return {};
  // Other users may have read its secrets, or written an entry of their own.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw signedOutError(
      `${path} is not used: other users of this machine may read it`,
      `Run chmod 600 ${path}. If others use this machine, run aura login again as well.`,
    );
  }
  return parse(path, await readFile(path, 'utf8'));
}

async function writeMembers(path: string, members: Members): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, `${JSON.stringify(members, null, 2)}\n`, 0o600);
}

function parse(path: string, text: string): Members {
  try {
    const members: unknown = JSON.parse(text);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
      return { ...members };
    }
  } catch {
    // Reported below: the parser's own message would quote the file.
  }
  throw new CliError(`${path} is not a JSON object`, {
    fix: 'Repair or remove it, then run aura login.',
  });
}

/** Replaces a file atomically: a reader, or a crash, finds the old content or the new. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', mode);
  try {
    try {
      // open() subtracts the umask from the mode.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Permission bits of a file; null where there is none. */
export async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
