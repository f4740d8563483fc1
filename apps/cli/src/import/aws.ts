import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
import { usageError } from '../errors.js';
import type { Host } from '../host.js';

/** How a bucket is reached. */
export interface AwsSettings {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  /** Address of a store that is not Amazon's, without a slash at the end. */
  readonly endpoint?: string;
}

const EXPORT =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. For SSO and roles: eval "$(aws configure export-credentials --format env)"';

/**
 * Reads the settings of AWS tools: the environment, and what it does not set from the profile in `~/.aws`.
 *
 * @throws a usage error where there are no keys
 */
export async function readAwsSettings({
  env,
  home,
}: Pick<Host, 'env' | 'home'>): Promise<AwsSettings> {
  const profile = await readProfile(env, home);
  const keys = env['AWS_ACCESS_KEY_ID'] ? fromEnvironment(env) : fromProfile(profile);
  if (keys.accessKeyId === '' || keys.secretAccessKey === '') {
    throw usageError('There are no keys for the bucket', EXPORT);
  }
  const endpoint =
    env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || profile['endpoint_url'] || '';
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile['region'] || 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/.test(region)) {
    throw usageError('AWS_REGION is not a region', 'Give a name such as eu-central-1 or auto.');
  }
  return { ...keys, region, ...(endpoint === '' ? {} : { endpoint: checkEndpoint(endpoint) }) };
}

type Keys = Pick<AwsSettings, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;

function fromEnvironment(env: Host['env']): Keys {
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(sessionToken ? { sessionToken } : {}),
  };
}

type Profile = Readonly<Record<string, string | undefined>>;

function fromProfile(profile: Profile): Keys {
  const sessionToken = profile['aws_session_token'];
  return {
    accessKeyId: profile['aws_access_key_id'] ?? '',
    secretAccessKey: profile['aws_secret_access_key'] ?? '',
    ...(sessionToken ? { sessionToken } : {}),
  };
}

async function readProfile(env: Host['env'], home: string): Promise<Profile> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws', 'credentials'),
    configFilepath: env['AWS_CONFIG_FILE'] || join(home, '.aws', 'config'),
    ignoreCache: true,
  });
  const name = env['AWS_PROFILE'] || 'default';
  const [config, credentials] = [configFile[name], credentialsFile[name]];
  if (env['AWS_PROFILE'] && config === undefined && credentials === undefined) {
    throw usageError(`There is no profile ${JSON.stringify(name)} in ~/.aws`, EXPORT);
  }
  return { ...config, ...credentials };
}

function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text)) {
    return url.href.replace(/\/+$/, '');
  }
  throw usageError(
    'AWS_ENDPOINT_URL is not a plain http or https URL',
    'Set it to an address such as https://s3.example.',
  );
}
