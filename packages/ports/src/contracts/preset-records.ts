import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog, Preset, PresetRecords } from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';
import { newImage, ORIGIN, type TestImages } from './image-fixtures.js';

/** A database without projects. */
export interface PresetRecordsSetup {
  readonly presets: PresetRecords;
  /** The same records through another connection, as another process has it. */
  readonly other: PresetRecords;
  readonly images: TestImages;
  readonly audit: AuditLog;
  /** The account of every project. */
  readonly accountId: string;
  /** @returns the project's id */
  makeProject(name: string): Promise<string>;
  renameProject(id: string, name: string): Promise<void>;
  /** Starts to delete a project. @returns what removes its images and finishes */
  deleteProject(id: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

type NewPreset = Omit<Preset, 'updatedAt'>;

const card = (changes: Partial<NewPreset> = {}): NewPreset => ({
  name: 'card',
  transform: 'w=640,h=360,fit=auto,q=70',
  open: false,
  watermark: null,
  ...changes,
});

const rules = ({ transform, open, watermark }: NewPreset) => ({ transform, open, watermark });

/** Declares the suite of `PresetRecords`. Every test gets its own `setUp`. */
export function describePresetRecords(
  name: string,
  setUp: () => Promise<PresetRecordsSetup>,
): void {
  describe(`${name} as PresetRecords`, () => {
    let setup: PresetRecordsSetup;
    let project: string;
    beforeEach(async () => {
      setup = await setUp();
      project = await setup.makeProject('my-app');
    });
    afterEach(() => setup.close());

    const put = (preset = card(), limit = 100, id = project) =>
      setup.presets.put(id, preset, limit, ORIGIN);
    const upload = (key: string, changes = {}) =>
      setup.images.insert(newImage('my-app', 1, { key, objectId: `object ${key}`, ...changes }));
    const entries = async () =>
      (await setup.audit.list({ accountId: setup.accountId, limit: 50 })).entries
        .filter(({ action }) => action.startsWith('preset.'))
        .map(({ action, actor, project, target, details }) => [
          action,
          actor.name,
          project,
          target,
          details,
        ]);

    it('are found as they were last put, in every process', async () => {
      for (const presets of [setup.presets, setup.other]) {
        expect(await presets.find('my-app', 'card')).toBeNull();
      }
      const before = Date.now();
      expect(await put()).toMatchObject({ created: true, preset: card() });
      const forms = [
        card({ open: true }),
        card({ transform: 'w=1' }),
        card({ open: true, transform: 'lqip=true' }),
      ];
      for (const form of [card(), ...forms]) {
        expect(await put(form)).toMatchObject({ created: false, preset: form });
        for (const presets of [setup.presets, setup.other]) {
          expect(await presets.find('my-app', 'card')).toEqual(rules(form));
        }
      }
      const [listed] = await setup.other.list(project);
      expect(listed?.updatedAt).toBeGreaterThanOrEqual(before);
      expect(listed?.updatedAt).toBeLessThanOrEqual(Date.now());
      expect(await setup.presets.remove(project, 'card', ORIGIN)).toBe(true);
      for (const presets of [setup.presets, setup.other]) {
        expect(await presets.find('my-app', 'card')).toBeNull();
      }
      expect(await setup.presets.remove(project, 'card', ORIGIN)).toBe(false);
    });

    it('belong to one project, under its current name, and are listed by name', async () => {
      const second = await setup.makeProject('second-app');
      for (const name of ['zoom', 'card', 'b2']) await put(card({ name }));
      await put(card({ transform: 'w=2' }), 100, second);
      const listed = await setup.other.list(project);
      expect(listed.map(({ name }) => name)).toEqual(['b2', 'card', 'zoom']);
      expect(await setup.presets.find('second-app', 'zoom')).toBeNull();
      expect(await setup.presets.find('second-app', 'card')).toMatchObject({ transform: 'w=2' });
      await setup.renameProject(second, 'new-app');
      expect(await setup.presets.find('second-app', 'card')).toBeNull();
      expect(await setup.presets.find('new-app', 'card')).toMatchObject({ transform: 'w=2' });
    });

    it('are not found by any other text', async () => {
      await put();
      for (const text of ['car', 'cards', 'CARD', 'card/', ...HOSTILE_TEXTS]) {
        expect(await setup.presets.find('my-app', text), text).toBeNull();
        expect(await setup.presets.find(text, 'card'), text).toBeNull();
        expect(await setup.presets.remove(project, text, ORIGIN), text).toBe(false);
        expect(await setup.presets.list(text), text).toEqual([]);
        expect(await put(card(), 100, text), text).toBe('project_missing');
      }
    });

    it('are bounded in number, and can be replaced at the bound', async () => {
      for (const name of ['a1', 'a2'])
        expect(await put(card({ name }), 2)).toHaveProperty('preset');
      expect(await put(card(), 2)).toBe('limit_reached');
      const renewed = card({ name: 'a2', transform: 'w=3' });
      expect(await put(renewed, 2)).toMatchObject({ created: false });
      await setup.presets.remove(project, 'a1', ORIGIN);
      expect(await put(card(), 2)).toMatchObject({ created: true });
      const many = ['b1', 'b2', 'b3', 'b4'].map((name) => put(card({ name }), 4));
      expect((await Promise.all(many)).filter((one) => one === 'limit_reached')).toHaveLength(2);
      expect(await setup.presets.list(project)).toHaveLength(4);
    });

    it('have a public image of the same project as their watermark', async () => {
      const watermark = {
        key: 'brand/logo',
        position: 'bottom-right',
        scale: 0.25,
        opacity: 0.5,
        tile: false,
      } as const;
      const marked = card({ watermark });
      expect(await put(marked)).toBe('watermark_missing');
      await upload('brand/logo', { visibility: 'private' });
      expect(await put(marked)).toBe('watermark_missing');
      await setup.images.setVisibility({ project: 'my-app', key: 'brand/logo' }, 'public', ORIGIN);
      expect(await put(marked)).toMatchObject({ created: true, preset: marked });
      expect(await setup.other.find('my-app', 'card')).toEqual(rules(marked));
      const changed = card({ watermark: { ...watermark, tile: true } });
      expect(await put(changed)).toMatchObject({ created: false, preset: changed });
      await setup.images.remove({ project: 'my-app', key: 'brand/logo' }, ORIGIN);
      expect(await put(changed)).toBe('watermark_missing');
      expect(await setup.other.find('my-app', 'card')).toEqual(rules(changed));
      const second = await setup.makeProject('second-app');
      await upload('brand/logo');
      expect(await put(marked, 100, second)).toBe('watermark_missing');
    });

    it('never share their name with a folder of images', async () => {
      for (const key of ['card', 'cards/a', 'card-/a', 'card0', 'Card/a', 'a/card/a']) {
        await upload(key);
      }
      expect(await put()).toMatchObject({ created: true });
      for (const key of ['card/a', 'card/b/c']) {
        expect(await upload(key)).toBe('name_reserved');
        const renamed = setup.images.rename({ project: 'my-app', key: 'card' }, key, ORIGIN);
        expect(await renamed).toBe('name_reserved');
        expect(await setup.images.find({ project: 'my-app', key })).toBeNull();
      }
      await setup.presets.remove(project, 'card', ORIGIN);
      expect(await upload('card/a')).toHaveProperty('image');
      expect(await put()).toBe('folder_exists');
      await setup.images.rename({ project: 'my-app', key: 'card/a' }, 'card/b/c', ORIGIN);
      expect(await put()).toBe('folder_exists');
      await setup.images.remove({ project: 'my-app', key: 'card/b/c' }, ORIGIN);
      expect(await put()).toMatchObject({ created: true });
    });

    it('and images do not take one name at once', async () => {
      const both = ['p1', 'p2', 'p3', 'p4', 'p5'].map((name) =>
        Promise.all([put(card({ name })), upload(`${name}/a`)]),
      );
      for (const [preset, image] of await Promise.all(both)) {
        const refused = [preset === 'folder_exists', image === 'name_reserved'];
        expect(refused.filter(Boolean)).toHaveLength(1);
      }
    });

    it('end with their project', async () => {
      await put();
      await upload('photo');
      const finish = await setup.deleteProject(project);
      expect(await setup.presets.find('my-app', 'card')).toBeNull();
      expect(await setup.other.list(project)).toEqual([]);
      expect(await put()).toBe('project_missing');
      expect(await setup.presets.remove(project, 'card', ORIGIN)).toBe(false);
      await finish();
      const next = await setup.makeProject('my-app');
      expect(await setup.presets.list(next)).toEqual([]);
      expect(await setup.other.find('my-app', 'card')).toBeNull();
    });

    it('have an audit entry for each change, and for nothing else', async () => {
      await put();
      await put();
      await put(card({ open: true }));
      await put(card({ name: 'other' }), 1);
      await setup.presets.remove(project, 'card', ORIGIN);
      await setup.presets.remove(project, 'card', ORIGIN);
      const [by, details] = ['ada@example.com', rules(card())];
      const previous = {
        previousTransform: details.transform,
        previousOpen: false,
        previousWatermark: null,
      };
      expect(await entries()).toEqual([
        ['preset.deleted', by, 'my-app', 'card', { ...details, open: true }],
        ['preset.changed', by, 'my-app', 'card', { ...details, open: true, ...previous }],
        ['preset.created', by, 'my-app', 'card', details],
      ]);
    });
  });
}
