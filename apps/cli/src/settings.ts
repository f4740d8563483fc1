import { isProjectName } from '@auraimage/protocol';
import { usageError } from './errors.js';
import type { Host } from './host.js';

const DEFAULT_URL = 'http://localhost:8787';

/** Variables that `aura --help` shows; docs/reference/cli.md says more. */
const VARIABLES = {
  AURA_API_URL: `the server; default ${DEFAULT_URL}`,
  AURA_CDN_URL: 'where images are served and uploaded; default: AURA_API_URL',
  AURA_WEB_URL: 'the dashboard; default: AURA_API_URL',
  AURA_PROJECT: 'the project, in place of --project',
  AURA_TOKEN: 'a CLI token or secret key in place of aura login, for CI',
  AURA_SERVE_SECRET:
    'with NEXT_PUBLIC_AURA_PROJECT_NAME: sign links of that project here; aura doctor checks it',
  NO_COLOR: 'no colours',
} as const;

export const SETTINGS_HELP = Object.entries(VARIABLES)
  .map(([name, text]) => `  ${name.padEnd(18)} ${text}`)
  .join('\n');

/** What `aura` reads from the environment. */
export interface Settings {
  /** Where the control API answers, without a slash at the end. */
  readonly apiUrl: string;
  /** Where images are served and uploads sent. */
  readonly cdnUrl: string;
  /** Where the dashboard is. */
  readonly webUrl: string;
  /** A CLI token or a secret key, used in place of `aura login`. */
  readonly token: string | undefined;
  readonly project: string | undefined;
  /** With both of these, links of that project are signed on this machine. */
  readonly serveSecret: string | undefined;
  readonly serveProject: string | undefined;
}

/** Reads the environment. A wrong value is an error that names its variable. */
export function readSettings(env: Host['env']): Settings {
  const apiUrl = url(env, 'AURA_API_URL') ?? DEFAULT_URL;
  const serveProject = project(env, 'NEXT_PUBLIC_AURA_PROJECT_NAME');
  return {
    apiUrl,
    cdnUrl: url(env, 'AURA_CDN_URL') ?? url(env, 'NEXT_PUBLIC_AURA_CDN_URL') ?? apiUrl,
    webUrl: url(env, 'AURA_WEB_URL') ?? apiUrl,
    token: secret(
      env,
      'AURA_TOKEN',
      /^(?:aura_cli_|sk_live_)[\w-]{1,200}$/,
      'aura_cli_ or sk_live_',
    ),
    project: project(env, 'AURA_PROJECT') ?? serveProject,
    serveSecret: secret(env, 'AURA_SERVE_SECRET', /^psk_live_[\w-]{1,200}$/, 'psk_live_'),
    serveProject,
  };
}

function url(env: Host['env'], variable: string): string | undefined {
  const value = env[variable];
  if (!value) return undefined;
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const usable = parsed !== null && /^https?:$/.test(parsed.protocol) && !/[?#@]/.test(value);
  if (usable) return parsed.href.replace(/\/+$/, '');
  // The value is not shown: it may be a secret in the wrong variable.
  throw usageError(
    `${variable} is not a plain http or https URL`,
    'Set it to an address such as https://images.example.',
  );
}

function project(env: Host['env'], variable: string): string | undefined {
  const value = env[variable];
  if (!value) return undefined;
  if (isProjectName(value)) return value;
  throw usageError(`${variable} is not a project's name`, 'Names are 2 to 40 of a-z, 0-9 and "-".');
}

function secret(
  env: Host['env'],
  variable: string,
  form: RegExp,
  prefix: string,
): string | undefined {
  const value = env[variable]?.trim();
  if (!value) return undefined;
  if (form.test(value)) return value;
  throw usageError(
    `${variable} does not have the form of its secrets`,
    `It begins with ${prefix}.`,
  );
}
