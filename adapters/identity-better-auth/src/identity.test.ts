import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIdentity, totp } from '@auraimage/ports/contracts';
import { openSqliteRecords, type SqlRecords } from '@auraimage/records-sql';
import { describe, expect, it, vi } from 'vitest';
import { createBetterAuthIdentity } from './identity.js';
import type { PasswordHashing } from './password-queue.js';
import { quickHashing } from './testing/quick-hashing.js';

const secret = 'a secret of better-auth, 32 characters';

/** One file, open twice: the second connection simulates another process. */
async function setUp(hashing?: PasswordHashing) {
  const folder = await mkdtemp(join(tmpdir(), 'aura-identity-'));
  const options = { file: join(folder, 'aura.db'), masterKey: new Uint8Array(32).fill(1) };
  const records = await openSqliteRecords(options);
  const otherRecords = await openSqliteRecords(options);
  vi.useFakeTimers({ toFake: ['Date'] });
  const identityOn = ({ kysely, secondFactors }: SqlRecords) =>
    createBetterAuthIdentity({
      kysely,
      secondFactors,
      secret,
      ...(hashing && { hashing }),
    });
  return {
    folder,
    identity: identityOn(records),
    other: identityOn(otherRecords),
    accountId: await records.registry.createAccount(),
    advance: (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    now: () => Date.now(),
    async close() {
      vi.useRealTimers();
      await records.close();
      await otherRecords.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeIdentity('better-auth on SQLite', () => setUp(quickHashing));

describe('a copy of the database', () => {
  it('contains no usable credential', async () => {
    const { folder, identity, accountId, close } = await setUp();
    const client = { address: '203.0.113.7', userAgent: 'Firefox' };
    const password = 'correct horse battery staple';
    const facts = { accountId, email: 'ada@example.com', name: 'Ada', role: 'admin' } as const;
    const user = await identity.createUser({ ...facts, password });
    if (user === 'email_taken') throw new Error(user);
    const turn = { caller: '', isKnown: false, signal: new AbortController().signal };
    const began = await identity.signIn(facts.email, password, client, turn);
    if (began === null || !('token' in began)) throw new Error('refused');
    const device = await identity.requestDevice('laptop', client.address);
    const factor = await identity.prepareSecondFactor(user.id, password, 'AuraImage');
    if (typeof factor === 'string') throw new Error(factor);
    const code = await totp(factor.secret, Date.now());
    const codes = await identity.enableSecondFactor(user.id, code, began.session.id);
    if (typeof codes === 'string') throw new Error(codes);

    const files = await readdir(folder);
    const bytes = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')));
    const copy = bytes.join();
    expect(copy).toContain(facts.email);
    expect(copy).toContain(device.userCode);
    const stored = [...codes, ...codes.map((each) => each.replaceAll('-', '')), factor.secret];
    for (const credential of [password, began.token, device.deviceCode, secret, ...stored]) {
      expect(copy.includes(credential)).toBe(false);
    }
    await close();
  });
});
