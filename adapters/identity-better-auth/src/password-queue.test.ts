import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createHashQueue, createPasswords } from './password-queue.js';

const PASSWORD = 'a password of twelve and more';
const TURN = { caller: '203.0.113.7', isKnown: false };

it('tells the right password from a wrong one', async () => {
  const { hash, verify } = createPasswords();
  const kept = await hash(PASSWORD);
  expect(kept).not.toContain(PASSWORD);
  expect(await verify({ hash: kept, password: PASSWORD }, TURN)).toBe(true);
  expect(await verify({ hash: kept, password: `${PASSWORD}!` }, TURN)).toBe(false);
});

it('does not block file reads during many sign-ins', async () => {
  const { hash, verify } = createPasswords();
  const kept = await hash(PASSWORD);
  const ended: string[] = [];
  const many = Array.from({ length: 16 }, async () => {
    await verify({ hash: kept, password: 'wrong' }, TURN);
    ended.push('password');
  });
  await readFile(new URL(import.meta.url));
  ended.push('file');
  await Promise.all(many);
  // With all threads busy, the read would end after nearly all passwords.
  expect(ended.indexOf('file')).toBeLessThan(8);
  expect(ended).toHaveLength(17);
});

/** A queue with one job at a time, each of which ends when the test says so. */
function start(maxWaiting = 64) {
  const queue = createHashQueue({ maxConcurrent: 1, maxWaiting });
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const outcomes = new Map<string, string>();
  return {
    queue,
    began,
    outcomes,
    /** Each client has a signal of its own. */
    add(
      caller: string,
      { isKnown = false, signal = new AbortController().signal, name = caller } = {},
    ) {
      const work = () => {
        began.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      };
      queue.run(work, { caller, isKnown, signal }).then(
        () => outcomes.set(name, 'ended'),
        (error: Error & { code?: unknown }) =>
          outcomes.set(name, error.name === 'AbortError' ? error.name : String(error.code)),
      );
    },
    /** Ends the job that runs, until none is left. */
    async endAll() {
      await settle();
      while (ends.length > 0) {
        ends.shift()?.();
        await settle();
      }
    },
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('the queue of password hashes', () => {
  it('lets callers take turns, however much one of them asks for', async () => {
    const { add, began, endAll } = start();
    for (let n = 0; n < 4; n++) add('flood', { name: `flood ${n}` });
    add('person');
    add('another');
    await endAll();
    expect(began).toEqual(['flood 0', 'flood 1', 'person', 'another', 'flood 2', 'flood 3']);
  });

  it('runs the work of known callers first', async () => {
    const { add, began, endAll } = start();
    for (let n = 0; n < 3; n++) add(`unknown ${n}`);
    add('owner', { isKnown: true });
    await endAll();
    expect(began).toEqual(['unknown 0', 'owner', 'unknown 1', 'unknown 2']);
  });

  it('gives every fourth turn to an unknown caller, however much known ones ask for', async () => {
    const { add, began, endAll } = start();
    for (let n = 0; n < 9; n++) add('member', { isKnown: true, name: `member ${n}` });
    add('newcomer');
    add('another');
    await endAll();
    expect(began.indexOf('newcomer')).toBe(3);
    expect(began.indexOf('another')).toBe(7);
    expect(began).toHaveLength(11);
  });

  it('drops the work of clients that disconnect while they wait', async () => {
    const { add, began, outcomes, queue, endAll } = start();
    const gone = new AbortController();
    add('first');
    add('leaves', { signal: gone.signal });
    add('stays');
    expect(queue.waiting()).toBe(2);
    gone.abort();
    add('left before', { signal: gone.signal });
    expect(queue.waiting()).toBe(1);
    await endAll();
    expect(began).toEqual(['first', 'stays']);
    expect(outcomes.get('leaves')).toBe('AbortError');
    expect(outcomes.get('left before')).toBe('AbortError');
    expect(queue.waiting()).toBe(0);
  });

  it('goes on after work that fails', async () => {
    const { queue } = start();
    const failing = queue.run(async () => Promise.reject(new Error('no memory')), TURN);
    const next = queue.run(async () => 'done', TURN);
    await expect(failing).rejects.toThrow('no memory');
    expect(await next).toBe('done');
  });

  it('refuses work when too much waits', async () => {
    const { add, outcomes, endAll } = start(2);
    for (let n = 0; n < 4; n++) add(`caller ${n}`);
    await settle();
    expect([...outcomes]).toEqual([['caller 3', 'sign_in_busy']]);
    add('owner', { isKnown: true });
    await endAll();
    expect(outcomes.get('owner')).toBe('ended');
  });

  it('then drops the newest work of the caller with the most for one with less', async () => {
    const { add, outcomes, endAll } = start(3);
    add('running');
    for (let n = 0; n < 3; n++) add('flood', { name: `flood ${n}` });
    add('flood', { name: 'flood 3' });
    add('person');
    await settle();
    expect([...outcomes]).toEqual([
      ['flood 3', 'sign_in_busy'],
      ['flood 2', 'sign_in_busy'],
    ]);
    await endAll();
    expect(outcomes.get('person')).toBe('ended');
  });
});
