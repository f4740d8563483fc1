import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Schemas } from '@auraimage/client';
import { type Api, pause, RequestError } from '../api.js';
import { CliError, EXIT } from '../errors.js';
import type { FoundFile } from './files.js';
import type { NameOf } from './names.js';

type Visibility = Schemas['Image']['visibility'];

const FIRST_PAUSE_MS = 250;
/** Uploads of a folder meet the server's rate limit; it says when to go on. */
const PATIENCE_MS = 5 * 60_000;
const TOKEN_SECONDS = 3600;
const LEAST_MAX_SIZE = 30 * 1024 * 1024;

/** What became of one file: a line of `aura upload --json`. */
export interface FileOutcome {
  readonly file: string;
  readonly status: 'uploaded' | 'skipped' | 'planned' | 'failed';
  readonly key?: string;
  readonly url?: string;
  /** What an `<img>` shows. */
  readonly displayUrl?: string;
  readonly visibility?: Visibility;
  /** Bytes. */
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly format?: string;
  /** Of the file's bytes: 64 lower-case hexadecimal digits. Absent where they were not compared. */
  readonly sha256?: string;
  /** Proof of the upload, for `aura verify`. Absent unless the file was uploaded. */
  readonly receipt?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Sender {
  readonly api: Api;
  readonly cdn: Api;
  readonly project: string;
  readonly visibility: Visibility;
  readonly dryRun: boolean;
  readonly nameOf: NameOf;
  /** Whether a file replaces an image that has its name. */
  readonly overwrite: boolean;
  /** A token for a file with the name, or with a generated key. */
  readonly uploadToken: (name?: string) => Promise<string>;
  /** How often a file is tried while the server does not answer, with longer and longer pauses. */
  readonly attempts: number;
  /** Ends the pauses. */
  readonly signal: AbortSignal;
  /** Current files by their image's name, else by their SHA-256. */
  readonly equalFiles: Map<string, Promise<FileOutcome>>;
}

/**
 * Sends one file, unless the project has the same bytes with the same visibility already.
 *
 * @throws an error that every other file would meet too: not signed in, no response
 */
export async function sendFile(sender: Sender, found: FoundFile): Promise<FileOutcome> {
  const { file } = found;
  try {
    const naming = sender.nameOf(found);
    if (naming !== null && 'problem' in naming) {
      return { file, status: 'failed', error: { code: 'name_invalid', message: naming.problem } };
    }
    const name = naming?.name;
    const opened = await openFile(found.path);
    // Of two files that would be one image, the second waits for the first.
    const same = name ?? opened.sha256;
    const send = () => sendOnce(sender, found, { ...opened, name });
    const outcome = Promise.resolve(sender.equalFiles.get(same)).then(send, send);
    sender.equalFiles.set(same, outcome);
    try {
      return await outcome;
    } finally {
      if (sender.equalFiles.get(same) === outcome) sender.equalFiles.delete(same);
    }
  } catch (error) {
    if (endsRun(error)) throw error;
    return { file, status: 'failed', error: described(error) };
  }
}

/** Statuses that every other file would get, too: storage and rate are used up, or the project is another's. */
const ENDING_STATUSES: ReadonlySet<number> = new Set([0, 401, 402, 403, 429, 503, 507]);

function endsRun(error: unknown): boolean {
  if (error instanceof RequestError) return ENDING_STATUSES.has(error.status);
  return error instanceof CliError && error.exit !== EXIT.failed;
}

interface OpenedFile {
  readonly sha256: string;
  /** Its bytes, read as they are sent: an error once the file has changed. */
  readonly blob: Blob;
  readonly hasChanged: () => Promise<boolean>;
}

/** Opens a file for two readings of the same bytes, one for the hash and one for the upload. */
async function openFile(path: string): Promise<OpenedFile> {
  const stateOf = async () => {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return [size, mtimeNs, ino].join(' ');
  };
  const before = await stateOf();
  const hasChanged = async () => (await stateOf().catch(() => '')) !== before;
  const blob = await openAsBlob(path);
  const hash = createHash('sha256');
  try {
    for await (const chunk of blob.stream()) hash.update(chunk);
  } catch (error) {
    throw (await hasChanged()) ? fileChanged() : error;
  }
  return { sha256: hash.digest('hex'), blob, hasChanged };
}

function fileChanged(): CliError {
  return new CliError('The file has changed while it was read', { code: 'file_changed' });
}

interface NamedFile extends OpenedFile {
  readonly name: string | undefined;
}

async function sendOnce(
  sender: Sender,
  { file, size, below }: FoundFile,
  opened: NamedFile,
): Promise<FileOutcome> {
  const { sha256, name, blob } = opened;
  for (let attempt = 1; ; attempt++) {
    try {
      const existing = await findStored(sender, opened);
      if (existing !== null) return { file, status: 'skipped', ...facts(existing), sha256 };
      if (sender.dryRun) return { file, status: 'planned', size };
      const token = await sender.uploadToken(name);
      const image = await uploadBlob(sender.cdn, token, blob, posix.basename(below));
      return { file, status: 'uploaded', ...facts(image), sha256 };
    } catch (error) {
      if (await opened.hasChanged()) throw fileChanged();
      // An upload of a command that was killed may have ended on the server since the look above.
      if (error instanceof RequestError && error.code === 'name_taken') {
        const stored = await findStored(sender, opened);
        if (stored !== null) return { file, status: 'skipped', ...facts(stored), sha256 };
      }
      // The server may have stored it although the response was lost: so look again before the next attempt.
      if (!isUnreachable(error) || attempt >= sender.attempts) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), sender.signal);
    }
  }
}

/** The image that has these bytes with this visibility: under the name, or under any key where none is given. */
async function findStored({ api, project, visibility }: Sender, { sha256, name }: NamedFile) {
  if (name !== undefined) {
    const path = { project, key: name };
    const image = await api((client) =>
      client.GET('/v1/images/{project}/{key}', { params: { path } }),
    ).catch((error: unknown) => {
      if (error instanceof RequestError && error.status === 404) return null;
      throw error;
    });
    return image?.sha256 === sha256 && image.visibility === visibility ? image : null;
  }
  const { images } = await api((client) =>
    client.GET('/v1/projects/{project}/images', {
      params: { path: { project }, query: { sha256, visibility, limit: 1 } },
    }),
  );
  return images[0] ?? null;
}

/** Uploads to the CDN, which needs an upload token and nothing else. */
export function uploadBlob(
  cdn: Api,
  uploadToken: string,
  blob: Blob,
  filename: string,
): Promise<Schemas['UploadedImage']> {
  return cdn(
    (client) =>
      client.POST('/v1/upload', {
        headers: { 'X-Aura-Signature': uploadToken },
        body: { file: blob },
        bodySerializer: ({ file }) => {
          const form = new FormData();
          form.append('file', file, filename);
          return form;
        },
      }),
    { patienceMs: PATIENCE_MS },
  );
}

export interface UploadTerms {
  readonly project: string;
  readonly visibility: Visibility;
  /** Bytes of the largest file. */
  readonly largest: number;
  readonly overwrite?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Gives an upload token with at least half of its lifetime left; many files share one, a name has its own. */
export function createUploadToken(
  api: Api,
  { project, visibility, largest, overwrite = false, metadata }: UploadTerms,
): (name?: string) => Promise<string> {
  let current: { readonly signature: Promise<string>; readonly until: number } | undefined;
  const request = {
    projectName: project,
    maxSize: Math.max(largest, LEAST_MAX_SIZE),
    allowedTypes: ['image/*'],
    expiresIn: TOKEN_SECONDS,
    visibility,
    ...(metadata === undefined ? {} : { metadata }),
  };
  return (name) => {
    if (name !== undefined) return signUpload(api, { ...request, name, overwrite });
    if (current === undefined || Date.now() >= current.until) {
      const signature = signUpload(api, request);
      current = { signature, until: Date.now() + (TOKEN_SECONDS * 1000) / 2 };
      // After a failure the next file requests a new one.
      signature.catch(() => {
        current = undefined;
      });
    }
    return current.signature;
  };
}

export interface UploadRequest {
  readonly projectName: string;
  /** Bytes. */
  readonly maxSize: number;
  readonly allowedTypes: string[];
  /** Seconds. */
  readonly expiresIn: number;
  readonly visibility: Visibility;
  readonly name?: string;
  readonly overwrite?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

export async function signUpload(api: Api, body: UploadRequest): Promise<string> {
  const { signature } = await api((client) => client.POST('/v1/sign', { body }));
  return signature;
}

function facts({
  key,
  url,
  displayUrl,
  visibility,
  size,
  width,
  height,
  format,
  receipt,
}: Schemas['UploadedImage']) {
  const facts = { key, url, displayUrl, visibility, size, width, height, format };
  return receipt === undefined ? facts : { ...facts, receipt };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof RequestError && error.status === 0;
}

function described(error: unknown): { code: string; message: string } {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'file_unreadable', message };
}
