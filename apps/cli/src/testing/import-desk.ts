import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type FakeAnswer,
  type FakeServer,
  type Received,
  refusal,
  startFakeServer,
} from './fake-server.js';
import { createSandbox, type Sandbox } from './run-aura.js';

type Route = (request: Received) => FakeAnswer | Promise<FakeAnswer>;

/** A line of an import's report. */
interface Line {
  readonly source: string;
  readonly row?: number;
  readonly status: string;
  readonly key?: string;
  readonly visibility?: string;
  readonly error?: { readonly code: string };
}

/** A server that stores what an import sends to the project `my-app`, and a folder to import from. */
export interface ImportDesk extends Sandbox {
  readonly server: FakeServer;
  /** Responses to requests, which a test may replace. */
  readonly routes: Record<string, Route>;
  /** What the server has stored, by name. */
  readonly stored: Map<string, string>;
  /** What is in the environment besides the sign-in. */
  env: Readonly<Record<string, string>>;
  /** Writes files below the folder. */
  files(contents: Readonly<Record<string, string>>): Promise<void>;
  /** Imports as private, with the report in the folder. A signal is Ctrl-C. */
  importing(source: string, ...argv: readonly (string | AbortSignal)[]): Promise<ImportRun>;
  /** Number of uploads so far. */
  sent(): number;
  close(): Promise<void>;
}

interface ImportRun {
  readonly exit: number;
  readonly err: string;
  readonly lines: readonly Line[];
  /** Each line as `source status name-or-code`. */
  readonly short: readonly string[];
}

/** Bytes that begin as those of an image. */
export const gif = (text: string) => `GIF89a ${text}`;

export const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex');

export const receiptOf = (hash: string) =>
  `e30.${Buffer.from(JSON.stringify({ sha256: hash })).toString('base64url')}.x`;

export async function createImportDesk(): Promise<ImportDesk> {
  const stored = new Map<string, string>();
  const routes: Record<string, Route> = {
    'POST /v1/sign': ({ body }) => ({
      body: { signature: Buffer.from(body, 'latin1').toString('base64') },
    }),
    'POST /v1/upload': ({ headers, body }) => {
      const claims = Buffer.from(String(headers['x-aura-signature']), 'base64').toString();
      const { name: key, visibility } = JSON.parse(claims);
      if (stored.has(key)) return refusal(409, 'name_taken');
      const bytes = /\r\n\r\n([\s\S]*?)\r\n--/.exec(body)?.[1] ?? '';
      const hash = sha256(bytes);
      const image = { key, visibility, size: bytes.length, sha256: hash };
      stored.set(key, bytes);
      routes[`GET /v1/images/my-app/${key}`] = () => ({ body: image });
      return { status: 201, body: { ...image, receipt: receiptOf(hash) } };
    },
  };
  const server = await startFakeServer(routes);
  const sandbox = await createSandbox(server.url);
  const desk: ImportDesk = {
    ...sandbox,
    server,
    routes,
    stored,
    env: {},
    async files(contents) {
      for (const [name, content] of Object.entries(contents)) {
        await mkdir(dirname(join(sandbox.cwd, name)), { recursive: true });
        await writeFile(join(sandbox.cwd, name), content);
      }
    },
    async importing(source, ...given) {
      const argv = given.filter((each) => typeof each === 'string');
      const signal = given.find((each) => typeof each !== 'string');
      const flags = ['--visibility', 'private', '--report', 'r.jsonl', '--concurrency', '1'];
      const { exit, out, err } = await sandbox.run(
        ['import', source, ...flags, '--json', ...argv],
        {
          env: { AURA_TOKEN: 'aura_cli_kim', AURA_PROJECT: 'my-app', ...desk.env },
          ...(signal && { signal }),
        },
      );
      const texts = out.split('\n').filter((line) => line !== '');
      const lines: Line[] = texts.map((line) => JSON.parse(line));
      return { exit, err, lines, short: lines.map(shortly) };
    },
    sent: () => server.received.filter(({ path }) => path === '/v1/upload').length,
    async close() {
      await server.close();
      await sandbox.remove();
    },
  };
  return desk;
}

function shortly({ source, row, status, key, error }: Line): string {
  return [row ?? source, status, error === undefined ? key : error.code].join(' ');
}
