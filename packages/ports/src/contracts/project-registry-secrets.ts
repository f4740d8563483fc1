import { beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS, type RegistryFixture } from './fixtures.js';

/** The part of the `ProjectRegistry` suite about serve secrets. */
export function declareRegistryServeSecrets(fixture: () => RegistryFixture): void {
  const replace = (
    id: string,
    secret: string,
    previousUntil: number | null,
    registry = fixture().registry,
  ) =>
    registry.replaceServeSecret(
      id,
      secret,
      previousUntil,
      fixture().newEntry('serve_secret.rotated'),
    );
  const endGracePeriod = (id: string, registry = fixture().registry) =>
    registry.endGracePeriod(id, fixture().newEntry('serve_secret.grace_ended'));

  describe('serve secrets', () => {
    it('are returned as they were stored', async () => {
      const { registry, makeProject } = fixture();
      const serveSecret = 'psk_live_Ünïcode-\n"\'\0-end';
      const { id } = await makeProject({ serveSecret });
      expect(await registry.serveSecrets(id)).toEqual({ current: serveSecret, previous: null });
    });

    it('are replaced, with the previous one valid until its end', async () => {
      const { registry, other, makeProject } = fixture();
      const { id } = await makeProject();
      expect(await replace(id, 'psk_live_two', 1000)).toBe(true);
      const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 1000 } };
      expect(await registry.serveSecrets(id)).toEqual(two);
      expect(await other.serveSecrets(id)).toEqual(two);
      expect(await replace(id, 'psk_live_three', 2000, other)).toBe(true);
      expect(await registry.serveSecrets(id)).toEqual({
        current: 'psk_live_three',
        previous: { secret: 'psk_live_two', until: 2000 },
      });
    });

    it('are replaced without a grace period', async () => {
      const { registry, makeProject } = fixture();
      const { id } = await makeProject();
      await replace(id, 'psk_live_two', 1000);
      await replace(id, 'psk_live_three', null);
      const three = { current: 'psk_live_three', previous: null };
      expect(await registry.serveSecrets(id)).toEqual(three);
    });

    it('follow each other in two concurrent replacements', async () => {
      const { registry, makeProject } = fixture();
      const { id } = await makeProject();
      await Promise.all([replace(id, 'psk_live_two', 1000), replace(id, 'psk_live_three', 1000)]);
      const { current, previous } = (await registry.serveSecrets(id)) ?? {};
      expect([current, previous?.secret].sort()).toEqual(['psk_live_three', 'psk_live_two']);
    });

    it('have a grace period that ends once, in every process', async () => {
      const { registry, other, makeProject } = fixture();
      const { id } = await makeProject();
      expect(await endGracePeriod(id)).toBe(false);
      await replace(id, 'psk_live_two', 2 ** 42);
      const ended = await Promise.all(Array.from({ length: 6 }, () => endGracePeriod(id)));
      expect(ended.filter(Boolean)).toHaveLength(1);
      expect(await endGracePeriod(id, other)).toBe(false);
      const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 0 } };
      expect(await registry.serveSecrets(id)).toEqual(two);
      expect(await other.serveSecrets(id)).toEqual(two);
    });

    it('have no grace period to end after a replacement that ended it at once', async () => {
      const { registry, makeProject } = fixture();
      const { id } = await makeProject();
      await replace(id, 'psk_live_two', 0);
      expect(await endGracePeriod(id)).toBe(false);
      const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 0 } };
      expect(await registry.serveSecrets(id)).toEqual(two);
    });

    it('do not exist for an unknown project', async () => {
      const { registry, makeProject } = fixture();
      const project = await makeProject();
      await replace(project.id, 'psk_live_two', 1000);
      for (const id of ['gone', project.name, ...HOSTILE_TEXTS]) {
        expect(await registry.serveSecrets(id), id).toBeNull();
        expect(await replace(id, 'psk_live_three', null), id).toBe(false);
        expect(await endGracePeriod(id), id).toBe(false);
      }
      expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_two');
      expect((await registry.serveSecrets(project.id))?.previous?.secret).toBe('psk_live_one');
    });
  });
}

/** The part of the `ProjectRegistry` suite about secret keys. */
export function declareRegistrySecretKeys(fixture: () => RegistryFixture): void {
  const keyNames = async (projectId: string, registry = fixture().registry) =>
    (await registry.listSecretKeys(projectId)).map((key) => key.name);
  const revoke = (projectId: string, id: string, registry = fixture().registry) =>
    registry.revokeSecretKey(projectId, id, fixture().newEntry('secret_key.revoked'));

  describe('secret keys', () => {
    let id: string;
    let otherId: string;
    let foreignId: string;
    beforeEach(async () => {
      const { registry, makeProject } = fixture();
      ({ id } = await makeProject());
      ({ id: otherId } = await makeProject({ name: 'other-app' }));
      const accountId = await registry.createAccount();
      ({ id: foreignId } = await makeProject({ name: 'foreign-app', accountId }));
    });

    it('are described without their secret, except for its last four characters', async () => {
      const { registry, accountId, makeKey } = fixture();
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
      const { other, makeKey } = fixture();
      await makeKey(id, 'a');
      await makeKey(null, 'b');
      await makeKey(otherId, 'c');
      await makeKey(id, 'd');
      expect(await keyNames(id)).toEqual(['key d', 'key b', 'key a']);
      expect(await keyNames(otherId)).toEqual(['key c', 'key b']);
      expect(await keyNames(foreignId)).toEqual([]);
      expect(await keyNames(id, other)).toEqual(['key d', 'key b', 'key a']);
      for (const text of HOSTILE_TEXTS) expect(await keyNames(text), text).toEqual([]);
    });

    it('require a project of their account', async () => {
      await expect(fixture().makeKey(foreignId, 'a')).rejects.toThrow();
      await expect(fixture().makeKey('gone', 'a')).rejects.toThrow();
      expect(await keyNames(foreignId)).toEqual([]);
    });

    it('are limited by the active keys of their project', async () => {
      const { makeKey } = fixture();
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

    it('are limited by the account-wide keys of their account', async () => {
      const { registry, newEntry, makeKey } = fixture();
      const accountId = await registry.createAccount();
      const theirs = { accountId, projectId: null, name: 'x', secret: 'x' };
      await registry.createSecretKey(theirs, 1, { ...newEntry('secret_key.created'), accountId });
      await makeKey(id, 'own');
      expect(await makeKey(null, 'a', 1)).not.toBeNull();
      expect(await makeKey(null, 'b', 1)).toBeNull();
    });

    it('never exceed the limit, however many are created at once', async () => {
      const { registry, accountId, newEntry } = fixture();
      const outcomes = await Promise.all(
        Array.from({ length: 25 }, (_, n) => {
          const key = { accountId, projectId: id, name: '', secret: `${n}` };
          return registry.createSecretKey(key, 10, newEntry('secret_key.created'));
        }),
      );
      expect(outcomes.filter((outcome) => outcome !== 'limit_reached')).toHaveLength(10);
      expect(await registry.listSecretKeys(id)).toHaveLength(10);
    });

    it('are revoked once, in every process', async () => {
      const { registry, other, makeKey } = fixture();
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

    it('are revoked only through a project that they may sign for', async () => {
      const { makeKey } = fixture();
      const own = (await makeKey(id, 'own'))?.id ?? '';
      const wide = (await makeKey(null, 'wide'))?.id ?? '';
      for (const project of [foreignId, 'gone', ...HOSTILE_TEXTS]) {
        expect(await revoke(project, own), project).toBe(false);
        expect(await revoke(project, wide), project).toBe(false);
      }
      expect(await revoke(otherId, own)).toBe(false);
      expect(await keyNames(id)).toEqual(['key wide', 'key own']);
      expect(await revoke(otherId, wide)).toBe(true);
      expect(await keyNames(id)).toEqual(['key own']);
    });

    it('are not revoked by any other text', async () => {
      await fixture().makeKey(id, 'a');
      for (const text of ['a', 'key a', id, ...HOSTILE_TEXTS]) {
        expect(await revoke(id, text), text).toBe(false);
      }
      expect(await keyNames(id)).toEqual(['key a']);
    });

    it('are found by their whole secret', async () => {
      const { registry, other, makeKey } = fixture();
      const own = await makeKey(id, 'sk_live_own');
      const wide = await makeKey(null, 'sk_live_wide');
      expect(await registry.findSecretKey('sk_live_own')).toEqual(own);
      expect(await other.findSecretKey('sk_live_wide')).toEqual(wide);
      const close = ['sk_live_ow', 'sk_live_owner', ' sk_live_own', 'SK_LIVE_OWN', 'sk_live_%'];
      for (const text of [...close, own?.id ?? '', ...HOSTILE_TEXTS]) {
        expect(await registry.findSecretKey(text), text).toBeNull();
      }
    });
  });

  describe('the internal secret key', () => {
    it('is created once per project, of several concurrent requests', async () => {
      const { registry, other, makeProject } = fixture();
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

    it('is not listed, not limited, not found and not revoked', async () => {
      const { registry, makeProject, makeKey } = fixture();
      const { id } = await makeProject();
      const secret = (await registry.internalSecretKey(id)) ?? '';
      expect(await registry.listSecretKeys(id)).toEqual([]);
      expect(await makeKey(id, 'a', 1)).not.toBeNull();
      expect(await registry.findSecretKey(secret)).toBeNull();
      expect(await revoke(id, secret)).toBe(false);
      expect(await registry.internalSecretKey(id)).toBe(secret);
    });

    it('is null for an unknown project', async () => {
      for (const id of ['gone', ...HOSTILE_TEXTS]) {
        expect(await fixture().registry.internalSecretKey(id), id).toBeNull();
      }
    });
  });
}
