import { SECRET_KEY_PREFIX } from '@auraimage/protocol';
import { type Api, type ApiOptions, createApi } from './api.js';
import { type ExitCode, signedOutError } from './errors.js';
import { createHome, type Home } from './home.js';
import type { Host } from './host.js';
import { createOutput, type Output } from './output.js';
import { createPrompts, type Prompts } from './prompts.js';
import { readSettings, type Settings } from './settings.js';

/** Uploading takes longer than a request to the API, and a folder of files meets the server's rate limit. */
const UPLOAD_TIMEOUT_MS = 15 * 60_000;

/** What every command works with. */
export interface Context {
  readonly host: Host;
  readonly output: Output;
  readonly prompts: Prompts;
  readonly home: Home;
  /** Read when a command needs them: `aura --help` works with wrong ones. */
  readonly settings: () => Settings;
  /** The token that commands use: `AURA_TOKEN`, or the one of `aura login`. */
  readonly token: () => Promise<Token | null>;
  /**
   * The API with that token; an error with exit code 3 where there is none.
   *
   * @param signal ends its requests; by default Ctrl-C does
   */
  readonly api: (signal?: AbortSignal) => Promise<Api>;
  /** The API with another token, or with none. */
  readonly apiAs: (token: string | undefined, signal?: AbortSignal) => Api;
  /** The CDN, for uploads. It never sees the token: an upload token is all it needs. */
  readonly cdn: (signal?: AbortSignal) => Api;
  /** Sets the exit code of a command that ends without an error. */
  readonly setExit: (code: ExitCode) => void;
}

interface Token {
  readonly value: string;
  /** A secret key opens one project and nothing of the account; a CLI token does what its owner may do. */
  readonly isSecretKey: boolean;
}

export function createContext(host: Host, setExit: Context['setExit']): Context {
  const home = createHome(host.home);
  const settings = () => readSettings(host.env);
  const token = async () => {
    const { token: fromEnvironment, apiUrl } = settings();
    const value = fromEnvironment ?? (await home.signIn(apiUrl))?.token;
    if (value === undefined) return null;
    return { value, isSecretKey: value.startsWith(SECRET_KEY_PREFIX) };
  };
  const apiAs: Context['apiAs'] = (value, signal = host.signal) => {
    const { apiUrl: baseUrl, token: fromEnvironment } = settings();
    const common: ApiOptions = { baseUrl, setting: 'AURA_API_URL', signal };
    if (value === undefined) return createApi(common);
    const isTokenFromEnvironment = value === fromEnvironment;
    return createApi({ ...common, token: value, isTokenFromEnvironment });
  };
  return {
    host,
    output: createOutput(host),
    prompts: createPrompts(host),
    home,
    settings,
    token,
    apiAs,
    api: async (signal) => {
      const found = await token();
      if (found !== null) return apiAs(found.value, signal);
      throw signedOutError(
        `You are not signed in to ${settings().apiUrl}`,
        'Run aura login, or set AURA_TOKEN.',
      );
    },
    cdn: (signal = host.signal) =>
      createApi({
        baseUrl: settings().cdnUrl,
        setting: 'AURA_CDN_URL',
        signal,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      }),
    setExit,
  };
}
