import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, cp, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { runCommand, STACK } from './support/upload-command.js';

let root: string;
let original: string;
let dataDir: string;
let server: TestServer;
let image: Uploaded;

beforeAll(async () => {
  root = await temporaryFolder();
  original = join(root, 'original');
  server = await startTestServer({ dataDir: original });
  image = await upload(server, await drawing(9, 9).png().toBuffer(), 'private');
  await server.stop();
});
afterAll(() => removeFolder(root));

/** Each test has a copy of a stopped server's data folder. */
beforeEach(async () => {
  dataDir = join(root, randomUUID());
  await cp(original, dataDir, { recursive: true });
});
afterEach(() => server.kill());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  server = await startTestServer({ dataDir, env, credentials: server.credentials });
}

const rekey = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) =>
  runCommand(['rekey', ...args], { AURA_DATA_DIR: dataDir, ...env });
/** Changes to a key that the operator keeps. */
async function rekeyTo(key: string, mode = 0o600) {
  const file = join(root, randomUUID());
  await writeFile(file, `${key}\n`, { mode });
  return rekey({}, '--new-key-file', file);
}
const keyFile = () => join(dataDir, 'master.key');

/** Restarts, then reads and begins an upload with the earlier secrets. */
async function expectWorking(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await start(env);
  const link = await server.aura.getSignedUrl(image.key);
  expect((await fetch(link)).status).toBe(200);
  // The token is the first that is checked: what comes after it needs no image process.
  const answer = await postUpload(server.url, await server.aura.signUpload(), Buffer.from('text'));
  expect(answer.headers.get('x-aura-error')).toBe('type_not_allowed');
  await server.kill();
}

describe('aura-server rekey', () => {
  it('writes a new key into the key file; every secret still works', async () => {
    const before = await readFile(keyFile(), 'utf8');
    const { code, stdout, stderr } = await rekey();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^3 secrets are encrypted under the new master key/);
    const after = await readFile(keyFile(), 'utf8');
    expect(after).toMatch(/^[0-9a-f]{64}\n$/);
    expect(after).not.toBe(before);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect(stdout).not.toContain(after.trim());
    await expectWorking();
    const old = await runCommand([], {
      AURA_DATA_DIR: dataDir,
      PORT: '0',
      AURA_MASTER_KEY: before.trim(),
    });
    expect(old.code).toBe(1);
    expect(old.stderr).not.toMatch(STACK);
  });

  it('changes to a key from the environment, and back to a key file', async () => {
    const kept = randomBytes(32).toString('hex');
    const { code, stdout } = await rekeyTo(kept);
    expect([code, stdout]).toEqual([0, expect.stringContaining('set AURA_MASTER_KEY')]);
    await expect(stat(keyFile())).rejects.toThrow(/ENOENT/);
    await expectWorking({ AURA_MASTER_KEY: kept });
    const back = await rekey({ AURA_MASTER_KEY: kept });
    expect([back.code, back.stdout]).toEqual([
      0,
      expect.stringContaining('Remove AURA_MASTER_KEY'),
    ]);
    await expectWorking();
  });

  it('is refused while a server is running, which is not affected', async () => {
    await start();
    const before = await readFile(keyFile(), 'utf8');
    const { code, stderr } = await rekey();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/stop it first/)]);
    expect(await readFile(keyFile(), 'utf8')).toBe(before);
    expect((await fetch(await server.aura.getSignedUrl(image.key))).status).toBe(200);
    await upload(server, await drawing(9, 9).png().toBuffer(), 'public');
  });

  it('is refused for the current key, a wrong key, and without a database', async () => {
    const now = (await readFile(keyFile(), 'utf8')).trim();
    const refused = [
      () => rekeyTo(now),
      () => rekey({ AURA_MASTER_KEY: randomBytes(32).toString('hex') }),
      () => rekey({ AURA_DATA_DIR: join(dataDir, 'none') }),
      () => rekeyTo('no key'),
      () => rekeyTo(randomBytes(32).toString('hex'), 0o644),
      () => rekey({}, '--new-key-file', join(root, 'no-file')),
    ].slice(0, shortOrLong(4, 6));
    for (const run of refused) {
      const { code, stderr } = await run();
      expect(code).toBe(1);
      expect(stderr).toMatch(/./);
      expect(stderr).not.toMatch(STACK);
      expect(stderr).not.toContain(now);
    }
    await expect(stat(join(dataDir, 'none'))).rejects.toThrow(/ENOENT/);
    await expectWorking();
  });

  it('that was interrupted after the database had the new key is completed by the next start', async () => {
    await copyFile(keyFile(), join(dataDir, 'old.key'));
    expect((await rekey()).code).toBe(0);
    await rename(keyFile(), `${keyFile()}.next`);
    await rename(join(dataDir, 'old.key'), keyFile());
    await expectWorking();
    await expect(stat(`${keyFile()}.next`)).rejects.toThrow(/ENOENT/);
  });

  it('that was interrupted earlier keeps the old key', async () => {
    const next = `${randomBytes(32).toString('hex')}\n`;
    await writeFile(`${keyFile()}.next`, next, { mode: 0o600 });
    await expectWorking();
    expect((await rekey()).code).toBe(0);
    await expectWorking();
  });
});
