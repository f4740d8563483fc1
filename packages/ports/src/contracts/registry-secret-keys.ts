import { beforeEach, describe, expect, it } from 'vitest';
import { type RegistryRows, STRANGE_TEXTS } from './registry-rows.js';

/** The part of the suite about secret keys. */
export function declareRegistrySecretKeys(rows: () => RegistryRows): void {
  const keyNames = async (projectId: string, registry = rows().registry) =>
    (await registry.listSecretKeys(projectId)).map((key) => key.name);
  const revoke = (projectId: string, id: string, registry = rows().registry) =>
    registry.revokeSecretKey(projectId, id, rows().by('secret_key.revoked'));

  describe('secret keys', () => {
    let id: string;
    let otherId: string;
    let foreignId: string;
    beforeEach(async () => {
      const { registry, makeProject } = rows();
      ({ id } = await makeProject());
      ({ id: otherId } = await makeProject({ name: 'other-app' }));
      const accountId = await registry.createAccount();
      ({ id: foreignId } = await makeProject({ name: 'foreign-app', accountId }));
    });

    it('are told without their secret, but for its end', async () => {
      const { registry, accountId, makeKey } = rows();
      const before = Date.now();
      const key = await makeKey(id, 'sk_live_a-long-secret-wxyz');
      expect(key).toMatchObject({ accountId, projectId: id, lastFour: 'wxyz', lastUsedAt: null });
      expect(key).toMatchObject({ name: 'key sk_live_a-long-secret-wxyz' });
      expect(Object.values(key ?? {})).not.toContain('sk_live_a-long-secret-wxyz');
      const [listed] = await registry.listSecretKeys(id);
      expect(listed).toEqual(key);
      expect(listed?.createdAt).toBeGreaterThanOrEqual(before);
    });

    it('are listed newest first: those of the project and of its account', async () => {
      const { other, makeKey } = rows();
      await makeKey(id, 'a');
      await makeKey(null, 'b');
      await makeKey(otherId, 'c');
      await makeKey(id, 'd');
      expect(await keyNames(id)).toEqual(['key d', 'key b', 'key a']);
      expect(await keyNames(otherId)).toEqual(['key c', 'key b']);
      expect(await keyNames(foreignId)).toEqual([]);
      expect(await keyNames(id, other)).toEqual(['key d', 'key b', 'key a']);
      for (const text of STRANGE_TEXTS) expect(await keyNames(text), text).toEqual([]);
    });

    it('are of a project of their account', async () => {
      await expect(rows().makeKey(foreignId, 'a')).rejects.toThrow();
      await expect(rows().makeKey('gone', 'a')).rejects.toThrow();
      expect(await keyNames(foreignId)).toEqual([]);
    });

    it('reach a limit that counts the active ones of their project', async () => {
      const { makeKey } = rows();
      await makeKey(otherId, 'other');
      await makeKey(null, 'wide');
      await makeKey(id, 'a', 2);
      const b = await makeKey(id, 'b', 2);
      expect(await makeKey(id, 'c', 2)).toBeNull();
      expect(await keyNames(id)).toEqual(['key b', 'key a', 'key wide']);
      await revoke(id, b?.id ?? '');
      expect(await makeKey(id, 'd', 2)).not.toBeNull();
      expect(await makeKey(id, 'e', 2)).toBeNull();
    });

    it('reach a limit that counts the account-wide ones of their account', async () => {
      const { registry, by, makeKey } = rows();
      const accountId = await registry.createAccount();
      const theirs = { accountId, projectId: null, name: 'x', secret: 'x' };
      await registry.createSecretKey(theirs, 1, { ...by('secret_key.created'), accountId });
      await makeKey(id, 'own');
      expect(await makeKey(null, 'a', 1)).not.toBeNull();
      expect(await makeKey(null, 'b', 1)).toBeNull();
    });

    it('never pass the limit, however many are made at once', async () => {
      const { registry, accountId, by } = rows();
      const outcomes = await Promise.all(
        Array.from({ length: 25 }, (_, n) => {
          const key = { accountId, projectId: id, name: '', secret: `${n}` };
          return registry.createSecretKey(key, 10, by('secret_key.created'));
        }),
      );
      expect(outcomes.filter((outcome) => outcome !== 'limit_reached')).toHaveLength(10);
      expect(await registry.listSecretKeys(id)).toHaveLength(10);
    });

    it('are revoked once, for every process', async () => {
      const { registry, other, makeKey } = rows();
      const key = await makeKey(id, 'a');
      await makeKey(id, 'b');
      const keyId = key?.id ?? '';
      expect(await other.findSecretKey('a')).toEqual(key);
      const revoked = await Promise.all(Array.from({ length: 6 }, () => revoke(id, keyId)));
      expect(revoked.filter(Boolean)).toHaveLength(1);
      expect(await revoke(id, keyId)).toBe(false);
      expect(await keyNames(id)).toEqual(['key b']);
      expect(await keyNames(id, other)).toEqual(['key b']);
      expect(await registry.findSecretKey('a')).toBeNull();
      expect(await other.findSecretKey('a')).toBeNull();
    });

    it('are revoked by a project that they may sign for, and by no other', async () => {
      const { makeKey } = rows();
      const own = (await makeKey(id, 'own'))?.id ?? '';
      const wide = (await makeKey(null, 'wide'))?.id ?? '';
      for (const project of [foreignId, 'gone', ...STRANGE_TEXTS]) {
        expect(await revoke(project, own), project).toBe(false);
        expect(await revoke(project, wide), project).toBe(false);
      }
      expect(await revoke(otherId, own)).toBe(false);
      expect(await keyNames(id)).toEqual(['key wide', 'key own']);
      expect(await revoke(otherId, wide)).toBe(true);
      expect(await keyNames(id)).toEqual(['key own']);
    });

    it('are not revoked under any other text', async () => {
      await rows().makeKey(id, 'a');
      for (const text of ['a', 'key a', id, ...STRANGE_TEXTS]) {
        expect(await revoke(id, text), text).toBe(false);
      }
      expect(await keyNames(id)).toEqual(['key a']);
    });

    it('are found by their whole secret', async () => {
      const { registry, other, makeKey } = rows();
      const own = await makeKey(id, 'sk_live_own');
      const wide = await makeKey(null, 'sk_live_wide');
      expect(await registry.findSecretKey('sk_live_own')).toEqual(own);
      expect(await other.findSecretKey('sk_live_wide')).toEqual(wide);
      const close = ['sk_live_ow', 'sk_live_owner', ' sk_live_own', 'SK_LIVE_OWN', 'sk_live_%'];
      for (const text of [...close, own?.id ?? '', ...STRANGE_TEXTS]) {
        expect(await registry.findSecretKey(text), text).toBeNull();
      }
    });
  });

  describe('the internal secret key', () => {
    it('is made once for each project, whoever asks at the same time', async () => {
      const { registry, other, makeProject } = rows();
      const { id } = await makeProject();
      const { id: otherId } = await makeProject({ name: 'other-app' });
      const asked = await Promise.all(
        Array.from({ length: 6 }, () => registry.internalSecretKey(id)),
      );
      expect(new Set(asked).size).toBe(1);
      expect(asked[0]).toMatch(/^sk_live_[\w-]{43}$/);
      expect(await other.internalSecretKey(id)).toBe(asked[0]);
      expect(await registry.internalSecretKey(otherId)).not.toBe(asked[0]);
    });

    it('is in no list, under no limit, and neither found nor revoked', async () => {
      const { registry, makeProject, makeKey } = rows();
      const { id } = await makeProject();
      const secret = (await registry.internalSecretKey(id)) ?? '';
      expect(await registry.listSecretKeys(id)).toEqual([]);
      expect(await makeKey(id, 'a', 1)).not.toBeNull();
      expect(await registry.findSecretKey(secret)).toBeNull();
      expect(await revoke(id, secret)).toBe(false);
      expect(await registry.internalSecretKey(id)).toBe(secret);
    });

    it('is null for a project that does not exist', async () => {
      for (const id of ['gone', ...STRANGE_TEXTS]) {
        expect(await rows().registry.internalSecretKey(id), id).toBeNull();
      }
    });
  });
}
