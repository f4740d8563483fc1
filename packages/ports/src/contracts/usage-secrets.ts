import { beforeEach, describe, expect, it } from 'vitest';
import type { Project, ProjectRegistry, UsageRecords } from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry, nextMillisecond } from './fixtures.js';

/** A database with the projects `my-app` and `other-app`, without images and usage. */
export interface UsageRecordsSetup {
  readonly usage: UsageRecords;
  /** The same records through another connection, as another process has it. */
  readonly other: UsageRecords;
  readonly registry: ProjectRegistry;
  /** Adds an image to a project. */
  addImage(project: string, bytes: number): Promise<void>;
  /** Rows of counts by name in the database. */
  countNamed(): Promise<number>;
  close(): Promise<void>;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NONE = { reads: 0, lastAt: null };

/** The part of the `UsageRecords` suite about the use of secrets. */
export function declareSecretUsage(setup: () => UsageRecordsSetup): void {
  let project: Project;
  beforeEach(async () => {
    const found = await setup().registry.findProject('my-app');
    if (found === null) throw new Error('my-app is missing');
    project = found;
  });
  const rotate = (secret: string, until: number | null = 2 ** 42) => {
    const entry = newAuditEntry(project.accountId, 'serve_secret.rotated');
    return setup().registry.replaceServeSecret(project.id, secret, until, entry);
  };

  describe('previousSecretReads', () => {
    /** Later than any rotation in these tests. */
    const base = Date.now() - (Date.now() % HOUR) + 100 * HOUR;
    const add = (lastAt: number, reads: number, usage: UsageRecords = setup().usage) =>
      usage.add([
        {
          project: 'my-app',
          hour: lastAt - (lastAt % HOUR),
          counts: { readsOk: reads },
          previousSecret: { reads, lastAt },
        },
      ]);
    const evidence = (since = 0, usage = setup().usage) =>
      usage.previousSecretReads(project.id, since);

    it('are zero without counts', async () => {
      expect(await evidence()).toEqual(NONE);
      await rotate('psk_live_two');
      await setup().usage.add([{ project: 'my-app', hour: base, counts: { readsOk: 5 } }]);
      expect(await evidence()).toEqual(NONE);
      for (const text of HOSTILE_TEXTS) {
        expect(await setup().usage.previousSecretReads(text, 0), text).toEqual(NONE);
      }
    });

    it('sum the counts of every process, with the time of the last one', async () => {
      await rotate('psk_live_two');
      await add(base + 5, 1);
      await add(base + 9, 2, setup().other);
      await add(base + 7, 4);
      await add(base + 3 * HOUR, 8);
      await add(base + HOUR, 16);
      expect(await evidence()).toEqual({ reads: 31, lastAt: base + 3 * HOUR });
      expect(await evidence(0, setup().other)).toEqual(await evidence());
    });

    it('start at a time, to the hour', async () => {
      await rotate('psk_live_two');
      for (const n of [0, 1, 2]) await add(base + n * HOUR + 1, 10 ** n);
      expect(await evidence(base + HOUR)).toEqual({ reads: 110, lastAt: base + 2 * HOUR + 1 });
      expect((await evidence(base + 2 * HOUR - 1)).reads).toBe(110);
      expect((await evidence(base + 2 * HOUR)).reads).toBe(100);
      expect(await evidence(base + 3 * HOUR)).toEqual(NONE);
    });

    it('are those of the current previous secret, and of no earlier one', async () => {
      await rotate('psk_live_two');
      await add(base + 1, 7);
      await rotate('psk_live_three');
      expect(await evidence()).toEqual(NONE);
      await add(base + 2, 3);
      expect(await evidence()).toEqual({ reads: 3, lastAt: base + 2 });
      await setup().registry.endGracePeriod(
        project.id,
        newAuditEntry(project.accountId, 'serve_secret.grace_ended'),
      );
      expect(await evidence()).toEqual(NONE);
    });

    it('ignore late counts from before the rotation', async () => {
      const before = Date.now();
      await nextMillisecond();
      await rotate('psk_live_two');
      await add(before, 5);
      expect(await evidence()).toEqual(NONE);
      const [day] = await setup().usage.days(project.id, 1, before);
      expect(day?.counts.readsOk).toBe(5);
    });

    it('keep other counts when they are reset', async () => {
      await rotate('psk_live_two');
      await add(base, 7);
      await rotate('psk_live_three', null);
      const [day] = await setup().usage.days(project.id, 1, base);
      expect(day?.counts.readsOk).toBe(7);
    });
  });

  describe('recordKeyUse', () => {
    const minute = 1_900_000_020_000;
    const makeKey = async (secret: string) => {
      const { accountId, id: projectId } = project;
      const key = await setup().registry.createSecretKey(
        { accountId, projectId, name: secret, secret },
        10,
        newAuditEntry(accountId, 'secret_key.created'),
      );
      if (key === 'limit_reached') throw new Error(key);
      return key.id;
    };
    const lastUsed = async (secret: string) =>
      (await setup().registry.findSecretKey(secret))?.lastUsedAt;

    it('is kept to the minute, and never goes back', async () => {
      const id = await makeKey('sk_live_a');
      expect(await lastUsed('sk_live_a')).toBeNull();
      for (const [time, expected] of [
        [minute + 59_999, minute],
        [minute + MINUTE, minute + MINUTE],
        [minute, minute + MINUTE],
      ] as const) {
        await setup().usage.recordKeyUse(new Map([[id, time]]));
        expect(await lastUsed('sk_live_a')).toBe(expected);
      }
      const [listed] = await setup().registry.listSecretKeys(project.id);
      expect(listed?.lastUsedAt).toBe(minute + MINUTE);
    });

    it('accepts many keys at once, and ignores unknown ones', async () => {
      const [a, b] = [await makeKey('sk_live_a'), await makeKey('sk_live_b')];
      await makeKey('sk_live_c');
      const uses = new Map([a, 'gone', b, ...HOSTILE_TEXTS].map((id, n) => [id, minute + n]));
      await setup().usage.recordKeyUse(uses);
      await setup().usage.recordKeyUse(new Map());
      expect(await lastUsed('sk_live_a')).toBe(minute);
      expect(await lastUsed('sk_live_b')).toBe(minute);
      expect(await lastUsed('sk_live_c')).toBeNull();
    });
  });
}
