import { describe, expect, it } from 'vitest';
import { type RegistryRows, STRANGE_TEXTS } from './registry-rows.js';

/** The part of the suite about serve secrets. */
export function declareRegistryServeSecrets(rows: () => RegistryRows): void {
  const replace = (
    id: string,
    secret: string,
    previousUntil: number | null,
    registry = rows().registry,
  ) => registry.replaceServeSecret(id, secret, previousUntil, rows().by('serve_secret.rotated'));
  const endGrace = (id: string, registry = rows().registry) =>
    registry.endGrace(id, rows().by('serve_secret.grace_ended'));

  describe('serve secrets', () => {
    it('come out as they went in', async () => {
      const { registry, makeProject } = rows();
      const serveSecret = 'psk_live_Ünïcode-\n"\'\0-end';
      const { id } = await makeProject({ serveSecret });
      expect(await registry.serveSecrets(id)).toEqual({ current: serveSecret, previous: null });
    });

    it('are replaced, and the one before goes on until its time', async () => {
      const { registry, other, makeProject } = rows();
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

    it('are replaced without anything going on', async () => {
      const { registry, makeProject } = rows();
      const { id } = await makeProject();
      await replace(id, 'psk_live_two', 1000);
      await replace(id, 'psk_live_three', null);
      const three = { current: 'psk_live_three', previous: null };
      expect(await registry.serveSecrets(id)).toEqual(three);
    });

    it('follow each other when they are replaced by two at once', async () => {
      const { registry, makeProject } = rows();
      const { id } = await makeProject();
      await Promise.all([replace(id, 'psk_live_two', 1000), replace(id, 'psk_live_three', 1000)]);
      const { current, previous } = (await registry.serveSecrets(id)) ?? {};
      expect([current, previous?.secret].sort()).toEqual(['psk_live_three', 'psk_live_two']);
    });

    it('have a grace that ends once, for every process', async () => {
      const { registry, other, makeProject } = rows();
      const { id } = await makeProject();
      expect(await endGrace(id)).toBe(false);
      await replace(id, 'psk_live_two', 2 ** 42);
      const ended = await Promise.all(Array.from({ length: 6 }, () => endGrace(id)));
      expect(ended.filter(Boolean)).toHaveLength(1);
      expect(await endGrace(id, other)).toBe(false);
      const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 0 } };
      expect(await registry.serveSecrets(id)).toEqual(two);
      expect(await other.serveSecrets(id)).toEqual(two);
    });

    it('have no grace to end where the one before was ended as it was replaced', async () => {
      const { registry, makeProject } = rows();
      const { id } = await makeProject();
      await replace(id, 'psk_live_two', 0);
      expect(await endGrace(id)).toBe(false);
      const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 0 } };
      expect(await registry.serveSecrets(id)).toEqual(two);
    });

    it('are nowhere for a project that does not exist', async () => {
      const { registry, makeProject } = rows();
      const project = await makeProject();
      await replace(project.id, 'psk_live_two', 1000);
      for (const id of ['gone', project.name, ...STRANGE_TEXTS]) {
        expect(await registry.serveSecrets(id), id).toBeNull();
        expect(await replace(id, 'psk_live_three', null), id).toBe(false);
        expect(await endGrace(id), id).toBe(false);
      }
      expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_two');
      expect((await registry.serveSecrets(project.id))?.previous?.secret).toBe('psk_live_one');
    });
  });
}
