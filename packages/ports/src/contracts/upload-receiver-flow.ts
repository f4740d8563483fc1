import { describe, expect, it } from 'vitest';
import type { UploadReceiver } from '../index.js';
import { expectEqual, joinBytes, someBytes } from './bytes.js';
import { chunkedRequest, cut, filePart, form, streamRequest } from './forms.js';

const FILE = someBytes(300_000);
/** Made for each test: in a Worker a signal belongs to its request. */
const limitsOf = () => ({ maxFileBytes: 100_000_000, signal: new AbortController().signal });
/** More than a receiver may buffer ahead of `onChunk`. */
const AHEAD_BYTES = 2 * 1024 * 1024;

/** The part of the `UploadReceiver` suite about backpressure, errors and aborts. */
export function declareReceiverFlow(make: () => UploadReceiver): void {
  describe('chunks', () => {
    it('passes on one chunk at a time, in order', async () => {
      const chunks: Uint8Array[] = [];
      let busy = 0;
      const request = chunkedRequest(cut(form(filePart(FILE)), 10_000));
      await make().receive(request, limitsOf(), async (chunk) => {
        busy++;
        expect(busy).toBe(1);
        await turns(3);
        chunks.push(chunk.slice());
        busy--;
      });
      expect(busy).toBe(0);
      expectEqual(joinBytes(chunks), FILE);
    });

    it('waits for the last chunk', async () => {
      let taken = 0;
      const request = chunkedRequest(cut(form(filePart(FILE)), 10_000));
      await make().receive(request, limitsOf(), async (chunk) => {
        await turns(3);
        taken += chunk.length;
      });
      expect(taken).toBe(FILE.length);
    });

    it('stops reading while a chunk is being written (backpressure)', async () => {
      let sent = 0;
      function* endless() {
        yield filePart(someBytes(0)).subarray(0, -2);
        for (let i = 0; i < 500; i++) {
          sent += 65_536;
          yield someBytes(65_536);
        }
      }
      const gate = makeGate();
      const begun = makeGate();
      const received = make()
        .receive(chunkedRequest(endless()), limitsOf(), () => {
          begun.open();
          return gate.promise;
        })
        .catch(() => {});
      await begun.promise;
      await turns(200);
      expect(sent).toBeLessThan(AHEAD_BYTES);
      gate.fail(new Error('enough'));
      await received;
    });

    it('stops at an error of onChunk and passes it on', async () => {
      const failure = new Error('the disk is full');
      for (const failAt of [1, 3]) {
        let calls = 0;
        const request = chunkedRequest(cut(form(filePart(FILE)), 10_000));
        const received = make().receive(request, limitsOf(), async () => {
          calls++;
          if (calls === failAt) throw failure;
        });
        await expect(received).rejects.toBe(failure);
        await turns(50);
        expect(calls).toBe(failAt);
      }
    });

    it('passes on an error at the very last chunk', async () => {
      const failure = new Error('the disk is full');
      const file = someBytes(10);
      const received = make().receive(
        chunkedRequest([form(filePart(file))]),
        limitsOf(),
        async () => {
          await turns(20);
          throw failure;
        },
      );
      await expect(received).rejects.toBe(failure);
    });

    it('rejects with the signal reason while a body stalls', async () => {
      const stop = new AbortController();
      const reason = new Error('too slow');
      const begun = makeGate();
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          controller.enqueue(filePart(FILE).slice(0, 200_000)); // then nothing more
        },
      });
      let calls = 0;
      const limits = { ...limitsOf(), signal: stop.signal };
      const received = make().receive(streamRequest(body), limits, async () => {
        calls++;
        begun.open();
      });
      await begun.promise;
      await turns(20);
      const before = calls;
      stop.abort(reason);
      await expect(received).rejects.toBe(reason);
      await turns(50);
      expect(calls).toBe(before);
    });

    it('rejects with the signal reason while a chunk is being written', async () => {
      const stop = new AbortController();
      const reason = new Error('too slow');
      const gate = makeGate();
      let calls = 0;
      const request = chunkedRequest(cut(form(filePart(FILE)), 10_000));
      const limits = { ...limitsOf(), signal: stop.signal };
      const received = make().receive(request, limits, () => {
        calls++;
        stop.abort(reason);
        return gate.promise;
      });
      await expect(received).rejects.toBe(reason);
      gate.open();
      await turns(50);
      expect(calls).toBe(1);
    });

    it('reads nothing when the signal is already aborted', async () => {
      const reason = new Error('too late');
      const limits = { ...limitsOf(), signal: AbortSignal.abort(reason) };
      let calls = 0;
      const received = make().receive(chunkedRequest([form(filePart(FILE))]), limits, async () => {
        calls++;
      });
      await expect(received).rejects.toBe(reason);
      expect(calls).toBe(0);
    });

    it('passes on no more chunks after a refusal', async () => {
      let calls = 0;
      const request = chunkedRequest(cut(form(filePart(FILE), filePart(FILE)), 10_000));
      const limits = { ...limitsOf(), maxFileBytes: 50_000 };
      const received = make().receive(request, limits, async () => {
        calls++;
        await turns(5);
      });
      await expect(received).rejects.toMatchObject({ code: 'body_too_large' });
      const before = calls;
      await turns(100);
      expect(calls).toBe(before);
    });

    it('receives concurrent forms', async () => {
      const receiver = make();
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const file = someBytes(100_000, n);
          const chunks: Uint8Array[] = [];
          const own = `name="file"; filename="${n}.jpg"`;
          const request = chunkedRequest(cut(form(filePart(file, own)), 7777));
          const limits = limitsOf();
          const { filename } = await receiver.receive(request, limits, async (chunk) => {
            chunks.push(chunk.slice());
          });
          expect(filename).toBe(`${n}.jpg`);
          expectEqual(joinBytes(chunks), file);
        }),
      );
    });
  });
}

/** Runs all pending callbacks. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setTimeout(resolve));
}

/** A promise that the test settles. */
function makeGate() {
  let open = (): void => {};
  let fail = (_error: Error): void => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
