import { type Api, createApi } from './api.js';
import { type Credential, type Credentials, createCredentials } from './credentials.js';
import { signedOutError } from './errors.js';
import { createFolders, type Folders } from './folders.js';
import type { Host } from './host.js';
import { createOutput, type Output } from './output.js';
import { createPrompts, type Prompts } from './prompts.js';
import { readSettings, type Settings } from './settings.js';

/** What every command works with. */
export interface Context {
  readonly host: Host;
  readonly output: Output;
  readonly prompts: Prompts;
  readonly credentials: Credentials;
  readonly folders: Folders;
  /** Read when a command wants them: `aura --help` works with wrong ones. */
  readonly settings: () => Settings;
  /** The API without a sign-in. */
  readonly publicApi: () => Api;
  /**
   * The API as the person who is signed in; an error with exit code 3 where nobody is.
   *
   * @param signal ends its requests; by default Ctrl-C does
   */
  readonly api: (signal?: AbortSignal) => Promise<Api>;
  /** The sign-in that commands use, whoever gave it. */
  readonly credential: () => Promise<Pick<Credential, 'token'> | null>;
}

export function createContext(host: Host): Context {
  const credentials = createCredentials(host.home);
  const settings = () => readSettings(host.env);
  const credential = async () => {
    const { token, apiUrl } = settings();
    return token === undefined ? credentials.read(apiUrl) : { token };
  };
  return {
    host,
    output: createOutput(host),
    prompts: createPrompts(host),
    credentials,
    folders: createFolders(host.home),
    settings,
    credential,
    publicApi: () => createApi(settings(), undefined, host.signal),
    api: async (signal = host.signal) => {
      const found = await credential();
      if (found !== null) return createApi(settings(), found.token, signal);
      throw signedOutError(
        `You are not signed in to ${settings().apiUrl}`,
        'Run aura login, or set AURA_TOKEN.',
      );
    },
  };
}
