import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  baseUrl,
  flag,
  masterKey,
  origin,
  password,
  proxies,
  size,
  sizeOrNone,
  sizes,
  storage,
  variable,
  whole,
} from './config-values.js';

/** Every variable that the server reads, with what a person needs to know about it. */
const VARIABLES = {
  port: variable('PORT', whole(0, 65_535), '8787', 'TCP port; 0 takes a free one'),
  host: variable('HOST', z.string().min(1), '127.0.0.1', 'Address to listen on; 0.0.0.0 for all'),
  dataDir: variable(
    'AURA_DATA_DIR',
    z.string().min(1),
    'aura-data',
    'Folder for database, images and master key',
  ),
  storage: variable(
    'AURA_STORAGE',
    storage.optional(),
    undefined,
    'Bucket for images, as s3://bucket?endpoint=https://…&region=…; default: a folder in AURA_DATA_DIR',
  ),
  storageSeconds: variable(
    'AURA_STORAGE_TIMEOUT',
    whole(1, 600),
    '10',
    'Seconds for the bucket to answer, further tries included',
  ),
  accessKeyId: variable(
    'AWS_ACCESS_KEY_ID',
    z.string().optional(),
    undefined,
    'Access key for the bucket',
  ),
  secretAccessKey: variable(
    'AWS_SECRET_ACCESS_KEY',
    z.string().optional(),
    undefined,
    'Secret of AWS_ACCESS_KEY_ID',
  ),
  sessionToken: variable(
    'AWS_SESSION_TOKEN',
    z.string().optional(),
    undefined,
    'Session token of temporary keys',
  ),
  publicUrl: variable(
    'AURA_PUBLIC_URL',
    baseUrl.optional(),
    undefined,
    'Where clients reach this server; default http://localhost:PORT',
  ),
  cdnUrl: variable(
    'AURA_CDN_URL',
    baseUrl.optional(),
    undefined,
    'Where pictures are read and uploaded; default AURA_PUBLIC_URL',
  ),
  appUrl: variable(
    'AURA_APP_URL',
    origin.optional(),
    undefined,
    'Where the dashboard and the API are reached, scheme and host only; default AURA_PUBLIC_URL',
  ),
  trustedProxies: variable(
    'AURA_TRUSTED_PROXIES',
    proxies,
    '',
    "Proxies in front, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For tells who the client is. Empty: nobody's does",
  ),
  adminEmail: variable(
    'AURA_ADMIN_EMAIL',
    z.email('give an email address').max(254).optional(),
    undefined,
    'Makes the first account, in place of the set-up link; no effect once there is one',
  ),
  adminPassword: variable(
    'AURA_ADMIN_PASSWORD',
    password.optional(),
    undefined,
    'Password of the first account, 12 to 128 characters',
  ),
  masterKey: variable(
    'AURA_MASTER_KEY',
    masterKey.optional(),
    undefined,
    'Key that encrypts secrets at rest, 32 bytes as hex or base64; default: a file made in the data folder',
  ),
  newMasterKey: variable(
    'AURA_NEW_MASTER_KEY',
    masterKey.optional(),
    undefined,
    'The key that `aura-server rekey` changes to, 32 bytes as hex or base64; default: a new one in the key file',
  ),
  logLevel: variable(
    'AURA_LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'give trace, debug, info, warn, error, fatal or silent',
    }),
    'info',
    'Least level that is logged; info has a line per request',
  ),
  metricsToken: variable(
    'AURA_METRICS_TOKEN',
    z.string().min(16, 'give at least 16 characters').optional(),
    undefined,
    'Bearer token for /metrics; needed once AURA_PUBLIC_URL is set, until then this machine gets them without',
  ),
  maxUploadBytes: variable(
    'AURA_MAX_UPLOAD_SIZE',
    size,
    '30mb',
    'Largest file, whatever its token allows',
  ),
  maxPixels: variable(
    'AURA_MAX_PIXELS',
    whole(1, 1_000_000_000),
    '50000000',
    'Most pixels of an image, all frames together',
  ),
  maxFrames: variable('AURA_MAX_FRAMES', whole(1, 100_000), '1000', 'Most frames of an animation'),
  imageJobs: variable(
    'AURA_IMAGE_JOBS',
    whole(1, 64),
    String(Math.min(5, availableParallelism() + 1)),
    'Images worked on at the same time',
  ),
  maxConcurrentUploads: variable(
    'AURA_MAX_CONCURRENT_UPLOADS',
    whole(1, 10_000),
    '64',
    'Uploads under way at once; more are answered 503',
  ),
  uploadsPerClient: variable(
    'AURA_UPLOADS_PER_MINUTE_PER_CLIENT',
    whole(1, 1_000_000),
    '120',
    'Uploads a minute from one network address',
  ),
  uploadsPerProject: variable(
    'AURA_UPLOADS_PER_MINUTE_PER_PROJECT',
    whole(1, 1_000_000),
    '1200',
    'Uploads a minute to one project',
  ),
  cacheBytes: variable(
    'AURA_CACHE_MEMORY',
    sizeOrNone,
    '64mb',
    'Memory for public images kept by the edge cache; 0 for none',
  ),
  cacheDiskBytes: variable(
    'AURA_CACHE_DISK',
    sizeOrNone,
    '1gb',
    'Disk for variants of public images kept by the edge cache; 0 for none',
  ),
  privateVariantBytes: variable(
    'AURA_PRIVATE_VARIANTS',
    size,
    '1gb',
    'Disk for variants of private images kept in the object store; those read longest ago go first',
  ),
  variantSizes: variable(
    'AURA_VARIANT_SIZES',
    sizes,
    '',
    'Widths that variants may have, such as 320,640,1280 (heights, where no width is named); the nearest larger one is served. Empty: any',
  ),
  maxVariantsPerImage: variable(
    'AURA_MAX_VARIANTS_PER_IMAGE',
    whole(1, 1_000_000),
    '200',
    'Variants of one image kept at once; a further one is answered 429',
  ),
  encodeSecondsPerMinute: variable(
    'AURA_ENCODE_SECONDS_PER_MINUTE',
    whole(1, 100_000),
    '60',
    'Seconds of image work a minute for the new variants of one project',
  ),
  headerTimeoutSeconds: variable(
    'AURA_HEADER_TIMEOUT',
    whole(1, 3600),
    '15',
    'Seconds for a request to send its header fields',
  ),
  bodyIdleSeconds: variable(
    'AURA_BODY_IDLE_TIMEOUT',
    whole(1, 3600),
    '20',
    'Seconds that an upload may send nothing',
  ),
  bodyTotalSeconds: variable(
    'AURA_BODY_TIMEOUT',
    whole(1, 3600),
    '300',
    'Seconds for a whole upload',
  ),
  idleSeconds: variable(
    'AURA_IDLE_TIMEOUT',
    whole(1, 3600),
    '60',
    'Seconds that a reader may take nothing of an answer',
  ),
  maxConnections: variable(
    'AURA_MAX_CONNECTIONS',
    whole(1, 1_000_000),
    '10000',
    'Connections held open at once',
  ),
  drainSeconds: variable(
    'AURA_DRAIN_TIMEOUT',
    whole(0, 3600),
    '30',
    'Seconds that work under way gets to end after SIGTERM',
  ),
  legacyVisibilityTokens: variable(
    'AURA_LEGACY_VISIBILITY_TOKENS',
    flag,
    'false',
    'Accept plain upload tokens where visibility changes, as older third-party SDKs send them',
  ),
} as const;

type Variables = typeof VARIABLES;

/** The server's settings, parsed and within their bounds. */
export type Config = { readonly [K in keyof Variables]: z.output<Variables[K]['schema']> };

/** What `docs/configuration.md` has to list. */
export const CONFIG_VARIABLES: readonly {
  readonly name: string;
  readonly default: string | undefined;
  readonly meaning: string;
}[] = Object.values(VARIABLES).map(({ name, fallback, meaning }) => ({
  name,
  default: fallback,
  meaning,
}));

/** Thrown for settings that cannot be used; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from environment variables. An empty variable counts as absent.
 *
 * @throws {ConfigError} naming every variable that is wrong and what it may be
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const entries = Object.entries(VARIABLES).map(([member, { name, schema, fallback, secret }]) => {
    const text = environment[name] || fallback;
    const parsed = schema.safeParse(text);
    if (!parsed.success) {
      const shown = secret ? '' : ` (it is ${JSON.stringify(text)})`;
      problems.push(
        `${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}${shown}`,
      );
    }
    return [member, parsed.data] as const;
  });
  problems.push(...problemsTogether(environment));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  const config = Object.fromEntries(entries) as Config;
  const { storage: bucket, accessKeyId, secretAccessKey } = config;
  if (bucket !== undefined && (accessKeyId === undefined || secretAccessKey === undefined)) {
    throw new ConfigError('AURA_STORAGE needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  return { ...config, dataDir: resolve(config.dataDir) };
}

/** What is wrong with variables that are right each by itself. */
function problemsTogether(environment: Parameters<typeof readConfig>[0]): string[] {
  const { AURA_ADMIN_EMAIL: email, AURA_ADMIN_PASSWORD: given } = environment;
  if (Boolean(email) === Boolean(given)) return [];
  const missing = email ? 'AURA_ADMIN_PASSWORD' : 'AURA_ADMIN_EMAIL';
  return [`${missing}: the first account takes an email and a password: set both or neither`];
}
