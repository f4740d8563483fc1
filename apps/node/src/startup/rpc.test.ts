import { describe, expect, it } from 'vitest';
import { LinkError } from './rpc.js';
import { createPair } from './testing/pair.js';

describe('a link', () => {
  it('gives each question its own answer, whatever their order', async () => {
    const ends: (() => void)[] = [];
    const { link } = createPair({
      twice: (n: number) => 2 * n,
      later: (n: number) => new Promise((resolve) => ends.push(() => resolve(n))),
    });
    const late = link.ask('later', 1);
    expect(await Promise.all([link.ask('twice', 2), link.ask('twice', 3)])).toEqual([4, 6]);
    for (const end of ends) end();
    expect(await late).toBe(1);
  });

  it('passes a failure on by its message', async () => {
    const { link } = createPair({
      fail: () => {
        throw new Error('no room');
      },
    });
    await expect(link.ask('fail')).rejects.toThrow(new LinkError('no room'));
  });

  it('has no answer to what is no handler', async () => {
    const { link } = createPair({});
    for (const name of ['missing', 'toString', '__proto__', 'constructor']) {
      await expect(link.ask(name)).rejects.toThrow(LinkError);
    }
  });

  it('waits no longer than its limit', async () => {
    const { link } = createPair({ never: () => new Promise(() => {}) });
    await expect(link.ask('never')).rejects.toThrow(/in time/);
  });

  it('tells at once that the other end is gone', async () => {
    const { link, cut } = createPair({ never: () => new Promise(() => {}) });
    const asked = link.ask('never');
    link.end();
    await expect(asked).rejects.toThrow(/gone/);
    cut();
    await expect(link.ask('never')).rejects.toThrow(/gone/);
  });

  it('leaves messages of others alone', async () => {
    const { link, channel } = createPair({ one: () => 1 });
    for (const message of [{}, { aura: 'reply', id: 99 }, { type: 'else' }]) {
      channel.send(message, () => {});
    }
    expect(await link.ask('one')).toBe(1);
  });
});
