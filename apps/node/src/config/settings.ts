import { availableParallelism } from 'node:os';
import { inGroup, optional, setting } from './setting.js';
import * as types from './types.js';

/** Every environment variable that the server reads. */
export const SETTINGS = {
  ...inGroup('process', {
    port: setting({
      name: 'PORT',
      type: types.whole(0, 65_535),
      default: '8787',
      description: 'TCP port. 0 takes a free one.',
    }),
    host: setting({
      name: 'HOST',
      type: types.textUpTo(255),
      default: '127.0.0.1',
      description: 'Address to listen on. `0.0.0.0` listens on all IPv4 addresses, `::` on all.',
    }),
    workers: setting({
      name: 'AURA_WORKERS',
      type: types.whole(1, 64),
      default: '1',
      description:
        'Processes that share the port. Other limits are for the whole machine and are divided among them.',
    }),
    maxConnections: setting({
      name: 'AURA_MAX_CONNECTIONS',
      type: types.whole(1, 1_000_000),
      default: '10000',
      description:
        'Client connections open at once. One client gets a quarter at most. Beyond that, idle ones are closed for new ones.',
    }),
    idleSeconds: setting({
      name: 'AURA_IDLE_TIMEOUT',
      type: types.whole(1, 3600, 'seconds'),
      default: '30',
      description:
        'Read and write timeout: a connection is closed when the client sends no data of an upload, or reads no data of a response, for this long. Request headers have to arrive within this time and within 15 seconds.',
    }),
    drainSeconds: setting({
      name: 'AURA_DRAIN_TIMEOUT',
      type: types.whole(0, 3600, 'seconds'),
      default: '30',
      description: 'Time for requests in flight to end after SIGTERM.',
    }),
  }),
  ...inGroup('data', {
    dataDir: setting({
      name: 'AURA_DATA_DIR',
      type: types.textUpTo(4096),
      default: 'aura-data',
      example: '/var/lib/aura',
      description: 'Folder for the database, images, caches and the master key.',
    }),
    databaseUrl: optional({
      name: 'AURA_DATABASE_URL',
      type: types.databaseUrl,
      secret: true,
      defaultText: 'SQLite in `AURA_DATA_DIR`',
      example: 'postgres://aura:PASSWORD@db.internal/aura?sslmode=verify-full',
      description:
        'PostgreSQL for the records. `connections` (1 to 1000, default 10) bounds the connections of each process.',
    }),
    storage: optional({
      name: 'AURA_STORAGE',
      type: types.bucketUrl,
      secret: true,
      defaultText: 'a folder in `AURA_DATA_DIR`',
      example: 's3://pictures?endpoint=https://s3.example&region=eu-1',
      description:
        'S3-compatible bucket for images. `timeout` (1 to 600, default 10) is the number of seconds for an operation, retries included.',
    }),
    accessKeyId: optional({
      name: 'AWS_ACCESS_KEY_ID',
      type: types.opaque,
      secret: true,
      description: 'Access key of the bucket; required with `AURA_STORAGE`.',
    }),
    secretAccessKey: optional({
      name: 'AWS_SECRET_ACCESS_KEY',
      type: types.opaque,
      secret: true,
      description: 'Secret of `AWS_ACCESS_KEY_ID`; required with `AURA_STORAGE`.',
    }),
    sessionToken: optional({
      name: 'AWS_SESSION_TOKEN',
      type: types.opaque,
      secret: true,
      description: 'Session token of temporary credentials.',
    }),
    masterKey: optional({
      name: 'AURA_MASTER_KEY',
      type: types.encryptionKey,
      secret: true,
      fix: 'Set the key that this data was encrypted with; for new data, the output of: openssl rand -hex 32',
      defaultText: '`master.key` in `AURA_DATA_DIR`, made on the first start',
      description: 'Key that encrypts secrets at rest.',
    }),
  }),
  ...inGroup('addresses', {
    publicUrl: optional({
      name: 'AURA_PUBLIC_URL',
      type: types.baseUrl,
      defaultText: '`http://localhost:PORT`',
      example: 'https://images.example',
      description: 'Where clients reach this server.',
    }),
    cdnUrl: optional({
      name: 'AURA_CDN_URL',
      type: types.baseUrl,
      defaultText: '`AURA_PUBLIC_URL`',
      example: 'https://cdn.example',
      description: 'Where images are read and uploaded.',
    }),
    appUrl: optional({
      name: 'AURA_APP_URL',
      type: types.origin,
      defaultText: '`AURA_PUBLIC_URL`',
      example: 'https://app.example',
      description: 'Where the dashboard and the API are reached.',
    }),
    trustedProxies: setting({
      name: 'AURA_TRUSTED_PROXIES',
      type: types.proxies,
      default: '',
      defaultText: 'none',
      example: '127.0.0.1',
      description: 'Proxies in front whose `X-Forwarded-For` and `traceparent` are believed.',
    }),
    accelRedirect: optional({
      name: 'AURA_ACCEL_REDIRECT',
      type: types.internalLocation,
      defaultText: 'the server sends every image itself',
      example: '/_masters/',
      description:
        'Internal location of an nginx on this machine that sends originals from the data folder after this server has checked the request ([how](../../deploy/README.md#nginx-that-sends-the-files)). Needs `AURA_TRUSTED_PROXIES`; without effect for requests from elsewhere.',
    }),
    webhookNetworks: setting({
      name: 'AURA_WEBHOOK_NETWORKS',
      type: types.networks,
      default: '',
      defaultText: 'none',
      example: '10.20.0.0/16',
      description:
        'Private networks that [webhooks](../guides/webhooks.md#addresses) may reach, also over http. Others reach public addresses only, over https. Everybody who may change a webhook can send requests there.',
    }),
    sharedMaxAgeSeconds: optional({
      name: 'AURA_SHARED_MAX_AGE',
      type: types.whole(0, 31_536_000, 'seconds'),
      defaultText: 'as in browsers: a year',
      example: '300',
      description:
        'How long a CDN or cache in front may keep public images (`s-maxage`); 0 for not at all.',
    }),
  }),
  ...inGroup('account', {
    adminEmail: optional({
      name: 'AURA_ADMIN_EMAIL',
      type: types.email,
      defaultText: 'each start makes a set-up link',
      example: 'ada@example.com',
      description: 'Email of the first account. Set it together with `AURA_ADMIN_PASSWORD`.',
    }),
    adminPassword: optional({
      name: 'AURA_ADMIN_PASSWORD',
      type: types.secretText(12, 128),
      secret: true,
      fix: 'Choose another password',
      description: 'Password of the first account.',
    }),
  }),
  ...inGroup('uploads', {
    maxUploadBytes: setting({
      name: 'AURA_MAX_UPLOAD_SIZE',
      type: types.size,
      default: '30mb',
      description: 'Largest file, whatever its upload token allows.',
    }),
    maxPixels: setting({
      name: 'AURA_MAX_PIXELS',
      type: types.whole(1, 1_000_000_000, 'pixels'),
      default: '52000000',
      description:
        'Pixels of an image. All frames of an animation, at most 1000, may have four times as many.',
    }),
    uploadSeconds: setting({
      name: 'AURA_UPLOAD_TIMEOUT',
      type: types.whole(1, 3600, 'seconds'),
      default: '300',
      description: 'Time for the whole body of an upload.',
    }),
    maxConcurrentUploads: setting({
      name: 'AURA_MAX_CONCURRENT_UPLOADS',
      type: types.whole(1, 10_000),
      default: '64',
      description:
        'Uploads in flight at once. One project or client gets three quarters at most. Further ones get 503.',
    }),
    uploadsPerClient: setting({
      name: 'AURA_UPLOADS_PER_MINUTE_PER_CLIENT',
      type: types.whole(1, 1_000_000),
      default: '120',
      description:
        'Uploads a minute from one IPv4 address or one IPv6 /64 network. Those of people who are signed in, with the dashboard or `aura`, count for their project only.',
    }),
    uploadsPerProject: setting({
      name: 'AURA_UPLOADS_PER_MINUTE_PER_PROJECT',
      type: types.whole(1, 1_000_000),
      default: '1200',
      description: 'Uploads a minute to one project.',
    }),
    projectQuota: optional({
      name: 'AURA_PROJECT_QUOTA',
      type: types.size,
      defaultText: 'no limit',
      example: '10gb',
      description:
        'Storage limit that new projects get, in bytes of their originals. Administrators can change it for each project; projects that exist keep theirs.',
    }),
    legacyVisibilityTokens: setting({
      name: 'AURA_LEGACY_VISIBILITY_TOKENS',
      type: types.flag,
      default: 'false',
      description:
        'Accepts a plain upload token where visibility is changed, as older third-party SDKs send it.',
    }),
  }),
  ...inGroup('variants', {
    imageJobs: setting({
      name: 'AURA_IMAGE_JOBS',
      type: types.whole(1, 64),
      default: String(Math.min(5, availableParallelism() + 1)),
      defaultText:
        'cores + 1, at most 5 ([why](../decisions/0007-one-image-process-more-than-cores.md))',
      description: 'Images decoded or encoded at once, each in a process of its own.',
    }),
    encodeSecondsPerMinute: setting({
      name: 'AURA_ENCODE_SECONDS_PER_MINUTE',
      type: types.whole(1, 100_000, 'seconds'),
      default: '60',
      description:
        'CPU time of image processes a minute for one project: new variants, and the check of uploads. [Parts of it](../operate/operations.md#bounds) are for one client, one image, and requests with a token.',
    }),
    variantSizes: setting({
      name: 'AURA_VARIANT_SIZES',
      type: types.pixelSizes,
      default: '',
      defaultText: 'any size',
      example: '320,640,1280',
      description:
        'Widths that variants may have (heights, where a request names no width). The next larger one is served; heights beside a width and qualities are [rounded](transforms.md#a-list-of-sizes), too.',
    }),
    maxVariantsPerImage: setting({
      name: 'AURA_MAX_VARIANTS_PER_IMAGE',
      type: types.whole(1, 1_000_000),
      default: '200',
      description:
        'Variants of one image kept at once. A further one replaces the least recently requested.',
    }),
    cacheBytes: setting({
      name: 'AURA_CACHE_MEMORY',
      type: types.sizeOrNone,
      default: '64mb',
      description: 'Memory of the cache: variants, and copies of public images.',
    }),
    cacheDiskBytes: setting({
      name: 'AURA_CACHE_DISK',
      type: types.sizeOrNone,
      default: '2gb',
      description: 'Disk of the cache: variants of public and private images.',
    }),
  }),
  ...inGroup('observability', {
    auditDays: setting({
      name: 'AURA_AUDIT_DAYS',
      type: types.whole(1, 36_500, 'days'),
      default: '400',
      description:
        'Age at which entries leave the [audit log](../operate/people.md#the-audit-log), with the network addresses in them.',
    }),
    logLevel: setting({
      name: 'AURA_LOG_LEVEL',
      type: types.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
      default: 'info',
      description: 'Lowest level that is logged. `info` has a line for each request.',
    }),
    metricsToken: optional({
      name: 'AURA_METRICS_TOKEN',
      type: types.secretText(16, 1024),
      secret: true,
      fix: 'Set the output of: openssl rand -hex 32',
      defaultText: 'this machine alone may read `/metrics`',
      description: 'Bearer token for `/metrics`; required once a public address is set.',
    }),
    otlpEndpoint: optional({
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      type: types.baseUrl,
      defaultText: 'nothing is traced',
      example: 'http://127.0.0.1:4318',
      description:
        'Collector that takes traces by OTLP over HTTP as JSON ([traces](../operate/operations.md#traces)).',
    }),
    otlpHeaders: optional({
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      type: types.headerFields,
      secret: true,
      description: 'Request headers for the collector.',
    }),
    serviceName: setting({
      name: 'OTEL_SERVICE_NAME',
      type: types.textUpTo(200),
      default: 'auraimage',
      description: 'Name of this server in traces.',
    }),
    traceSampler: setting({
      name: 'OTEL_TRACES_SAMPLER',
      type: types.oneOf([
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ]),
      default: 'parentbased_always_on',
      description:
        'Which requests are traced: all, none, or a ratio. With `parentbased_`, the decision of a trusted proxy takes precedence.',
    }),
    traceRatio: setting({
      name: 'OTEL_TRACES_SAMPLER_ARG',
      type: types.ratio,
      default: '1',
      description:
        'Ratio of requests that are traced with a `traceidratio` in `OTEL_TRACES_SAMPLER`; without effect otherwise.',
    }),
  }),
} as const;
