// The arrows of ARCHITECTURE.md, "Who may import whom". Workspace packages resolve through their
// links to `packages/…/dist`, so one path says which package an import names, however it is written.

const anyWorkspace = '^(?:packages|adapters|apps|tests|bench|examples|scripts)/';
const testFile = '\\.test\\.tsx?$';
const contracts = '^packages/[^/]+/(?:src|dist)/contracts/';

/** Libraries that code in `packages/` may use; a package without a row uses none. */
const libraries = {
  client: ['openapi-fetch'],
  control: ['hono', 'standardwebhooks'],
  edge: ['any-ascii', 'jose'],
  http: ['hono', 'zod', '@asteasolutions/zod-to-openapi'],
  react: ['react', 'blurhash'],
};

const libraryRules = Object.entries(libraries).map(([name, allowed]) => ({
  name: `${name}-libraries`,
  comment: `packages/${name} uses no library but ${allowed.join(', ')}`,
  from: { path: `^packages/${name}/src/`, pathNot: [testFile, contracts] },
  to: {
    path: 'node_modules/',
    pathNot: allowed.map((library) => `node_modules/(?:@types/)?${library}/`),
  },
}));

/** The folders of the server, lowest first: each imports those before it. */
const wings = ['config', 'telemetry', 'http', 'startup', 'operations', 'commands'];

const wingRules = wings.map((wing, at) => ({
  name: `node-${wing}-imports-downwards`,
  comment: `apps/node/src/${wing} imports ${wings.slice(0, at).join(', ') || 'no other folder'}`,
  from: { path: `^apps/node/src/${wing}/`, pathNot: testFile },
  to: { path: `^apps/node/src/(?:${[...wings.slice(at + 1), 'main', 'server'].join('|')})[/.]` },
}));

/** Start workerd with what the deployed Worker has. */
const asDeployed = [
  '^tests/harness/local-worker\\.ts$',
  '^tests/harness/workerd/suite\\.ts$',
  '^tests/cloudflare/worker/support/holding-worker\\.ts$',
  '^tests/s3/move-cloudflare\\.test\\.ts$',
  '^bench/support/worker\\.mjs$',
];

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = [
  {
    name: 'protocol-and-client-import-nothing',
    comment:
      'protocol is the ground, and the client is made from a document: they import their own files only',
    from: { path: '^packages/(protocol|client)/' },
    to: { path: anyWorkspace, pathNot: '^packages/$1/' },
  },
  {
    name: 'sdk-and-ports-import-protocol',
    comment: 'sdk and ports import protocol and nothing else of ours',
    from: { path: '^packages/(sdk|ports)/' },
    to: { path: anyWorkspace, pathNot: ['^packages/$1/', '^packages/protocol/'] },
  },
  {
    name: 'http-imports-ports',
    comment: 'http imports protocol and ports, and nothing else of ours',
    from: { path: '^packages/http/' },
    to: { path: anyWorkspace, pathNot: '^packages/(?:http|protocol|ports)/' },
  },
  {
    name: 'products-import-http',
    comment: 'edge and control import protocol, ports and http: never each other',
    from: { path: '^packages/(edge|control)/' },
    to: { path: anyWorkspace, pathNot: ['^packages/$1/', '^packages/(?:protocol|ports|http)/'] },
  },
  {
    name: 'host-wires-control',
    comment: 'host is what apps share: it imports control, http, ports, protocol and the sdk',
    from: { path: '^packages/host/' },
    to: { path: anyWorkspace, pathNot: '^packages/(?:host|control|http|ports|protocol|sdk)/' },
  },
  {
    name: 'react-imports-sdk',
    comment: 'react imports sdk and nothing else of ours',
    from: { path: '^packages/react/' },
    to: { path: anyWorkspace, pathNot: '^packages/(?:react|sdk)/' },
  },
  {
    name: 'packages-libraries',
    comment: 'this package uses no library at all: contracts and tests may use the test tools',
    from: {
      path: '^packages/',
      pathNot: [
        testFile,
        contracts,
        '/src/testing/',
        `^packages/(?:${Object.keys(libraries).join('|')})/`,
      ],
    },
    to: { path: 'node_modules/' },
  },
  ...libraryRules,
  {
    name: 'contracts-libraries',
    comment: 'a contract suite uses the test tools only',
    from: { path: contracts },
    to: { path: 'node_modules/', pathNot: 'node_modules/(?:vitest|@vitest|fast-check)/' },
  },
  {
    name: 'contracts-stay-out-of-the-product',
    comment: 'a contract suite pulls in the test runner: only tests and contracts import one',
    from: { path: anyWorkspace, pathNot: [testFile, contracts, '^tests/', '/testing/'] },
    to: { path: contracts },
  },
  {
    name: 'packages-are-web-standard',
    comment: 'no node: module in packages/, but for the native HMAC behind the #hmac condition',
    from: {
      path: '^packages/',
      pathNot: [testFile, '^packages/protocol/(?:src|dist)/hmac\\.node\\.'],
    },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'adapters-import-ports',
    comment:
      'an adapter imports the ports that it implements, and image-files: never the sdk, another adapter (but in tests), an app',
    from: { path: '^adapters/([^/]+)/', pathNot: testFile },
    to: {
      path: anyWorkspace,
      pathNot: ['^adapters/(?:$1|image-files)/', '^packages/(?:protocol|ports)/'],
    },
  },
  {
    name: 'nobody-imports-an-app',
    comment: 'an app is the end of every arrow: start it as a process',
    // Two read the tables of settings and metrics to compare them with their documentation; `npm start` becomes the app.
    from: {
      pathNot: [
        '^apps/',
        '^scripts/(?:configuration-page|metrics-table|start)\\.mjs$',
        ...asDeployed,
      ],
    },
    to: { path: '^apps/' },
  },
  {
    name: 'worker-starts-as-deployed',
    comment: 'of an app, tests and benches in workerd know how the Worker is bundled and deployed',
    from: { path: asDeployed },
    to: {
      path: '^apps/',
      pathNot: '^apps/cloudflare/dist/src/commands/(?:bundling|deployed|local)\\.',
    },
  },
  {
    name: 'apps-stand-alone',
    comment: 'an app does not import another app, nor tests, benches, examples or scripts',
    from: { path: '^apps/([^/]+)/' },
    to: { path: anyWorkspace, pathNot: ['^apps/$1/', '^packages/', '^adapters/'] },
  },
  {
    name: 'acceptance-is-a-black-box',
    comment: 'acceptance tests know the SDK and HTTP: they can judge any deployment',
    from: { path: '^tests/(?:acceptance|golden)/' },
    to: { path: anyWorkspace, pathNot: ['^tests/', '^packages/sdk/'] },
  },
  ...wingRules,
  {
    name: 'authorize-stands-alone',
    comment: 'the access check knows the protocol and the ports, and nothing about HTTP or storage',
    from: { path: '^packages/edge/src/read/authorize\\.ts$' },
    to: { pathNot: ['^packages/(?:protocol|ports)/'] },
  },
  {
    name: 'tests-are-not-imported',
    comment: 'a test file is run, not imported',
    from: {},
    to: { path: testFile },
  },
  {
    name: 'no-cycles',
    comment: 'files that import each other are one file in two places',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-folder-cycles',
    comment: 'folders inside a package import in one direction; testing/ serves the tests of all',
    scope: 'folder',
    from: { path: '^(?:packages|adapters|apps)/[^/]+/src', pathNot: '/testing$' },
    to: { circular: true, pathNot: '/testing$' },
  },
  {
    name: 'resolvable',
    comment: 'an import that leads nowhere cannot be judged by any rule here: build, or repair it',
    from: {},
    // workerd has these modules itself.
    to: { couldNotResolve: true, pathNot: '^(?:cloudflare|aura):' },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // A type is an arrow too: it ties its user to whoever declares it.
    tsPreCompilationDeps: true,
    // What Next.js builds.
    exclude: { path: '/\\.next/' },
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
