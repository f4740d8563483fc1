import { afterAll, beforeAll, expect, it } from 'vitest';
import { withQuery } from '../acceptance/support/serve-gallery.js';
import { ask } from '../acceptance/support/serve-request.js';
import { filesUnder } from '../acceptance/support/upload-store.js';
import { type Cluster, type ClusterServer, openCluster } from '../cluster/support/cluster.js';
import { drawing } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { deleteImage } from '../heavy/support/library.js';

const QUERIES = ['w=64&fmt=jpeg', 'w=32&fmt=jpeg'];
/** The promise. */
const MINUTE_MS = 60_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster?.close());

const kept = ({ dataDir }: ClusterServer) => filesUnder(dataDir, 'cache');

// Not with the other tests of several servers: this one waits for most of its time, and others can run meanwhile.
it('derived bytes of deleted and flipped images leave every server within a minute', async () => {
  const { servers, nginx, aura } = cluster;
  const [, , third] = servers;
  const place = { aura, url: nginx.url, credentials: cluster.credentials };
  const file = await drawing(200, 150).jpeg().toBuffer();
  const keys: string[] = [];
  for (const visibility of ['public', 'private', 'public', 'private'] as const) {
    const { key } = await upload(place, file, visibility);
    keys.push(key);
    const signed = new URL(await aura.getSignedUrl(key));
    for (const server of servers) {
      for (const query of QUERIES) {
        const url = `${server.url}${signed.pathname}${signed.search}`;
        expect((await ask(withQuery(url, query))).status).toBe(200);
      }
    }
  }
  for (const server of servers) {
    expect((await kept(server)).length).toBeGreaterThanOrEqual(keys.length * QUERIES.length);
  }
  // One server learns nothing of the changes before it starts again.
  await third.kill();
  const [first = '', second = '', ...deleted] = keys;
  await aura.setVisibility(first, 'private');
  await aura.setVisibility(second, 'public');
  for (const key of deleted) expect(await deleteImage(place, key)).toBe(204);
  await third.start();
  const patience = { timeout: MINUTE_MS, interval: 500 };
  await Promise.all(servers.map((server) => expect.poll(() => kept(server), patience).toEqual([])));
}, 120_000);
