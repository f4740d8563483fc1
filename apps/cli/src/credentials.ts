import { join } from 'node:path';
import { createHomeFile } from './home-file.js';

/** What a sign-in leaves on this machine. */
export interface Credential {
  readonly token: string;
  readonly email: string;
}

/** Tokens by the address of the API that gave them: one cannot be sent to another server. */
export interface Credentials {
  read(apiUrl: string): Promise<Credential | null>;
  save(apiUrl: string, credential: Credential): Promise<void>;
  /** @returns whether there was one */
  remove(apiUrl: string): Promise<boolean>;
}

/** `~/.aura/credentials`, mode 0600 in a folder of mode 0700. */
export function createCredentials(home: string): Credentials {
  const file = createHomeFile(join(home, '.aura', 'credentials'));
  return {
    async read(apiUrl) {
      const entry = (await file.read())[apiUrl];
      if (typeof entry !== 'object' || entry === null) return null;
      const { token, email }: { token?: unknown; email?: unknown } = entry;
      return typeof token === 'string' && typeof email === 'string' ? { token, email } : null;
    },
    async save(apiUrl, { token, email }) {
      await file.write({ ...(await file.read()), [apiUrl]: { token, email } });
    },
    async remove(apiUrl) {
      const { [apiUrl]: entry, ...others } = await file.read();
      if (entry === undefined) return false;
      await file.write(others);
      return true;
    },
  };
}
