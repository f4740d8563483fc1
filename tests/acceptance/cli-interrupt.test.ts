import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { AURA, createDesk, type Desk, newProject } from './support/cli.js';
import { forward, startProxy } from './support/cli-proxy.js';

const FILES = 8;

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
});
afterAll(() => desk.close());

describe('Ctrl-C', () => {
  it('cancels the device code, so that nobody can approve it', async () => {
    let userCode = '';
    const { exit, err } = await desk.aura(['login'], {
      watch: (out, _err, interrupt) => {
        userCode ||= /^Code: +(\S+)$/m.exec(out)?.[1] ?? '';
        if (out.includes('approve.')) interrupt();
      },
    });
    expect(exit).toBe(130);
    expect(err).toContain('Interrupted');
    expect(userCode).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
    const approval = await desk.ask('POST', '/v1/auth/device/approve', { userCode });
    expect(approval.status).toBe(404);
    expect((await desk.aura(['whoami'])).exit).toBe(3);
  });

  it('stops an upload, which the next run resumes', async () => {
    await desk.signIn();
    await desk.aura(['init', '--project', newProject('holiday'), '--create']);
    for (let i = 0; i < FILES; i++) {
      await desk.put(
        `photos/${i}.png`,
        await drawing(20 + i, 20)
          .png()
          .toBuffer(),
      );
    }
    const upload = ['upload', 'photos', '--private', '--concurrency', '2'];
    let passed = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    // Passes two files on, and the next ones after the command has handled the interrupt.
    const proxy = await startProxy(async (incoming, outgoing) => {
      passed++;
      if (passed > 2) await gate;
      await forward(desk.server.url, incoming, outgoing);
    });
    const stopped = await desk.aura(upload, {
      env: { AURA_CDN_URL: proxy.url },
      watch: (out, err, interrupt) => {
        if (out.includes('uploaded')) interrupt();
        if (err.includes('Press Ctrl-C again')) open();
      },
    });
    await proxy.close();
    expect(stopped.exit).toBe(130);
    expect(stopped.err).toContain('not tried');
    const again = await desk.aura(upload);
    expect(again.exit).toBe(0);
    expect(again.err).not.toContain(' 0 already there');
    const { out } = await desk.aura(['ls', '--json']);
    const hashes = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).sha256);
    expect(hashes).toHaveLength(FILES);
    expect(new Set(hashes).size).toBe(FILES);
  });

  it('pressed twice, leaves no copy of standard input behind', async () => {
    const temporary = join(desk.home, 'temporary');
    await mkdir(temporary);
    let asked = false;
    const silent = await startProxy(() => {
      asked = true;
      return new Promise(() => {});
    });
    const env = { AURA_API_URL: silent.url, AURA_TOKEN: 'sk_live_x', TMPDIR: temporary };
    const child = spawn(process.execPath, [...AURA, 'upload', '-', '--project', 'holiday'], {
      env: { PATH: process.env['PATH'], HOME: desk.home, ...env },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const closed = once(child, 'close');
    child.stdin.end(await drawing(20, 20).png().toBuffer());
    await expect.poll(() => asked).toBe(true);
    expect(await readdir(temporary)).toHaveLength(1);
    child.kill('SIGINT');
    await once(child.stderr, 'data'); // how to stop it now
    child.kill('SIGINT');
    expect(await closed).toEqual([130, null]);
    await silent.close();
    expect(await readdir(temporary)).toEqual([]);
  });
});
