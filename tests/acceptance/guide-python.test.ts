import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { exampleIn } from '../signature/spec.js';

const GUIDE = new URL('../../docs/guides/python.md', import.meta.url);

let server: SharedServer;
let folder: string;

beforeAll(async () => {
  server = await sharedServer();
  folder = await mkdtemp(join(tmpdir(), 'aura-python-'));
});

afterAll(async () => {
  await removeFolder(folder);
});

/** Runs a statement behind the guide's first code block, beside the functions of the spec. */
async function python(statement: string): Promise<unknown> {
  const signing = /^```python\n(.*?)^```$/ms.exec(await readFile(GUIDE, 'utf8'))?.[1] ?? '';
  await writeFile(join(folder, 'aura.py'), exampleIn('python'));
  const file = join(folder, 'app.py');
  await writeFile(file, `${signing}\nimport json\nprint(json.dumps(${statement}))\n`);
  const { projectName, secretKey, serveSecret, cdnUrl } = server.credentials;
  const env = {
    PATH: process.env['PATH'],
    AURA_SECRET_KEY: secretKey,
    AURA_SERVE_SECRET: serveSecret,
    NEXT_PUBLIC_AURA_PROJECT_NAME: projectName,
    NEXT_PUBLIC_AURA_CDN_URL: cdnUrl,
  };
  const { stdout } = await promisify(execFile)('python3', [file], { env, timeout: 20_000 });
  return JSON.parse(stdout);
}

it('the Python guide signs an upload that is private', async () => {
  const { signature, uploadUrl } = (await python('sign()')) as Record<string, string>;
  expect(uploadUrl).toBe(`${server.credentials.cdnUrl}/v1/upload`);
  const response = await postUpload(server.url, signature ?? '', await pictures.jpeg());
  const { visibility, url } = (await response.json()) as Uploaded;
  expect([response.status, visibility, (await fetch(url)).status]).toEqual([201, 'private', 403]);
});

it('the Python guide signs a URL of a private image', async () => {
  const { key } = await upload(server, await pictures.jpeg(), 'private');
  const { url } = (await python(`picture_url(${JSON.stringify(key)})`)) as { url: string };
  expect((await fetch(url)).status).toBe(200);
  expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403);
});
