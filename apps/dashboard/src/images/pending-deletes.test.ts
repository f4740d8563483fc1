import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPendingDeletes, UNDO_MS } from './pending-deletes.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp(fails: readonly string[] = []) {
  const remove = vi.fn(async (key: string, _keepalive: boolean) => {
    if (fails.includes(key)) throw new Error('refused');
  });
  const onEnd = vi.fn();
  return { remove, onEnd, deletes: createPendingDeletes({ remove, onEnd }) };
}

describe('createPendingDeletes', () => {
  it('hides at once and sends nothing until the time is over', async () => {
    const { remove, onEnd, deletes } = setUp();
    deletes.add(['a', 'b']);
    expect([...deletes.hidden()]).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(remove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2);
    expect(remove.mock.calls).toEqual([
      ['a', false],
      ['b', false],
    ]);
    expect(onEnd).toHaveBeenCalledWith({ done: ['a', 'b'], failed: new Map() });
    expect(deletes.hidden().size).toBe(0);
  });

  it('takes back everything that waits', async () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    deletes.undo();
    expect(deletes.hidden().size).toBe(0);
    await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
    expect(remove).not.toHaveBeenCalled();
  });

  it('waits as long as it is paused, and goes on with the time that was left', async () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 100);
    deletes.pause();
    deletes.pause();
    await vi.advanceTimersByTimeAsync(UNDO_MS * 3);
    expect([...deletes.waiting()]).toEqual(['a']);
    deletes.resume();
    deletes.resume();
    await vi.advanceTimersByTimeAsync(99);
    expect(remove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2);
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it('stays paused for what is added meanwhile, which has all of its time afterwards', async () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    deletes.pause();
    deletes.add(['b']);
    await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
    expect([...deletes.waiting()]).toEqual(['b']);
    deletes.resume();
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(remove.mock.calls).toEqual([['a', false]]);
    await vi.advanceTimersByTimeAsync(2);
    expect(remove).toHaveBeenCalledTimes(2);
  });

  it('has nothing to go on with when all was taken back while it was paused', async () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    deletes.pause();
    deletes.undo();
    deletes.resume();
    await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
    expect(remove).not.toHaveBeenCalled();
  });

  it('sends the ones before when others are added: those alone can be taken back', async () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    deletes.add(['b']);
    expect(remove.mock.calls).toEqual([['a', false]]);
    expect([...deletes.waiting()]).toEqual(['b']);
    deletes.undo();
    await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it('sends what waits when the page is left, so that it outlives the page', () => {
    const { remove, deletes } = setUp();
    deletes.add(['a']);
    deletes.flush(true);
    expect(remove).toHaveBeenCalledWith('a', true);
  });

  it('sends everything that is not sent yet when the page is left: nobody will later', async () => {
    const { remove, deletes } = setUp();
    const many = Array.from({ length: 20 }, (_, index) => `image-${index}`);
    // They never end: a page that is left hears of no answer.
    remove.mockImplementation(() => new Promise(() => {}));
    deletes.add(many);
    deletes.flush();
    expect(remove.mock.calls.length).toBeLessThan(many.length);
    deletes.add(['last']);
    deletes.flush(true);
    expect(remove.mock.calls.map(([key]) => key).sort()).toEqual([...many, 'last'].sort());
  });

  it('shows again what could not be deleted, and says why', async () => {
    const { onEnd, deletes } = setUp(['b']);
    deletes.add(['a', 'b']);
    await vi.advanceTimersByTimeAsync(UNDO_MS + 1);
    expect(onEnd).toHaveBeenCalledWith({ done: ['a'], failed: new Map([['b', Error('refused')]]) });
    expect(deletes.hidden().size).toBe(0);
  });
});
