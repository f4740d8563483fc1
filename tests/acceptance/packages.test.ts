import { type ExecFileOptions, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { bunProgram } from '../harness/bun.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { temporaryFolder } from '../harness/server.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';

/** Runs a program; its output is in the error if it fails. */
async function exec(command: string, args: readonly string[], options: ExecFileOptions = {}) {
  const ended = promisify(execFile)(command, args, { ...options, encoding: 'utf8' });
  return ended.catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PNPM = 'pnpm@12.21.0';
/** Time limit of what installs and builds a framework, in milliseconds. */
const LONG_MS = 300_000;

interface Published {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly size: number;
  readonly integrity: string;
}

let server: SharedServer;
let packages: readonly Published[];
/** Outside the repository, so that nothing of it is found. */
let folder: string;

beforeAll(async () => {
  server = await sharedServer();
  folder = await temporaryFolder();
  const listed = (await (await fetch(`${server.url}/packages`)).json()) as {
    packages: readonly Published[];
  };
  packages = listed.packages;
});
afterAll(() => removeFolder(folder));

const pathOf = ({ url }: Published) => new URL(url).pathname;

describe('the packages of a server', () => {
  it('are listed with the integrity of their bytes, which never change', async () => {
    expect(packages.map(({ name }) => name).sort()).toEqual([
      '@auraimage/cli',
      '@auraimage/react',
      '@auraimage/sdk',
    ]);
    for (const { name, version, url, size, integrity } of packages) {
      expect(url).toBe(`${server.url}/packages/${name.split('/')[1]}-${version}.tgz`);
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/gzip',
        'content-length': String(size),
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      });
      expect(response.headers.get('content-encoding')).toBeNull();
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.length).toBe(size);
      expect(`sha512-${createHash('sha512').update(bytes).digest('base64')}`).toBe(integrity);

      const head = await fetch(url, { method: 'HEAD' });
      expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
      expect(head.headers.get('content-length')).toBe(String(size));
      const etag = String(head.headers.get('etag'));
      const known = await fetch(url, { headers: { 'If-None-Match': etag } });
      expect([known.status, known.headers.get('etag')]).toEqual([304, etag]);
      expect(known.headers.get('cache-control')).toMatch(/immutable/);
    }
  });

  it.each(['GET', 'HEAD'])('%s of an address without a version redirects', async (method) => {
    for (const one of packages) {
      const latest = one.url.replace(`-${one.version}`, '');
      const response = await fetch(latest, { method, redirect: 'manual' });
      expect(response.status).toBe(302);
      expect(new URL(String(response.headers.get('location')), latest).href).toBe(one.url);
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it.each([
    '/packages/',
    '/packages/index.json',
    '/packages/sdk',
    '/packages/sdk-0.0.1.tgz',
    '/packages/protocol.tgz',
    '/packages/sdk.tgz/',
    '/packages/..%2fmain.js',
    '/packages/%2e%2e/main.js',
    '/packages/constructor',
  ])('%s is not one', async (path) => {
    const response = await fetch(`${server.url}${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('are read only', async () => {
    for (const path of ['/packages', ...packages.map(pathOf)]) {
      const response = await fetch(`${server.url}${path}`, { method: 'PUT' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('have the same bytes whoever builds them, at whatever time', async () => {
    const again = join(folder, 'again');
    const script = join(ROOT, 'scripts/packages.mjs');
    await exec('sh', ['-c', 'umask 077 && exec "$@"', 'sh', process.execPath, script, again]);
    const names = await readdir(again);
    expect(names.sort()).toEqual(
      [...packages.map((one) => pathOf(one).slice('/packages/'.length)), 'index.json'].sort(),
    );
    for (const one of packages) {
      const bytes = await readFile(join(again, pathOf(one).slice('/packages/'.length)));
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
      expect(integrity, one.name).toBe(one.integrity);
    }
  });
});

/** Signs, uploads and reads with what is installed, in plain Node. */
const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { AuraImage } from '@auraimage/sdk';
import { uploadOne } from '@auraimage/sdk/client';
import { verifyServeToken } from '@auraimage/sdk/server';
import { AuraImage as Picture } from '@auraimage/react';
import loader from './loader.js';

const { SECRET_KEY: secretKey, SERVE_SECRET: serveSecret, PROJECT: projectName, CDN: cdnUrl } = process.env;
const aura = new AuraImage({ secretKey, serveSecret, projectName, cdnUrl });
const file = new File([await readFile('a.png')], 'a.png');
const token = await aura.signUpload({ visibility: 'private' });
const { key } = await uploadOne(file, { url: cdnUrl, token });
const url = await aura.getSignedUrl(key, { expiresIn: 600 });
const claims = await verifyServeToken(new URL(url).searchParams.get('token'), serveSecret);
const statuses = [];
for (const each of [url, url.split('?')[0]]) statuses.push((await fetch(each)).status);
console.log(JSON.stringify({ statuses, isVerified: claims.f === key, component: typeof Picture, next: typeof loader }));
`;

const TYPED = `
import { AuraImage, type UploadResult } from '@auraimage/sdk';
import { UploadError, uploadMany } from '@auraimage/sdk/client';
import { verifyUploadToken, type UploadClaims } from '@auraimage/sdk/server';
import { AuraImage as Picture, AuraUploader, UploadError as SameError } from '@auraimage/react';
import { auraLoader } from '@auraimage/react/next';

export const token: Promise<string> = new AuraImage({ secretKey: '', projectName: '' }).signUpload();
export const claims: Promise<UploadClaims | null> = verifyUploadToken('', '');
export const url: string = auraLoader({ src: 'x', width: 1 });
export const key = (result: UploadResult): string => result.key;
export const errors = [UploadError, SameError, uploadMany];
export const page = (
  <>
    <Picture src="x" alt="" width={1} height={1} />
    <AuraUploader signature="/api/sign" onUpload={({ key }) => key.toUpperCase()} />
  </>
);
type IsAny<T> = 0 extends 1 & T ? true : false;
export const known: IsAny<typeof AuraImage | typeof uploadMany | typeof Picture> = false;
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'nodenext',
    jsx: 'react-jsx',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    // The types inside of the packages are checked as well.
    skipLibCheck: false,
  },
  files: ['app.tsx'],
};

interface Manager {
  readonly name: string;
  readonly lock: string;
  /** Command and arguments, which the addresses follow. */
  readonly install: () => Promise<readonly string[]>;
  /** Installs what the lock file says, into a folder without `node_modules`. */
  readonly again: () => Promise<readonly string[]>;
}

const NPM: Manager = {
  name: 'npm',
  lock: 'package-lock.json',
  install: async () => ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'],
  again: async () => ['npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund'],
};
const OTHERS: readonly Manager[] = [
  {
    name: 'pnpm',
    lock: 'pnpm-lock.yaml',
    install: async () => ['npx', '--yes', PNPM, 'add', '--store-dir', join(folder, 'pnpm-store')],
    again: async () => [
      'npx',
      '--yes',
      PNPM,
      'install',
      '--frozen-lockfile',
      '--store-dir',
      join(folder, 'pnpm-store-2'),
    ],
  },
  {
    name: 'Bun',
    lock: 'bun.lock',
    install: async () => [await bunProgram(), 'add'],
    again: async () => [await bunProgram(), 'install', '--frozen-lockfile'],
  },
];

describe.each(shortOrLong([NPM], [NPM, ...OTHERS]))('an app of $name', (manager) => {
  let app: string;
  let run: (command: readonly string[]) => Promise<string>;

  beforeAll(async () => {
    app = join(folder, manager.name);
    await mkdir(app);
    await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
    const { secretKey, serveSecret, projectName, cdnUrl } = server.credentials;
    const env = {
      ...process.env,
      BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
      SECRET_KEY: secretKey,
      SERVE_SECRET: serveSecret,
      PROJECT: projectName,
      CDN: cdnUrl,
    };
    run = async ([command = '', ...args]) => {
      const { stdout } = await exec(command, args, { cwd: app, env });
      return stdout;
    };
    const latest = packages.map(({ url, version }) => url.replace(`-${version}`, ''));
    await run([...(await manager.install()), ...latest]);
  });

  it('has packages without dependencies on each other, with README and LICENSE', async () => {
    for (const { name, version, integrity } of packages) {
      const installed = join(app, 'node_modules', name);
      const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
      expect(manifest).toMatchObject({ name, version, license: 'MIT' });
      expect(JSON.stringify(manifest.dependencies ?? {})).not.toContain('@auraimage');
      for (const field of ['devDependencies', 'scripts', 'private']) {
        expect(manifest).not.toHaveProperty(field);
      }
      expect(await readFile(join(installed, 'README.md'), 'utf8')).not.toContain('](.');
      expect(await readFile(join(installed, 'LICENSE'), 'utf8')).toContain('MIT');
      expect(await readFile(join(app, manager.lock), 'utf8')).toContain(integrity);
    }
  });

  it('signs, uploads and reads a private image', async () => {
    await writeFile(join(app, 'a.png'), await drawing(9, 9).png().toBuffer());
    await writeFile(
      join(app, 'loader.js'),
      "export { auraLoader as default } from '@auraimage/react/next';\n",
    );
    await writeFile(join(app, 'app.mjs'), PROGRAM);
    expect(JSON.parse(await run([process.execPath, 'app.mjs']))).toEqual({
      statuses: [200, 403],
      isVerified: true,
      component: 'function',
      next: 'function',
    });
  });

  it.each(shortOrLong<Manager[]>([], [manager]))(
    'gets the same again from its lock file',
    async ({ again }) => {
      await removeFolder(join(app, 'node_modules'));
      await run(await again());
      expect(JSON.parse(await run([process.execPath, 'app.mjs'])).statuses).toEqual([200, 403]);
    },
  );

  it('has the command', async () => {
    const version = packages.find(({ name }) => name === '@auraimage/cli')?.version;
    expect(await run([join(app, 'node_modules/.bin/aura'), '--version'])).toBe(`${version}\n`);
  });
});

it.each(shortOrLong<string[]>([], ['cli.tgz']))(
  'npx runs the command from the server: %s',
  async (name) => {
    const env = { ...process.env, AURA_API_URL: server.url };
    const args = ['--yes', `${server.url}/packages/${name}`, 'login', '--no-browser'];
    // A group of its own: npx starts a shell, which starts the command.
    const child = spawn('npx', args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    try {
      await expect.poll(() => output, { timeout: LONG_MS }).toContain(`${server.url}/device?code=`);
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGINT');
    }
  },
  LONG_MS,
);

describe('an app in TypeScript', () => {
  it('finds the types', async () => {
    const app = join(folder, 'npm');
    for (const name of ['@types/react', 'csstype']) {
      const target = join(app, 'node_modules', name);
      await cp(join(ROOT, 'node_modules', name), target, { recursive: true });
    }
    await writeFile(join(app, 'app.tsx'), TYPED);
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    expect((await exec(tsc, [], { cwd: app })).stdout).toBe('');
  });
});

const MAIN = `
import { createRoot } from 'react-dom/client';
import { AuraImage, AuraProvider, AuraUploader } from '@auraimage/react';
import '@auraimage/react/styles.css';

createRoot(document.getElementById('root')!).render(
  <AuraProvider cdnUrl="https://cdn.example" projectName="my-app">
    <AuraUploader signature="/api/sign" />
    <AuraImage src="abc123xyz0-a.jpg" alt="" width={40} height={30} />
  </AuraProvider>,
);
`;

const VITE = {
  name: 'Vite',
  libraries: ['vite@8.3.8', 'react@19.3.1', 'react-dom@19.3.1'],
  files: {
    'index.html': '<div id="root"></div><script type="module" src="/main.tsx"></script>',
    'main.tsx': MAIN,
  },
  build: ['npx', 'vite', 'build'],
  output: 'dist',
};

const NEXT = {
  name: 'Next.js',
  libraries: [
    'next@16.4.6',
    'react@19.3.1',
    'react-dom@19.3.1',
    'typescript@5.9.3',
    '@types/react@19.3.0',
    '@types/node@20.19.43',
  ],
  files: {
    'app/layout.tsx': `
import '@auraimage/react/styles.css';
export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
    'app/uploader.tsx': `
'use client';
import { AuraUploader } from '@auraimage/react';
export const Uploader = () => <AuraUploader signature="/api/sign" />;`,
    'app/page.tsx': `
import { AuraImage } from '@auraimage/react';
import { AuraImage as Aura } from '@auraimage/sdk';
import { Uploader } from './uploader';
export const dynamic = 'force-dynamic';
export default async function Page() {
  const aura = new Aura({ secretKey: 'sk_live_${'x'.repeat(43)}', serveSecret: 'psk_live_${'x'.repeat(43)}', projectName: 'my-app', cdnUrl: 'https://cdn.example' });
  const src = await aura.getSignedUrl('abc123xyz0-a.jpg');
  return <><Uploader /><AuraImage src={src} alt="" width={40} height={30} /></>;
}`,
  },
  build: ['npx', 'next', 'build'],
  output: '.next/static',
};

describe('a bundler', () => {
  it('finds what a browser needs, and nothing for secrets', async () => {
    const { outputFiles } = await build({
      stdin: { contents: MAIN, loader: 'tsx', resolveDir: join(folder, 'npm') },
      bundle: true,
      format: 'esm',
      jsx: 'automatic',
      outdir: folder,
      external: ['react', 'react-dom', 'react/jsx-runtime'],
      write: false,
      logLevel: 'silent',
    });
    const text = outputFiles.map((file) => file.text).join('\n');
    expect(text).toContain('aura-uploader');
    expect(text).not.toMatch(/node:crypto|createHmac|sk_live_/);
  });

  it.each(shortOrLong([], [VITE, NEXT]))(
    '$name builds an app',
    async (framework) => {
      const app = join(folder, framework.name);
      for (const [path, text] of Object.entries(framework.files)) {
        await mkdir(dirname(join(app, path)), { recursive: true });
        await writeFile(join(app, path), text);
      }
      await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
      const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', CI: '1' };
      const urls = packages.map(({ url }) => url);
      const install = ['install', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
      await exec('npm', [...install, ...framework.libraries, ...urls], { cwd: app, env });
      const [command = '', ...args] = framework.build;
      await exec(command, args, { cwd: app, env });
      const scripts = (await readdir(join(app, framework.output), { recursive: true })).filter(
        (name) => name.endsWith('.js'),
      );
      const texts = await Promise.all(
        scripts.map((name) => readFile(join(app, framework.output, name), 'utf8')),
      );
      const text = texts.join('\n');
      expect(text).toContain('aura-uploader');
      expect(text).not.toMatch(/psk_live_|node:crypto/);
    },
    LONG_MS,
  );
});
