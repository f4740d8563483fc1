import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { drawing } from '../files/pictures.js';
import { commandOf } from '../harness/daemon.js';
import { BUILT } from '../harness/program.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { manifestsIn, problemsOf } from './support/kubernetes.js';
import { adapt, DEPLOY, readShipped } from './support/shipped.js';

/** Rules about the order of lines, which is for readers here; and nginx is meant for every interface. */
const NOT_OURS = [
  'no-unbound-port-interfaces',
  'require-quotes-in-ports',
  'service-keys-order',
  'services-alphabetical-order',
  'top-level-properties-order',
];
/** Of its types, dclint ships those of the class alone. */
type Found = { readonly messages: readonly unknown[] };

const ROOT = join(DEPLOY, '..');

describe('Dockerfile', () => {
  it('has no problem for its language server', async () => {
    expect(validate(await readFile(join(ROOT, 'Dockerfile'), 'utf8'))).toEqual([]);
  });

  it('runs as an unprivileged user, and contains no secret', async () => {
    const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const last = text.slice(text.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^FROM node:24-/m);
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(text).not.toMatch(/SECRET|PASSWORD|TOKEN|_KEY/);
    const ignored = await readFile(join(ROOT, '.dockerignore'), 'utf8');
    for (const line of ['.git', '**/.env', '**/*.key', 'aura-data']) {
      expect(ignored.split('\n')).toContain(line);
    }
  });
});

describe('compose.yaml', () => {
  it('is valid for Compose', () => {
    const rules = Object.fromEntries(NOT_OURS.map((rule) => [rule, 0 as const]));
    const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
    const found = linter.lintFiles([join(DEPLOY, 'docker/compose.yaml')], false);
    expect(found.flatMap(({ messages }: Found) => messages)).toEqual([]);
  });

  it('gets new secrets from secrets.mjs each time', async () => {
    const text = await readShipped('docker/compose.yaml');
    const make = () =>
      execFileSync(process.execPath, [join(DEPLOY, 'docker/secrets.mjs'), 'https://a.example'], {
        encoding: 'utf8',
      });
    const made = make();
    const names = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    const printed = [...made.matchAll(/^(\w+)=\S+$/gm)].map(([, name]) => name);
    expect([...new Set(names)].toSorted()).toEqual(printed.toSorted());
    const key = (block: string) => /^AURA_MASTER_KEY=([0-9a-f]{64})$/m.exec(block)?.[1];
    expect(key(made)).toBeDefined();
    expect(key(made)).not.toBe(key(make()));
  });

  it('trusts nginx alone, and leaves time to drain', async () => {
    const { services } = parse(await readShipped('docker/compose.yaml'), { merge: true });
    for (const name of ['aura-1', 'aura-2']) {
      const { environment, stop_grace_period } = services[name];
      const { ipv4_address } = services.nginx.networks.inside;
      expect(environment.AURA_TRUSTED_PROXIES).toBe(ipv4_address);
      expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(30);
    }
  });

  it('confines every container, and the servers most', async () => {
    const { services } = parse(await readShipped('docker/compose.yaml'), { merge: true });
    for (const [name, service] of Object.entries(services)) {
      const confined = { security_opt: ['no-new-privileges:true'], ulimits: { core: 0 } };
      expect(service, name).toMatchObject(confined);
    }
    for (const name of ['aura-1', 'aura-2']) {
      const most = { read_only: true, cap_drop: ['ALL'], mem_limit: '4g', pids_limit: 512 };
      expect(services[name]).toMatchObject(most);
    }
  });

  it('starts a store with a key that it accepts, in the region that the servers sign for', async () => {
    const compose = await readShipped('docker/compose.yaml');
    const store = await readShipped('docker/garage.toml');
    const printed = execFileSync(
      process.execPath,
      [join(DEPLOY, 'docker/secrets.mjs'), 'https://a.example'],
      { encoding: 'utf8' },
    );
    expect(printed).toMatch(/^S3_ACCESS_KEY_ID=GK[0-9a-f]{24}$/m);
    expect(printed).toMatch(/^S3_SECRET_ACCESS_KEY=[0-9a-f]{64}$/m);
    const region = /^s3_region = "(.+)"$/m.exec(store)?.[1];
    const port = /^api_bind_addr = "0\.0\.0\.0:(\d+)"$/m.exec(store)?.[1];
    expect(compose).toContain(`s3://auraimage?endpoint=http://garage:${port}&region=${region}\n`);
    expect(store).toMatch(/^metadata_fsync = true\ndata_fsync = true$/m);
  });

  it('has a valid nginx configuration', async () => {
    const nginx = commandOf('nginx', 'nginx');
    const folder = await temporaryFolder();
    const shipped = await readShipped('docker/nginx.conf');
    const text = adapt(shipped, [
      [/^ *ssl_certificate.*\n/gm, ''],
      ['443 ssl http2', '443'],
      [/\/dev\/std(?:err|out)/g, `${folder}/log`],
      ['/tmp/nginx.pid', `${folder}/nginx.pid`],
      ['include snippets', `include ${DEPLOY}nginx`],
    ]);
    await writeFile(join(folder, 'nginx.conf'), text);
    const args = ['-t', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
    execFileSync(nginx, args, { stdio: 'pipe' });
  });
});

describe('the units of systemd', () => {
  let units: string;
  let server: TestServer | undefined;
  beforeAll(async () => {
    units = await temporaryFolder();
    for (const name of await readdir(join(DEPLOY, 'systemd'))) {
      const text = await readShipped(`systemd/${name}`);
      // systemd looks for the command, which is not installed here.
      const found = text.replace('ExecStart=aura-server', `ExecStart=${process.execPath} ${BUILT}`);
      await writeFile(join(units, name.replace('@.', '@daily.')), found);
    }
  });
  afterAll(async () => {
    await server?.kill();
    await removeFolder(units);
  });

  it('are valid', async () => {
    const analyze = commandOf('systemd-analyze', 'systemd');
    const files = (await readdir(units)).map((name) => join(units, name));
    expect(files).toHaveLength(3);
    const said = execFileSync(analyze, ['verify', ...files], { encoding: 'utf8', stdio: 'pipe' });
    expect(said).toBe('');
    const text = await readShipped('systemd/auraimage.service');
    expect(text).toMatch(/^ExecStart=aura-server$/m);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(30);
  });

  it.each(['auraimage.service', 'auraimage-backup@daily.service'])('confine %s', async (name) => {
    const analyze = commandOf('systemd-analyze', 'systemd');
    const file = join(units, name);
    // Exposure in tenths: fails above. Most of the rest is the network, and that V8 generates machine code.
    const args = ['security', '--offline=true', '--threshold=14', '--no-pager', file];
    const table = execFileSync(analyze, args, { encoding: 'utf8', stdio: 'pipe' });
    for (const name of ['NoNewPrivileges=', 'ProtectSystem=', 'SystemCallFilter=~@privileged']) {
      expect(table).toContain(`✓ ${name}`);
    }
    expect(await readFile(file, 'utf8')).toMatch(/^MemoryMax=\d+%\n[\s\S]*^LimitCORE=0$/m);
  });

  it('back up daily what the server has, and nothing that it has deleted', async () => {
    const folder = join(units, 'backups');
    const line = /^ExecStart=(.*)$/m.exec(
      await readFile(join(units, 'auraimage-backup@daily.service'), 'utf8'),
    )?.[1];
    const [command = '', ...args] = (line ?? '')
      .replace('/var/lib/auraimage-backup', folder)
      .replaceAll('%i', 'daily')
      .split(' ');
    // With few images: those of a shared server are many.
    server = await startTestServer();
    const { aura, dataDir } = server;
    const file = await drawing(40, 30).png().toBuffer();
    const { key } = await upload(server, file, 'private');
    const backUp = () =>
      execFileSync(command, args, { env: { AURA_DATA_DIR: dataDir }, stdio: 'pipe' });
    const objects = async () =>
      (await readdir(join(folder, 'daily/store/objects'), { recursive: true }))
        .filter((name) => name.includes('/'))
        .sort();
    backUp();
    expect(await readdir(join(folder, 'daily'))).toContain('aura.db');
    const before = await objects();
    await aura.delete(key);
    backUp();
    const after = await objects();
    expect(before).toEqual(expect.arrayContaining(after));
    expect(after).toHaveLength(before.length - 1);
  });
});

describe('auraimage.yaml', () => {
  it('is valid for Kubernetes', async () => {
    const manifests = manifestsIn(await readShipped('kubernetes/auraimage.yaml'));
    expect(manifests).toHaveLength(6);
    for (const manifest of manifests) expect(problemsOf(manifest)).toEqual([]);
  });

  it('is really validated: a mistake is found', async () => {
    const text = await readShipped('kubernetes/auraimage.yaml');
    const problems = (from: string, to: string) =>
      manifestsIn(adapt(text, [[from, to]])).flatMap(problemsOf);
    expect(problems('replicas: 2', 'replicas: two')).toHaveLength(1);
    expect(problems('failureThreshold: 60', 'failureTreshold: 60')).toEqual([
      '/spec/template/spec/containers/0/startupProbe/failureTreshold',
    ]);
    expect(problems('policy/v1', 'policy/v2')).toHaveLength(1);
  });
});

describe('the servers in Kubernetes', () => {
  it('trust a few addresses, and are reached by the controller and Prometheus alone', async () => {
    const manifests = manifestsIn(await readShipped('kubernetes/auraimage.yaml'));
    const labels = { 'app.kubernetes.io/name': 'auraimage' };
    const kindOf = (manifest: unknown) => (manifest as { kind?: string }).kind;
    const trusted = {
      name: 'AURA_TRUSTED_PROXIES',
      value: expect.stringMatching(/\/(?:2[89]|3\d)$/),
    };
    const server = {
      env: expect.arrayContaining([trusted]),
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    };
    const pods = { template: { spec: { containers: [server] } } };
    const deployment = manifests.find((manifest) => kindOf(manifest) === 'Deployment');
    expect(deployment).toMatchObject({ spec: { selector: { matchLabels: labels }, ...pods } });
    const peer = { namespaceSelector: expect.anything(), podSelector: expect.anything() };
    const internet = { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } };
    const policy = {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [peer, peer], ports: [{ protocol: 'TCP', port: 'http' }] }],
      egress: expect.arrayContaining([
        expect.objectContaining({ to: expect.arrayContaining([internet]) }),
      ]),
    };
    const found = manifests.find((manifest) => kindOf(manifest) === 'NetworkPolicy');
    expect(found).toMatchObject({ spec: policy });
  });
});

describe('every configuration', () => {
  it('names only existing settings', async () => {
    const known = await readFile(join(ROOT, 'docs/reference/configuration.md'), 'utf8');
    const names = [...known.matchAll(/^\| *`([A-Z][A-Z0-9_]*)`/gm)].map(([, name]) => name);
    const files = (await readdir(DEPLOY, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const file of [...files, join(ROOT, 'Dockerfile')]) {
      const text = await readFile(file, 'utf8');
      for (const [name] of text.matchAll(/\b(?:AURA|AWS)_[A-Z_]+\b/g)) {
        expect(names, file).toContain(name);
      }
    }
  });
});
