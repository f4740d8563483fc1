import { describe, expect, it } from 'vitest';
import { createUploadSlots } from './slots.js';

const KB = 1024;
const TOO_MANY = { code: 'too_many_uploads', retryAfterSeconds: 1 };

/** Slots, and uploads whose bodies arrive until the test ends them. */
function start(limit: number) {
  const withSlot = createUploadSlots(limit);

  /** Receives a body at a rate, in bytes a second. */
  function open(project: string, client: string, rate = Number.POSITIVE_INFINITY) {
    const state = { rate, outcome: 'receiving' };
    let finish = () => {};
    let end = (_error: unknown) => {};
    const body = {
      rate: () => state.rate,
      isTooSlow: () => state.rate < 4 * KB,
      end: (error: unknown) => end(error),
      clear() {},
    };
    const done = withSlot({ project, client }, (slot) =>
      slot.whileReceiving(body, () => {
        return new Promise<void>((resolve, reject) => {
          finish = resolve;
          end = reject;
        });
      }),
    );
    const settled = done.then(
      () => {
        state.outcome = 'stored';
      },
      (error: { code: string }) => {
        state.outcome = error.code;
      },
    );
    return {
      done,
      settled,
      state,
      finish: async () => {
        finish();
        await settled;
      },
    };
  }

  return { withSlot, open };
}

type Opened = ReturnType<ReturnType<typeof start>['open']>;

const settle = () => new Promise((resolve) => setTimeout(resolve));
const outcomes = async (uploads: readonly Opened[]) => {
  await settle();
  return uploads.map(({ state }) => state.outcome);
};
const countOf = async (uploads: readonly Opened[], outcome: string) =>
  (await outcomes(uploads)).filter((each) => each === outcome).length;

describe('slots of uploads', () => {
  it('are as many as the limit, whoever uploads', async () => {
    const { open } = start(8);
    const uploads = Array.from({ length: 10 }, (_, n) => open(`project ${n}`, `client ${n}`));
    expect(await countOf(uploads, 'receiving')).toBe(8);
    await expect(uploads[9]?.done).rejects.toMatchObject(TOO_MANY);
    await uploads[0]?.finish();
    expect(await outcomes([open('project 9', 'client 9')])).toEqual(['receiving']);
  });

  it('leaves a quarter to others than one project', async () => {
    const { open } = start(64);
    const uploads = Array.from({ length: 100 }, (_, n) => open('busy', `client ${n}`));
    expect(await countOf(uploads, 'receiving')).toBe(48);
    const quiet = Array.from({ length: 12 }, (_, n) => open('quiet', `quiet ${n}`));
    expect(await countOf(quiet, 'receiving')).toBe(12);
    expect(await countOf(uploads, 'receiving')).toBe(48);
  });

  it('leaves an eighth to others than one client, and some to its other projects', async () => {
    const { open } = start(64);
    const uploads = Array.from({ length: 100 }, () => open('busy', 'office'));
    expect(await countOf(uploads, 'receiving')).toBe(48);
    const quiet = [open('quiet', 'office'), open('quiet', 'office')];
    expect(await outcomes(quiet)).toEqual(['receiving', 'too_many_uploads']);
    const many = Array.from({ length: 100 }, (_, n) => open(`project ${n}`, 'office'));
    expect(await countOf([...uploads, ...quiet, ...many], 'receiving')).toBe(56);
    expect(await outcomes([open('busy', 'home')])).toEqual(['too_many_uploads']);
    expect(await outcomes([open('quiet', 'home')])).toEqual(['receiving']);
  });

  it('of one project that is alone are all usable if there are few', async () => {
    const { open } = start(2);
    expect(await outcomes([open('a', 'a'), open('a', 'a')])).toEqual(['receiving', 'receiving']);
    expect(await outcomes([open('b', 'b')])).toEqual(['too_many_uploads']);
  });
});

describe('an upload for which there is no slot', () => {
  it('ends the slowest upload of a project that holds more', async () => {
    const { open } = start(3);
    const slow = [50, 10, 30].map((rate, n) => open('busy', `client ${n}`, rate * KB));
    const quiet = open('quiet', 'client');
    expect(await outcomes(slow)).toEqual(['receiving', 'too_many_uploads', 'receiving']);
    await expect(slow[1]?.done).rejects.toMatchObject(TOO_MANY);
    await quiet.finish();
    expect(await outcomes([quiet])).toEqual(['stored']);
  });

  it('ends the slowest upload of a client of its project that holds more', async () => {
    const { open } = start(4);
    const flood = Array.from({ length: 4 }, (_, n) => open('busy', 'flood', (20 + n) * KB));
    expect(await outcomes(flood)).toEqual(Array(3).fill('receiving').concat('too_many_uploads'));
    const person = open('busy', 'person');
    expect(await outcomes([...flood.slice(0, 3), person])).toEqual([
      'too_many_uploads',
      'receiving',
      'receiving',
      'receiving',
    ]);
  });

  it('ends no upload of those that hold as little', async () => {
    const { open } = start(2);
    const others = [open('a', 'a', 10 * KB), open('b', 'b', 10 * KB)];
    expect(await outcomes([open('c', 'c')])).toEqual(['too_many_uploads']);
    expect(await outcomes(others)).toEqual(['receiving', 'receiving']);
  });

  it('ends one below the minimum rate, however few it holds', async () => {
    const { open } = start(2);
    const others = [open('a', 'a', 10 * KB), open('b', 'b', KB)];
    expect(await outcomes([open('c', 'c'), ...others])).toEqual([
      'receiving',
      'receiving',
      'too_many_uploads',
    ]);
  });

  it('ends none that is fast or has just begun', async () => {
    const { open } = start(2);
    const others = [open('busy', 'a', 64 * KB), open('busy', 'a')];
    expect(await outcomes([open('quiet', 'b')])).toEqual(['too_many_uploads']);
    expect(await outcomes(others)).toEqual(['receiving', 'receiving']);
  });

  it('ends none whose body has arrived', async () => {
    const { withSlot, open } = start(1);
    let store = () => {};
    const body = { rate: () => 1, isTooSlow: () => true, end: () => {}, clear() {} };
    const stored = withSlot({ project: 'a', client: 'a' }, async (slot) => {
      await slot.whileReceiving(body, async () => {});
      await new Promise<void>((resolve) => {
        store = resolve;
      });
      return 'stored';
    });
    await settle();
    expect(await outcomes([open('b', 'b')])).toEqual(['too_many_uploads']);
    store();
    expect(await stored).toBe('stored');
  });

  it('does not lift the share of its own project or client', async () => {
    const { open } = start(8);
    const busy = Array.from({ length: 6 }, (_, n) => open('busy', `client ${n}`, KB * 10));
    const other = open('other', 'other', KB);
    expect(await outcomes([open('busy', 'new client'), other, ...busy])).toEqual([
      'too_many_uploads',
      ...Array(7).fill('receiving'),
    ]);
  });
});
