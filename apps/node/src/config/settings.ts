import { availableParallelism } from 'node:os';
import { COMMON_SETTINGS, types as common, inGroup, optional, setting } from '@auraimage/host';
import * as types from './types.js';

/** Every environment variable that the server reads. */
export const SETTINGS = {
  ...inGroup('process', {
    port: setting({
      name: 'PORT',
      type: common.whole(0, 65_535),
      default: '8787',
      description: 'TCP port. 0 takes a free one.',
    }),
    host: setting({
      name: 'HOST',
      type: common.textUpTo(255),
      default: '127.0.0.1',
      description: 'Address to listen on. `0.0.0.0` listens on all IPv4 addresses, `::` on all.',
    }),
    workers: setting({
      name: 'AURA_WORKERS',
      type: common.whole(1, 64),
      default: '1',
      description:
        'Processes that share the port. They divide the image jobs and the cache of the machine among them.',
    }),
  }),
  ...inGroup('data', {
    dataDir: setting({
      name: 'AURA_DATA_DIR',
      type: common.textUpTo(4096),
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
      type: common.opaque,
      secret: true,
      description: 'Access key of the bucket; required with `AURA_STORAGE`.',
    }),
    secretAccessKey: optional({
      name: 'AWS_SECRET_ACCESS_KEY',
      type: common.opaque,
      secret: true,
      description: 'Secret of `AWS_ACCESS_KEY_ID`; required with `AURA_STORAGE`.',
    }),
    sessionToken: optional({
      name: 'AWS_SESSION_TOKEN',
      type: common.opaque,
      secret: true,
      description: 'Session token of temporary credentials.',
    }),
    masterKey: optional({
      name: 'AURA_MASTER_KEY',
      type: common.encryptionKey,
      secret: true,
      fix: 'Set the key that this data was encrypted with; for new data, the output of: openssl rand -hex 32',
      defaultText: '`master.key` in `AURA_DATA_DIR`, made on the first start',
      description: 'Key that encrypts secrets at rest.',
    }),
  }),
  ...inGroup('addresses', {
    publicUrl: COMMON_SETTINGS.publicUrl,
    cdnUrl: COMMON_SETTINGS.cdnUrl,
    appUrl: COMMON_SETTINGS.appUrl,
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
    sharedMaxAgeSeconds: COMMON_SETTINGS.sharedMaxAgeSeconds,
  }),
  ...inGroup('sign-in', {
    oidcIssuer: COMMON_SETTINGS.oidcIssuer,
    oidcClientId: COMMON_SETTINGS.oidcClientId,
    oidcClientSecret: COMMON_SETTINGS.oidcClientSecret,
    oidcEmails: COMMON_SETTINGS.oidcEmails,
  }),
  ...inGroup('uploads', {
    maxUploadBytes: COMMON_SETTINGS.maxUploadBytes,
    maxPixels: setting({
      name: 'AURA_MAX_PIXELS',
      type: common.whole(1, 1_000_000_000, 'pixels'),
      default: '52000000',
      description:
        'Pixels of an image. All frames of an animation, at most 1000, may have four times as many.',
    }),
    uploadsPerMinute: COMMON_SETTINGS.uploadsPerMinute,
    projectQuota: COMMON_SETTINGS.projectQuota,
    legacyVisibilityTokens: COMMON_SETTINGS.legacyVisibilityTokens,
  }),
  ...inGroup('variants', {
    imageJobs: setting({
      name: 'AURA_IMAGE_JOBS',
      type: common.whole(1, 64),
      default: String(Math.min(5, availableParallelism() + 1)),
      defaultText:
        'cores + 1, at most 5 ([why](../decisions/0007-one-image-process-more-than-cores.md))',
      description: 'Images decoded or encoded at once, each in a process of its own.',
    }),
    encodeSecondsPerMinute: COMMON_SETTINGS.encodeSecondsPerMinute,
    variantSizes: COMMON_SETTINGS.variantSizes,
    cacheDiskBytes: setting({
      name: 'AURA_CACHE',
      type: common.sizeOrNone,
      default: '2gb',
      description:
        'Disk of the cache: variants of public and private images. A 32nd of it is kept in memory as well, at most a 16th of the memory of the machine.',
    }),
  }),
  ...inGroup('observability', {
    auditDays: COMMON_SETTINGS.auditDays,
    logLevel: setting({
      name: 'AURA_LOG_LEVEL',
      type: common.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
      default: 'info',
      description: 'Lowest level that is logged. `info` has a line for each request.',
    }),
    metricsToken: optional({
      name: 'AURA_METRICS_TOKEN',
      type: common.secretText(16, 1024),
      secret: true,
      fix: 'Set the output of: openssl rand -hex 32',
      defaultText: 'this machine alone may read `/metrics`',
      description: 'Bearer token for `/metrics`; required once a public address is set.',
    }),
    otlpEndpoint: optional({
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      type: common.baseUrl,
      defaultText: 'nothing is traced',
      example: 'http://127.0.0.1:4318',
      description:
        'Collector that takes traces by OTLP over HTTP as JSON ([traces](../operate/operations.md#traces), with further variables of OpenTelemetry).',
    }),
    traceSampler: setting({
      name: 'OTEL_TRACES_SAMPLER',
      type: common.oneOf([
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
