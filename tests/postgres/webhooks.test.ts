import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Consumer,
  type ReceivedEvent,
  startConsumer,
} from '../acceptance/support/consumer.js';
import { createMember, type Member } from '../cluster/support/member.js';
import { drawing } from '../files/pictures.js';
import { signUp } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { freePorts } from '../harness/ports.js';
import { postUpload } from '../harness/upload.js';
import { createDatabase, runSql } from './support/database.js';

// Three servers on one database, consumers that fail in every way, and servers that are killed meanwhile.

const IMAGES = shortOrLong(3, 60);
/** Rounds of changes of each image. */
const ROUNDS = shortOrLong(2, 12);
/** Times at which two of the servers are killed. */
const KILLS = shortOrLong(1, 10);
/** Longest wait for the last event, on a busy machine. */
const MOST_MS = 60_000;

const PROJECT = 'my-app';

let database: string;
let servers: readonly Member[];
let aura: AuraImage;
let secretKey: string;
let file: Buffer;
/** Whether the consumer that is down for an hour is up again. */
let isUp = false;
const consumers: Record<string, { readonly consumer: Consumer; secret: string }> = {};

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    AURA_DATABASE_URL: database,
    AURA_MASTER_KEY: randomBytes(32).toString('hex'),
    AURA_WEBHOOK_NETWORKS: '127.0.0.1',
    AURA_LOG_LEVEL: 'warn',
    AURA_UPLOADS_PER_MINUTE: '1000000',
  };
  const ports = await freePorts(3);
  servers = await Promise.all(
    ports.map((port, index) => createMember({ name: `server ${index}`, port, env })),
  );
  await Promise.all(servers.map((server) => server.start()));
  const first = servers.find((one) => /^AURA_SECRET_KEY=/m.test(one.server().secrets)) as Member;
  [, secretKey = ''] = /^AURA_SECRET_KEY=(\S+)$/m.exec(first.server().secrets) ?? [];
  aura = new AuraImage({ secretKey, projectName: PROJECT });
  file = await drawing(16, 12).png().toBuffer();

  const owner = await signUp(first.server());
  const kinds = {
    healthy: await startConsumer(),
    unsteady: await startConsumer((n) => (n % 2 === 0 ? 500 : 200)),
    slow: await startConsumer(() => sleep(100, 200)),
    down: await startConsumer(() => (isUp ? 200 : 503)),
  };
  for (const [name, consumer] of Object.entries(kinds)) {
    const body = { url: consumer.url };
    const path = `/v1/projects/${PROJECT}/webhooks`;
    const { secret } = await owner.json<{ secret: string }>('POST', path, body);
    consumers[name] = { consumer, secret };
  }
});

afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.remove()));
  await Promise.all(Object.values(consumers).map(({ consumer }) => consumer.close()));
});

/** What was acknowledged, in the words of events. */
const acknowledged: string[] = [];
let turn = 0;

/** Whether a request failed because its server was killed, or was not up again. */
function isCut(error: unknown): boolean {
  const { code, errors = [] } = Object(Object(error).cause);
  const codes = [code, ...errors.map((each: unknown) => Object(each).code)];
  return codes.some((each) =>
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(each),
  );
}

/** Sends a request to the next server, and to another one while that does not answer. */
async function change(
  type: string,
  key: string,
  send: (url: string) => Promise<Response>,
): Promise<void> {
  for (;;) {
    const { url } = servers[turn++ % servers.length] as Member;
    const response = await send(url).catch((error) => {
      if (isCut(error)) return null;
      throw error;
    });
    if (response === null || response.status === 503) await sleep(20);
    else if (response.ok) {
      acknowledged.push(`${type} ${key}`);
      return;
    } else if (response.status === 404 || response.status === 409) {
      return; // the server that died had made the change before
    } else throw new Error(`${type} ${key}: ${response.status} ${await response.text()}`);
  }
}

const patch = (key: string, body: object) => (url: string) =>
  fetch(`${url}/v1/images/${PROJECT}/${key}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${secretKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The life of an image: uploaded, flipped, replaced, renamed, and deleted or not. */
async function changeImage(n: number): Promise<void> {
  const [name, other] = [`images/${n}`, `images/${n}-renamed`];
  const token = await aura.signUpload({ name, overwrite: true, visibility: 'private' });
  const send = (url: string) => postUpload(url, token, file);
  for (let round = 0; round < ROUNDS; round++) {
    await change('image.uploaded', name, send);
    await change('image.visibility', name, patch(name, { visibility: 'public' }));
    await change('image.replaced', name, send);
    await change('image.renamed', other, patch(name, { name: other }));
    await change('image.deleted', other, (url) =>
      fetch(`${url}/v1/images/${PROJECT}/${other}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${secretKey}` },
      }),
    );
  }
}

/** Every change in the audit log, in the words of events: what has happened, acknowledged or not. */
async function changes(): Promise<readonly { what: string; key: string }[]> {
  const rows = await runSql<{ action: string; target: string }>(
    database,
    "SELECT action, target FROM audit_log WHERE target LIKE 'images/%' ORDER BY seq",
  );
  const typeOf = (action: string) =>
    action === 'image.visibility_changed' ? 'image.visibility' : action;
  return rows.map(({ action, target: key }) => ({ what: `${typeOf(action)} ${key}`, key }));
}

/** Claims at the time of a kill. Those of the server that lives are taken from it too, so it may send twice. */
const dead: string[] = [];

/** Lets the pauses between attempts pass, which are hours, and the time after which claims end. */
const passTime = () =>
  runSql(
    database,
    `UPDATE webhook_deliveries SET next_at = next_at - 3600000 WHERE seq IN (
       SELECT seq FROM webhook_deliveries WHERE state = 'pending' AND blocked = 0
         AND (claim IS NULL OR claim IN (${['', ...dead].map((claim) => `'${claim}'`).join()}))
       FOR UPDATE SKIP LOCKED)`,
  );

/** The events that a consumer has accepted, each once: the first time counts. */
function once({ consumer }: { readonly consumer: Consumer }): readonly ReceivedEvent[] {
  const seen = new Set<string>();
  return consumer.accepted().filter(({ data }) => !seen.has(data.id) && seen.add(data.id));
}

describe('webhooks of several servers', () => {
  it('get every event in order, and none else, while consumers fail and servers die', {
    timeout: 300_000,
  }, async () => {
    const { down } = consumers;
    const finished = new AbortController();
    const clock = (async () => {
      while (!finished.signal.aborted) {
        await passTime();
        await sleep(200);
      }
    })();
    onTestFinished(async () => {
      finished.abort();
      await clock;
    });
    const work = Promise.all(Array.from({ length: IMAGES }, (_, n) => changeImage(n)));
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(300);
      const [one, two] = [kill, kill + 1].map((n) => servers[n % servers.length] as Member);
      await Promise.all([one?.kill(), two?.kill()]);
      const claimed = 'SELECT claim FROM webhook_deliveries WHERE claim IS NOT NULL';
      dead.push(...(await runSql<{ claim: string }>(database, claimed)).map(({ claim }) => claim));
      await Promise.all([one?.start(), two?.start()]);
    }
    await work;
    // An hour of attempts has passed for the one that is down.
    await vi.waitFor(() => expect(down?.consumer.received.length).toBeGreaterThan(5), MOST_MS);
    expect(down?.consumer.accepted()).toEqual([]);
    isUp = true;
    const all = await changes();
    await vi.waitFor(
      () => {
        for (const one of Object.values(consumers)) expect(once(one)).toHaveLength(all.length);
      },
      { timeout: MOST_MS, interval: 50 },
    );

    expect(all.map(({ what }) => what)).toEqual(expect.arrayContaining(acknowledged));
    expect(all.length).toBeGreaterThanOrEqual(IMAGES * ROUNDS * 4);
    for (const [name, one] of Object.entries(consumers)) {
      const events = once(one);
      const texts = events.map(({ type, data }) => `${type} ${data.key}`);
      expect(texts.toSorted(), name).toEqual(all.map(({ what }) => what).toSorted());
      for (const key of new Set(all.map(({ key }) => key))) {
        // A rename belongs to both names. An image that gets a name again is another one, in the same order.
        const own = events.filter(({ data }) => [data.key, data['previousKey']].includes(key));
        const sequences = own.map(({ data }) => data.sequence);
        expect(sequences, `${name}, ${key}`).toEqual(sequences.toSorted((a, b) => a - b));
        const named = own.filter(({ data }) => data.key === key);
        expect(named.map(({ type }) => `${type} ${key}`)).toEqual(
          all.filter((change) => change.key === key).map(({ what }) => what),
        );
      }
      for (const request of one.consumer.received) one.consumer.verify(request, one.secret);
    }
  });
});
