import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleForWorkerd, startWorkerd } from '../../harness/workerd/suite.js';

const SINGLE_FLIGHT = new URL(
  '../../../packages/edge/dist/render/single-flight.js',
  import.meta.url,
);

/** Its first request begins work that only ends with it. */
const WORKER = `
  import { createSingleFlight } from ${JSON.stringify(fileURLToPath(SINGLE_FLIGHT))};
  const singleFlight = createSingleFlight(1000);
  let begun = 0;
  export default {
    async fetch(request) {
      if (new URL(request.url).pathname === '/begun') return new Response(String(begun));
      const work = async () => {
        const isFirst = ++begun === 1;
        await new Promise((resolve) => setTimeout(resolve, isFirst ? 600_000 : 10));
        return 'done';
      };
      return new Response(await singleFlight.run('key', undefined, work));
    },
  };
`;

let worker: Miniflare;
let url: URL;

beforeAll(async () => {
  const resolveDir = fileURLToPath(new URL('.', import.meta.url));
  worker = await startWorkerd(await bundleForWorkerd({ contents: WORKER, resolveDir }), {});
  url = await worker.ready;
});
afterAll(() => worker?.dispose());

it('lets others do the work of a request that the runtime has ended', async () => {
  const textOf = async (path: string) => (await fetch(new URL(path, url))).text();
  const owner = connect(Number(url.port), url.hostname);
  owner.write('GET / HTTP/1.1\r\nHost: worker.test\r\n\r\n');
  await expect.poll(() => textOf('/begun')).toBe('1');
  const followers = [textOf('/'), textOf('/')];
  owner.resetAndDestroy();
  expect(await Promise.all([...followers, textOf('/')])).toEqual(['done', 'done', 'done']);
});
