import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { signServeToken } from '@auraimage/sdk/server';
import { shortOrLong } from '../../harness/long.js';
import type { Cluster } from './cluster.js';
import { describeRead, isAway, type Trouble } from './history.js';
import type { KnownImage } from './readers.js';
import { type ReadKind, readOnce, type Seen, type Target } from './reads.js';

/** Timeout of a revocation: its response waits for the end of a second. */
const GIVE_UP_MS = 3000;
/** Longest that a recipient waits for the reads of every available server. */
const PACE_MS = 2000;
/** Pause of a reader between two reads. */
const REST_MS = shortOrLong(200, 15);

/** Recipients that read a private image through every server, and are revoked one after another. */
export interface Revocations {
  /** Number of confirmed revocations. */
  readonly count: () => number;
  /** Descriptions of forbidden results, such as a read with a token of a recipient that was revoked before. */
  readonly wrong: readonly string[];
  /** Number of reads through a server before a revocation, or after it. */
  readonly reads: (through: string, outcome: 'given' | 'refused') => number;
  end(): Promise<void>;
}

export interface RevocationsOptions {
  /** Recipients at a time, with a reader at each server and at nginx. */
  readonly lanes: number;
  readonly troubles: readonly Trouble[];
}

/** One recipient, as its readers see it: times are of `performance.now()`. */
interface Recipient {
  readonly token: string;
  /** When the first request for its revocation was sent. */
  asked: number;
  /** When its revocation was confirmed. */
  confirmed: number;
  readonly given: Set<string>;
  readonly refused: Set<string>;
}

export function startRevocations(
  { servers, nginx, credentials }: Pick<Cluster, 'servers' | 'nginx' | 'credentials'>,
  image: KnownImage,
  { lanes, troubles }: RevocationsOptions,
): Revocations {
  const targets: readonly Target[] = [...servers, { name: 'nginx', url: nginx.url }];
  const wrong: string[] = [];
  const counts = new Map<string, number>();
  let count = 0;
  let ending = false;

  const isAvailable = ({ name }: Target) =>
    !troubles.some(({ servers, until }) => until === Infinity && servers.includes(name));
  /** Waits until every available server was read with this outcome. */
  const paced = async (names: ReadonlySet<string>): Promise<void> => {
    const from = performance.now();
    const lacks = (target: Target) => isAvailable(target) && !names.has(target.name);
    while (performance.now() - from < PACE_MS && targets.some(lacks)) await sleep(20);
  };

  function judge(seen: Seen, { asked, confirmed, given, refused }: Recipient): void {
    const { through, began, ended, status, code } = seen;
    const note = (outcome: 'given' | 'refused') => {
      (outcome === 'given' ? given : refused).add(through);
      const name = `${through} ${outcome}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    };
    const fault = (why: string) => wrong.push(`${why}: ${describeRead(seen)}`);
    if (status >= 200 && status < 400) {
      if (code !== '') fault(code);
      else if (began >= confirmed) fault(`given out ${began - confirmed} ms after the revocation`);
      else note('given');
    } else if (status === 403) {
      if (code !== 'serve_token_invalid') fault('refused with another code');
      else if (ended <= asked) fault('refused before the revocation');
      else note('refused');
    } else if (!isAway(seen, troubles)) fault('no answer');
  }

  const give = async (sub: string): Promise<string> => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { p: image.project, f: image.key, sub, iat, exp: iat + 3600 };
    return signServeToken(claims, credentials.serveSecret);
  };

  /** Asks servers until one confirms. @returns whether the first one did */
  async function revoke(sub: string): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const { url } = targets[Math.floor(Math.random() * targets.length)] as Target;
      const response = await fetch(`${url}/v1/projects/${image.project}/recipients/revoke`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${credentials.secretKey}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ sub }),
        signal: AbortSignal.timeout(GIVE_UP_MS),
        // A server that is down, or sleeps: another is asked.
      }).catch(() => null);
      if (response?.status === 200) return attempt === 1;
      if (response !== null && response.status < 500) {
        wrong.push(`the revocation was answered ${response.status}: ${await response.text()}`);
      }
      await sleep(20);
    }
  }

  async function lane(index: number): Promise<void> {
    let current: Recipient | undefined;
    const reading = targets.map(async (target, place) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let turn = 7 * index + place; !ending; turn++) {
        const recipient = current;
        if (recipient !== undefined) {
          const kind = image.kinds[turn % image.kinds.length] as ReadKind;
          const seen = await readOnce({ image, kind, target, token: recipient.token, agent });
          judge(seen, recipient);
        }
        await sleep(REST_MS);
      }
      agent.destroy();
    });
    for (let turn = 0; !ending; turn++) {
      const sub = `reader:${index}.${turn}`;
      const recipient: Recipient = {
        token: await give(sub),
        ...{ asked: Infinity, confirmed: Infinity, given: new Set(), refused: new Set() },
      };
      current = recipient;
      await paced(recipient.given);
      recipient.asked = performance.now();
      const isFirst = await revoke(sub);
      recipient.confirmed = performance.now();
      count++;
      await paced(recipient.refused);
      // A request that got no answer may be made later, and then ends this token as well.
      if (isFirst) await readAnew(await give(sub), index + turn);
    }
    await Promise.all(reading);
  }

  /** Reads with a token that was issued after the revocation. */
  async function readAnew(token: string, turn: number): Promise<void> {
    const target = targets[turn % targets.length] as Target;
    const [kind] = image.kinds as [ReadKind];
    const seen = await readOnce({ image, kind, target, token, agent: false });
    const isGiven = seen.status === 200 && seen.code === '';
    if (!isGiven && !isAway(seen, troubles)) wrong.push(`a new token: ${describeRead(seen)}`);
  }

  const running = Array.from({ length: lanes }, (_, index) => lane(index));
  return {
    wrong,
    count: () => count,
    reads: (through, outcome) => counts.get(`${through} ${outcome}`) ?? 0,
    async end() {
      ending = true;
      await Promise.all(running);
    },
  };
}
