/** Acceptance files that also run with the Worker as server. */
const ALWAYS = [
  'addresses',
  'cli-webhooks',
  'client-upload',
  'client-upload-many',
  'control-cross-site',
  'control-fields',
  'control-frame',
  'control-guessing',
  'control-operations',
  'control-ownership',
  'control-provider',
  'control-sessions',
  'edge-credentials',
  'first-account',
  'guide-python',
  'guide-webhooks',
  'guides',
  'hosts',
  'library',
  'list-filters',
  'list-signed-urls',
  'metadata',
  'names',
  'presets',
  'projects',
  'receipts',
  'recipients',
  'registry',
  'revoke-links',
  'routes',
  'sdk-names',
  'serve-headers',
  'serve-paths',
  'serve-ranges',
  'serve-table',
  'serve-token-claims',
  'serve-tokens',
  'token-access',
  'transform-accept',
  'transform-answer',
  'transform-files',
  'transform-parameters',
  'transform-private',
  'upload-answer',
  'upload-body',
  'upload-claims',
  'upload-files',
  'upload-limits',
  'upload-multipart',
  'upload-order',
  'upload-origins',
  'upload-tokens',
  'usage',
  'visibility',
  'visibility-legacy',
  'watermarks',
];

/** Those that do in `npm run test:long` only, for their time. `cli-webhooks` runs the same program. */
const LONG = ['cli-flow', 'cli-interrupt', 'cli-mcp'];

/** Those that do not: their subject, which it does not have, or what they need. */
export const NOT_ON_WORKER: Readonly<Record<string, string>> = {
  backup: 'a command of aura-server',
  config: 'the settings of the Node server, at its start',
  'cli-doctor':
    'the clock of the server, which workerd does not say; cli-webhooks runs the program of apps/cli',
  'cli-import': 'how often apps/cli can be killed; cli-webhooks runs it with the Worker',
  'cli-tls': 'certificates of servers of the test; cli-webhooks runs the program of apps/cli',
  'control-audit':
    'a password that aura-server resets, a webhook to a reserved name, and all failed sign-ins',
  'control-deletion': 'a deletion that is done at once: the Worker does it each minute',
  dashboards: 'the metrics of /metrics',
  'earlier-data': 'data folders of earlier versions',
  'first-start': 'the data folder and the command line of a first start',
  'host-drain': 'a process that drains',
  'host-idle': 'sockets',
  'host-pipelining': 'sockets',
  'host-shutdown': 'a process that ends',
  logging: 'the log of the Node server',
  metrics: 'the metrics of /metrics',
  packages:
    'the package managers and frameworks that install the packages; packages of earlier versions',
  'project-deletion': 'a deletion that is done at once: the Worker does it each minute',
  proxies: 'AURA_TRUSTED_PROXIES: Cloudflare says who the client is',
  rekey: 'a command of aura-server',
  release: 'a script of the repository, no server',
  'serve-http': 'how the Node server reads HTTP',
  status: 'the metrics of /metrics; tests/cloudflare/worker has health and readiness',
  sweep: 'a command of aura-server',
  traces: 'OpenTelemetry',
  'transform-cache': 'variants on disk',
  'derived-bytes': 'variants on disk',
  'transform-failures': 'image processes that end',
  'transform-flip': 'variants on disk; tests/cloudflare/worker flips',
  'transform-limits': 'variants on disk, and how long the engine may encode',
  'transform-queue': 'the queue of image processes',
  'transform-reduced': 'reduced copies, which the engine of the Worker does not need',
  'transform-reencode': 'variants that are encoded again',
  'upload-slots': 'few slots for uploads, which only the test program takes',
  workers: 'AURA_WORKERS: processes',
};

/** Every file that runs with the Worker, by its name. */
export const ON_WORKER: readonly string[] = [...ALWAYS, ...LONG];

const isLong = process.env['AURA_TEST_LONG'] === 'true';

/** Paths of those that run now. */
export const WORKER_FILES: readonly string[] = (isLong ? ON_WORKER : ALWAYS).map(
  (name) => `tests/acceptance/${name}.test.ts`,
);
