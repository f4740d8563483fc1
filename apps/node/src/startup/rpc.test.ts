import { describe, expect, it } from 'vitest';
import { RpcError } from './rpc.js';
import { createPair } from './testing/pair.js';

describe('createRpc', () => {
  it('gives each call its own result, in any order', async () => {
    const ends: (() => void)[] = [];
    const { rpc } = createPair({
      twice: (n: number) => 2 * n,
      later: (n: number) => new Promise((resolve) => ends.push(() => resolve(n))),
    });
    const late = rpc.call('later', 1);
    expect(await Promise.all([rpc.call('twice', 2), rpc.call('twice', 3)])).toEqual([4, 6]);
    for (const end of ends) end();
    expect(await late).toBe(1);
  });

  it('rejects with the message of the error that the method threw', async () => {
    const { rpc } = createPair({
      fail: () => {
        throw new Error('no room');
      },
    });
    await expect(rpc.call('fail')).rejects.toThrow(new RpcError('no room'));
  });

  it('rejects calls of methods that do not exist', async () => {
    const { rpc } = createPair({});
    for (const name of ['missing', 'toString', '__proto__', 'constructor']) {
      await expect(rpc.call(name)).rejects.toThrow(RpcError);
    }
  });

  it('times out', async () => {
    const { rpc } = createPair({ never: () => new Promise(() => {}) });
    await expect(rpc.call('never')).rejects.toThrow(/timed out/);
  });

  it('rejects at once when the other process is gone', async () => {
    const { rpc, cut } = createPair({ never: () => new Promise(() => {}) });
    const pending = rpc.call('never');
    rpc.close();
    await expect(pending).rejects.toThrow(/gone/);
    cut();
    await expect(rpc.call('never')).rejects.toThrow(/gone/);
  });

  it('ignores other messages', async () => {
    const { rpc, channel } = createPair({ one: () => 1 });
    for (const message of [{}, { aura: 'response', id: 99 }, { type: 'else' }]) {
      channel.send(message, () => {});
    }
    expect(await rpc.call('one')).toBe(1);
  });
});
