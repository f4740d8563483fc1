import { verifyServeToken } from '@auraimage/sdk/server';
import { beforeAll, describe, expect, it } from 'vitest';
import { otherNodes, THIS_NODE } from '../harness/nodes.js';
import { createOnce } from '../harness/worker.js';
import { readVectors, VECTORS_EXPIRE } from '../vectors/index.js';
import type { Report } from './report.js';
import { inBun, inNode, inWorkerd, workerBundle } from './start.js';

const vectors = readVectors();
const task = { vectors, now: VECTORS_EXPIRE };

const reportsOfNode = createOnce(async () => [await inNode(task)]);
const reportsOfWorkerd = createOnce(() => inWorkerd(task));

describe.each([
  { name: THIS_NODE.name, run: reportsOfNode },
  ...otherNodes().map(({ name, path }) => ({
    name,
    run: async () => [await inNode(task, path)],
  })),
  { name: 'Bun', run: async () => [await inBun(task)] },
  { name: 'workerd', run: reportsOfWorkerd },
])('the SDK in $name', ({ name, run }) => {
  let reports: readonly Report[] = [];
  beforeAll(async () => {
    reports = await run();
  });

  it('runs there', () => {
    const [runtime] = name.split(' ');
    expect(new Set(reports.map((report) => report.runtime))).toEqual(new Set([runtime]));
  });

  it.each(vectors.map((vector, index) => ({ ...vector, index })))(
    'verifies the vector until it expires, and no other text: $kind, $note',
    ({ index, payloadJson }) => {
      const good = JSON.parse(payloadJson);
      for (const { results } of reports) {
        expect(results[index]).toMatchObject({ vector: good, own: good });
        expect(results[index]?.late).toBeNull();
        expect(results[index]?.tampered).toBeNull();
      }
    },
  );

  it('signs the vectors without optional white space byte for byte', () => {
    const compact = vectors.flatMap(({ payloadJson, token }, index) =>
      JSON.stringify(JSON.parse(payloadJson)) === payloadJson ? [{ token, index }] : [],
    );
    expect(compact.length).toBeGreaterThanOrEqual(5);
    for (const { results } of reports) {
      for (const { token, index } of compact) expect(results[index]?.signed).toBe(token);
    }
  });

  it('makes a signed URL', async () => {
    for (const report of reports) {
      const url = new URL(report.url);
      const image = { project: 'my-app', key: 'abc123xyz0-photo.jpg' };
      const token = url.searchParams.get('token') ?? '';
      expect(url.href.startsWith('https://cdn.example/my-app/abc123xyz0-photo.jpg?')).toBe(true);
      expect(await verifyServeToken(token, 'psk_live_runtimes', { image })).not.toBeNull();
    }
  });
});

it('uses the native HMAC in Node', async () => {
  const [first] = await reportsOfNode();
  expect(first?.webSignatures).toBe(0);
});

it('uses WebCrypto in workerd, and imports nothing of Node', async () => {
  expect(await workerBundle()).not.toMatch(/["']node:|\brequire\(/);
  // Each vector is signed once and checked four times, then a URL is signed.
  const [first] = await reportsOfWorkerd();
  expect(first?.webSignatures).toBeGreaterThanOrEqual(vectors.length * 4 + 1);
});
