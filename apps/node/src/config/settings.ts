import { availableParallelism } from 'node:os';
import {
  baseUrl,
  bucketUrl,
  databaseUrl,
  email,
  encryptionKey,
  flag,
  headerFields,
  oneOf,
  opaque,
  origin,
  pixelSizes,
  proxies,
  ratio,
  type SettingType,
  secretText,
  size,
  sizeOrNone,
  textUpTo,
  whole,
} from './types.js';

/** The parts of docs/configuration.md, in this order. */
export const GROUPS = {
  process: 'Process and network',
  data: 'Data',
  addresses: 'Addresses and proxies',
  account: 'The first account',
  uploads: 'Uploads',
  variants: 'Variants and caches',
  observability: 'Logs, metrics and traces',
} as const;

interface Facts {
  /** Of the environment variable. */
  readonly name: string;
  readonly group: keyof typeof GROUPS;
  /** For docs/configuration.md, in Markdown. */
  readonly description: string;
  /** Whether the value must never be shown. */
  readonly secret?: true;
  /** What to do about a wrong value, where an example does not say it. */
  readonly fix?: string;
}

/** A row of the table. */
export interface Setting<T> extends Facts {
  readonly type: Pick<SettingType<T>, 'allowed'>;
  /** What holds without the variable, as text of the variable; absent where it is another thing. */
  readonly default?: string;
  /** What the default is, where it depends on the machine or on other settings. */
  readonly defaultText?: string;
  readonly example?: string;
  /** @param text of the variable; `undefined` where it is not set */
  read(text: string | undefined): T;
}

function setting<T>(
  facts: Facts & {
    readonly type: SettingType<T>;
    readonly default: string;
    readonly defaultText?: string;
    readonly example?: string;
  },
): Setting<T> {
  return { ...facts, read: (text) => facts.type.parse(text ?? facts.default) };
}

function optional<T>(
  facts: Facts & {
    readonly type: SettingType<T>;
    readonly defaultText?: string;
    readonly example?: string;
  },
): Setting<T | undefined> {
  return { ...facts, read: (text) => (text === undefined ? undefined : facts.type.parse(text)) };
}

/** Every environment variable that the server reads. */
export const SETTINGS = {
  port: setting({
    name: 'PORT',
    group: 'process',
    type: whole(0, 65_535),
    default: '8787',
    description: 'TCP port. 0 takes a free one.',
  }),
  host: setting({
    name: 'HOST',
    group: 'process',
    type: textUpTo(255),
    default: '127.0.0.1',
    description: 'Address to listen on. `0.0.0.0` listens on all IPv4 addresses, `::` on all.',
  }),
  workers: setting({
    name: 'AURA_WORKERS',
    group: 'process',
    type: whole(1, 64),
    default: '1',
    description:
      'Processes that share the port. Other limits are for the whole machine and are divided among them.',
  }),
  maxConnections: setting({
    name: 'AURA_MAX_CONNECTIONS',
    group: 'process',
    type: whole(1, 1_000_000),
    default: '10000',
    description: 'Client connections open at once. Further ones are closed.',
  }),
  idleSeconds: setting({
    name: 'AURA_IDLE_TIMEOUT',
    group: 'process',
    type: whole(1, 3600, 'seconds'),
    default: '30',
    description:
      'Read and write timeout: a connection is closed when a client sends nothing of an upload, or takes nothing of a response, for so long. Request headers have to arrive within this time and within 15 seconds.',
  }),
  drainSeconds: setting({
    name: 'AURA_DRAIN_TIMEOUT',
    group: 'process',
    type: whole(0, 3600, 'seconds'),
    default: '30',
    description: 'Time for requests in flight to end after SIGTERM.',
  }),
  dataDir: setting({
    name: 'AURA_DATA_DIR',
    group: 'data',
    type: textUpTo(4096),
    default: 'aura-data',
    example: '/var/lib/aura',
    description: 'Folder for the database, images, caches and the master key.',
  }),
  databaseUrl: optional({
    name: 'AURA_DATABASE_URL',
    group: 'data',
    type: databaseUrl,
    secret: true,
    defaultText: 'SQLite in `AURA_DATA_DIR`',
    example: 'postgres://aura:PASSWORD@db.internal/aura?sslmode=verify-full',
    description:
      'PostgreSQL for the records. `connections` (1 to 1000, default 10) bounds the connections of each process.',
  }),
  storage: optional({
    name: 'AURA_STORAGE',
    group: 'data',
    type: bucketUrl,
    secret: true,
    defaultText: 'a folder in `AURA_DATA_DIR`',
    example: 's3://pictures?endpoint=https://s3.example&region=eu-1',
    description:
      'S3-compatible bucket for images. `timeout` (1 to 600, default 10) is the number of seconds for an operation, retries included.',
  }),
  accessKeyId: optional({
    name: 'AWS_ACCESS_KEY_ID',
    group: 'data',
    type: opaque,
    secret: true,
    description: 'Access key of the bucket; required with `AURA_STORAGE`.',
  }),
  secretAccessKey: optional({
    name: 'AWS_SECRET_ACCESS_KEY',
    group: 'data',
    type: opaque,
    secret: true,
    description: 'Secret of `AWS_ACCESS_KEY_ID`; required with `AURA_STORAGE`.',
  }),
  sessionToken: optional({
    name: 'AWS_SESSION_TOKEN',
    group: 'data',
    type: opaque,
    secret: true,
    description: 'Session token of temporary credentials.',
  }),
  masterKey: optional({
    name: 'AURA_MASTER_KEY',
    group: 'data',
    type: encryptionKey,
    secret: true,
    fix: 'Set the key that this data was encrypted with; for new data, the output of: openssl rand -hex 32',
    defaultText: '`master.key` in `AURA_DATA_DIR`, made on the first start',
    description: 'Key that encrypts secrets at rest.',
  }),
  publicUrl: optional({
    name: 'AURA_PUBLIC_URL',
    group: 'addresses',
    type: baseUrl,
    defaultText: '`http://localhost:PORT`',
    example: 'https://images.example',
    description: 'Where clients reach this server.',
  }),
  cdnUrl: optional({
    name: 'AURA_CDN_URL',
    group: 'addresses',
    type: baseUrl,
    defaultText: '`AURA_PUBLIC_URL`',
    example: 'https://cdn.example',
    description: 'Where images are read and uploaded.',
  }),
  appUrl: optional({
    name: 'AURA_APP_URL',
    group: 'addresses',
    type: origin,
    defaultText: '`AURA_PUBLIC_URL`',
    example: 'https://app.example',
    description: 'Where the dashboard and the API are reached.',
  }),
  trustedProxies: setting({
    name: 'AURA_TRUSTED_PROXIES',
    group: 'addresses',
    type: proxies,
    default: '',
    defaultText: 'none',
    example: '127.0.0.1',
    description: 'Proxies in front whose `X-Forwarded-For` and `traceparent` are believed.',
  }),
  sharedMaxAgeSeconds: optional({
    name: 'AURA_SHARED_MAX_AGE',
    group: 'addresses',
    type: whole(0, 31_536_000, 'seconds'),
    defaultText: 'as in browsers: a year',
    example: '300',
    description:
      'How long a CDN or cache in front may keep public images (`s-maxage`); 0 for not at all.',
  }),
  adminEmail: optional({
    name: 'AURA_ADMIN_EMAIL',
    group: 'account',
    type: email,
    defaultText: 'a set-up link is printed',
    example: 'ada@example.com',
    description: 'Email of the first account. Set it together with `AURA_ADMIN_PASSWORD`.',
  }),
  adminPassword: optional({
    name: 'AURA_ADMIN_PASSWORD',
    group: 'account',
    type: secretText(12, 128),
    secret: true,
    fix: 'Choose another password',
    description: 'Password of the first account.',
  }),
  maxUploadBytes: setting({
    name: 'AURA_MAX_UPLOAD_SIZE',
    group: 'uploads',
    type: size,
    default: '30mb',
    description: 'Largest file, whatever its upload token allows.',
  }),
  maxPixels: setting({
    name: 'AURA_MAX_PIXELS',
    group: 'uploads',
    type: whole(1, 1_000_000_000, 'pixels'),
    default: '50000000',
    description: 'Pixels of an image, all frames added up. An animation has at most 1000 frames.',
  }),
  uploadSeconds: setting({
    name: 'AURA_UPLOAD_TIMEOUT',
    group: 'uploads',
    type: whole(1, 3600, 'seconds'),
    default: '300',
    description: 'Time for the whole body of an upload.',
  }),
  maxConcurrentUploads: setting({
    name: 'AURA_MAX_CONCURRENT_UPLOADS',
    group: 'uploads',
    type: whole(1, 10_000),
    default: '64',
    description: 'Uploads in flight at once. Further ones get 503.',
  }),
  uploadsPerClient: setting({
    name: 'AURA_UPLOADS_PER_MINUTE_PER_CLIENT',
    group: 'uploads',
    type: whole(1, 1_000_000),
    default: '120',
    description: 'Uploads a minute from one IPv4 address or one IPv6 /64 network.',
  }),
  uploadsPerProject: setting({
    name: 'AURA_UPLOADS_PER_MINUTE_PER_PROJECT',
    group: 'uploads',
    type: whole(1, 1_000_000),
    default: '1200',
    description: 'Uploads a minute to one project.',
  }),
  legacyVisibilityTokens: setting({
    name: 'AURA_LEGACY_VISIBILITY_TOKENS',
    group: 'uploads',
    type: flag,
    default: 'false',
    description:
      'Accepts a plain upload token where visibility is changed, as older third-party SDKs send it.',
  }),
  imageJobs: setting({
    name: 'AURA_IMAGE_JOBS',
    group: 'variants',
    type: whole(1, 64),
    default: String(Math.min(5, availableParallelism() + 1)),
    defaultText:
      'cores + 1, at most 5 ([why](decisions/0007-one-image-process-more-than-cores.md))',
    description: 'Images decoded or encoded at once, each in a process of its own.',
  }),
  encodeSecondsPerMinute: setting({
    name: 'AURA_ENCODE_SECONDS_PER_MINUTE',
    group: 'variants',
    type: whole(1, 100_000, 'seconds'),
    default: '60',
    description: 'Time of image processes a minute for the new variants of one project.',
  }),
  variantSizes: setting({
    name: 'AURA_VARIANT_SIZES',
    group: 'variants',
    type: pixelSizes,
    default: '',
    defaultText: 'any size',
    example: '320,640,1280',
    description:
      'Widths that variants may have (heights, where a request names no width). The nearest larger one is served.',
  }),
  maxVariantsPerImage: setting({
    name: 'AURA_MAX_VARIANTS_PER_IMAGE',
    group: 'variants',
    type: whole(1, 1_000_000),
    default: '200',
    description: 'Variants of one image kept at once. A further one gets 429.',
  }),
  cacheBytes: setting({
    name: 'AURA_CACHE_MEMORY',
    group: 'variants',
    type: sizeOrNone,
    default: '64mb',
    description: 'Memory of the edge cache, which keeps public images.',
  }),
  cacheDiskBytes: setting({
    name: 'AURA_CACHE_DISK',
    group: 'variants',
    type: sizeOrNone,
    default: '1gb',
    description: 'Disk of the edge cache, for variants of public images.',
  }),
  privateVariantBytes: setting({
    name: 'AURA_PRIVATE_VARIANTS',
    group: 'variants',
    type: size,
    default: '1gb',
    description:
      'Space for variants of private images in the object store. The least recently read are evicted first.',
  }),
  logLevel: setting({
    name: 'AURA_LOG_LEVEL',
    group: 'observability',
    type: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    default: 'info',
    description: 'Lowest level that is logged. `info` has a line for each request.',
  }),
  metricsToken: optional({
    name: 'AURA_METRICS_TOKEN',
    group: 'observability',
    type: secretText(16, 1024),
    secret: true,
    fix: 'Set the output of: openssl rand -hex 32',
    defaultText: 'this machine alone may read `/metrics`',
    description: 'Bearer token for `/metrics`; required once a public address is set.',
  }),
  otlpEndpoint: optional({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    group: 'observability',
    type: baseUrl,
    defaultText: 'nothing is traced',
    example: 'http://127.0.0.1:4318',
    description:
      'Collector that takes traces by OTLP over HTTP as JSON ([traces](operations.md#traces)).',
  }),
  otlpHeaders: optional({
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    group: 'observability',
    type: headerFields,
    secret: true,
    description: 'Request headers for the collector.',
  }),
  serviceName: setting({
    name: 'OTEL_SERVICE_NAME',
    group: 'observability',
    type: textUpTo(200),
    default: 'auraimage',
    description: 'Name of this server in traces.',
  }),
  traceRatio: setting({
    name: 'OTEL_TRACES_SAMPLER_ARG',
    group: 'observability',
    type: ratio,
    default: '1',
    description:
      'Ratio of requests that are traced. The decision of a trusted proxy takes precedence.',
  }),
} as const;

/** Variables of earlier versions, with what to do instead. */
export const REPLACED: Readonly<Record<string, string>> = {
  AURA_BODY_IDLE_TIMEOUT: 'Set AURA_IDLE_TIMEOUT, which bounds both directions',
  AURA_BODY_TIMEOUT: 'Set AURA_UPLOAD_TIMEOUT',
  AURA_DATABASE_CONNECTIONS:
    'Put it into AURA_DATABASE_URL: postgres://…/aura?sslmode=verify-full&connections=20',
  AURA_HEADER_TIMEOUT: 'Set AURA_IDLE_TIMEOUT; request headers have at most 15 seconds',
  AURA_MAX_FRAMES: 'Remove it: animations have at most 1000 frames',
  AURA_MOVE_FROM_ACCESS_KEY_ID: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SECRET_ACCESS_KEY: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SESSION_TOKEN: 'Pass aura-server move --from-credentials FILE',
  AURA_NEW_MASTER_KEY: 'Pass aura-server rekey --new-key-file FILE',
  AURA_STORAGE_TIMEOUT: 'Put it into AURA_STORAGE: s3://bucket?region=eu-1&timeout=20',
};
