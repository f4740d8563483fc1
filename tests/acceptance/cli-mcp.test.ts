import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { AURA, createDesk, type Desk, newProject } from './support/cli.js';

const PROJECT = newProject('agents');
const OTHER = newProject('other');

/** `aura mcp` as an agent starts it. */
interface Agent {
  readonly client: Client;
  /** Calls a tool; its answer, or the words of its failure. */
  call(tool: string, input?: Record<string, unknown>): Promise<object | string>;
  /** What it has written to standard error. */
  readonly stderr: () => string;
  close(): Promise<void>;
}

let desk: Desk;
let careful: Agent;
let secretKey: string;

beforeAll(async () => {
  desk = await createDesk();
  await desk.signIn();
  const init = await desk.aura(['init', '--project', PROJECT, '--create']);
  secretKey = /^AURA_SECRET_KEY=(\S+)$/m.exec(init.out)?.[1] ?? '';
  await desk.aura(['projects', 'create', OTHER]);
  await desk.put('photos/a.png', await drawing(30, 20).png().toBuffer());
  await desk.put('photos/b.png', await drawing(20, 30).png().toBuffer());
  await writeFile(join(desk.home, 'id_rsa'), 'a private key');
  await writeFile(join(desk.home, 'private.png'), await drawing(9, 9).png().toBuffer());
  await symlink(join(desk.home, 'private.png'), join(desk.folder, 'photos/link.png'));
  careful = await startAgent(['--project', PROJECT]);
});
afterAll(async () => {
  await careful?.close();
  await desk.close();
});

async function startAgent(
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...AURA, 'mcp', ...flags],
    cwd: desk.folder,
    env: { HOME: desk.home, AURA_API_URL: desk.server.url, ...env },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  return {
    client,
    stderr: () => stderr,
    close: () => client.close(),
    async call(name, input = {}) {
      const { content, isError } = await client.callTool({ name, arguments: input });
      const [part] = content as { text: string }[];
      const said = part?.text ?? '';
      return isError === true ? said : JSON.parse(said);
    },
  };
}

describe('aura mcp', () => {
  it('offers its tools, and says which of them may destroy something', async () => {
    const { tools } = await careful.client.listTools();
    const hints = tools.map(({ name, annotations }) => [
      name,
      annotations?.readOnlyHint,
      annotations?.destructiveHint ?? false,
    ]);
    expect(hints).toEqual([
      ['upload_images', false, false],
      ['list_images', true, false],
      ['sign_links', true, false],
      ['set_visibility', false, true],
      ['doctor', false, false],
    ]);
    expect(careful.client.getInstructions()).toContain(desk.folder);
  });

  it('uploads images of its folder as private, lists them and signs links', async () => {
    const uploaded = await careful.call('upload_images', { paths: ['photos'], folder: 'trip' });
    expect(uploaded).toMatchObject({
      ok: true,
      files: [
        { status: 'uploaded', key: 'trip/a', visibility: 'private' },
        { status: 'uploaded', key: 'trip/b', visibility: 'private' },
      ],
    });
    const again = await careful.call('upload_images', { paths: ['photos/a.png'], name: 'trip/a' });
    expect(again).toMatchObject({ ok: true, files: [{ status: 'skipped' }] });
    const listed = await careful.call('list_images', { folder: 'trip/' });
    expect(listed).toMatchObject({
      project: PROJECT,
      images: [
        { key: 'trip/a', visibility: 'private', width: 30, height: 20 },
        { key: 'trip/b', visibility: 'private' },
      ],
    });
    expect(JSON.stringify(listed)).not.toContain('token=');
    const signed = await careful.call('sign_links', { keys: ['trip/a'], format: 'webp' });
    const [link] = (signed as { links: { url: string }[] }).links;
    const shown = await fetch(link?.url ?? '');
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(await careful.call('sign_links', { keys: ['trip/a'], expires: '2h' })).toContain('hour');
    const limits = { maxEdge: 12, recipient: 'customer:42' };
    const preview = await careful.call('sign_links', { keys: ['trip/a'], ...limits });
    const [{ url = '' } = {}] = (preview as { links: { url?: string }[] }).links;
    const [claims = ''] = new URL(url).searchParams.get('token')?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      max: 12,
      sub: 'customer:42',
    });
    expect((await fetch(`${url}&fmt=original`)).status).toBe(403);
  });

  it('uploads nothing from elsewhere', async () => {
    const before = await careful.call('list_images');
    const paths = [
      join(desk.home, 'id_rsa'),
      join(desk.home, 'private.png'),
      '../../../etc/passwd',
      'photos/link.png',
      '.env',
    ];
    const answer = await careful.call('upload_images', { paths });
    expect(answer).toMatchObject({ ok: false });
    const { files } = answer as { files: { status: string; error: { code: string } }[] };
    expect(files.map(({ status, error }) => [status, error.code])).toEqual(
      paths.map(() => ['failed', 'path_not_allowed']),
    );
    expect(await careful.call('list_images')).toEqual(before);
  });

  it('makes nothing public without --allow-public, and works on one project', async () => {
    for (const input of [{ key: 'trip/a' }, { key: `${PROJECT}/trip/a` }]) {
      const refused = await careful.call('set_visibility', { ...input, visibility: 'public' });
      expect(refused).toMatch(/private/);
    }
    const refused = await careful.call('upload_images', {
      paths: ['photos/a.png'],
      visibility: 'public',
    });
    expect(refused).toMatch(/private/);
    const { images } = (await careful.call('list_images')) as { images: object[] };
    expect(images).toHaveLength(2);
    expect(images).not.toContainEqual(expect.objectContaining({ visibility: 'public' }));
    const url = `${desk.server.url}/${OTHER}/abc123xyz0-photo.jpg`;
    for (const key of [`${OTHER}/abc123xyz0-photo.jpg`, url]) {
      const elsewhere = await careful.call('sign_links', { keys: [key] });
      expect(elsewhere).toContain(`not in the project of --project ${PROJECT}`);
    }
    const diagnosis = await careful.call('doctor', { url });
    expect(diagnosis).toContain(`not in the project of --project ${PROJECT}`);
  });

  it('finds out why a link fails, and checks the deployment', async () => {
    const url = `${desk.server.url}/${PROJECT}/trip/a`;
    const link = await careful.call('doctor', { url });
    expect(link).toMatchObject({ ok: false, checks: [{ id: 'link' }, {}, {}] });
    const all = await careful.call('doctor');
    expect(all).toMatchObject({ ok: true });
    expect(((await careful.call('list_images')) as { images: object[] }).images).toHaveLength(2);
  });

  it('makes images public and private again with --allow-public', async () => {
    const bold = await startAgent(['--project', PROJECT, '--allow-public']);
    const flip = (visibility: string) => bold.call('set_visibility', { key: 'trip/a', visibility });
    const status = async () => (await fetch(`${desk.server.url}/${PROJECT}/trip/a`)).status;
    expect(await flip('public')).toMatchObject({ key: 'trip/a', visibility: 'public' });
    expect(await status()).toBe(200);
    expect(await flip('private')).toMatchObject({ visibility: 'private' });
    expect(await status()).toBe(403);
    await bold.close();
  });

  it('uploads nothing if it was started in the home folder, unless --root names one', async () => {
    const env = { HOME: desk.folder, AURA_TOKEN: secretKey };
    const wide = await startAgent(['--project', PROJECT], env);
    const paths = ['photos/a.png'];
    expect(await wide.call('upload_images', { paths })).toMatchObject({
      files: [{ error: { message: expect.stringContaining('--root') } }],
    });
    const narrow = await startAgent(['--project', PROJECT, '--root', 'photos'], env);
    expect(await narrow.call('upload_images', { paths: ['a.png'] })).toMatchObject({ ok: true });
    // A secret key signs nothing and shows no account: the tool says what is missing.
    expect(await narrow.call('sign_links', { keys: ['trip/a'] })).toContain('AURA_SERVE_SECRET');
    await Promise.all([wide.close(), narrow.close()]);
    expect(wide.stderr() + narrow.stderr()).not.toContain(secretKey);
  });

  it('writes only the protocol to standard output, and ends with standard input', async () => {
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AURA_API_URL: 'http://127.0.0.1:1',
    };
    const child = spawn(process.execPath, [...AURA, 'mcp', '--project', PROJECT], { env });
    const err = text(child.stderr);
    const messages = [
      {
        method: 'initialize',
        params: {
          protocolVersion: '2025-06-18',
          capabilities: {},
          clientInfo: { name: 'x', version: '1' },
        },
        id: 1,
      },
      { method: 'notifications/initialized' },
      { method: 'tools/call', params: { name: 'list_images', arguments: {} }, id: 2 },
      { method: 'tools/call', params: { name: 'doctor', arguments: {} }, id: 3 },
    ];
    for (const message of messages) {
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    }
    child.stdin.write('this is no JSON\n');
    let seen = '';
    for await (const chunk of child.stdout
      .setEncoding('utf8')
      .iterator({ destroyOnReturn: false })) {
      seen += chunk;
      if (seen.split('\n').length > 3) break;
    }
    child.stdin.end();
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    const answers = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id).toSorted()).toEqual([1, 2, 3]);
    expect(answers[1].result.content[0].text).toContain('aura login');
    expect(await err).toContain('waits for an agent');
  });
});
