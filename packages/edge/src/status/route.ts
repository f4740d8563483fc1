import { StorageUnavailableError } from '@auraimage/ports';
import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer, answerJson, NO_STORE } from '../http.js';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';

const PING_LIMIT_MS = 2000;
/** How long a look counts: anyone may ask, and each look writes to the store. */
const LOOK_MS = 1000;

interface Pinged {
  ping(): Promise<void>;
}

interface ReadyPorts extends Pick<EdgePorts, 'clock'> {
  readonly images: Pinged;
  readonly objects: Pinged;
}

/** `/health`: the process is alive. */
export function healthRoute(c: EdgeContext): Answer {
  c.env.facts.route = 'health';
  return answerJson(c.env.requestId, 200, { status: 'ok' });
}

/**
 * `/ready`: the database and the store answer, and no shutdown is under way; else 503 says which, and
 * what to do about it where that is known.
 */
export function readyRoute(
  { images, objects, clock }: ReadyPorts,
  { isDraining }: Pick<EdgeOptions, 'isDraining'>,
) {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looked: Promise<readonly [database: Look, store: Look]>;
  const lookAtBoth = () => {
    const now = clock.now();
    if (Math.abs(now - lookedAt) >= LOOK_MS) {
      lookedAt = now;
      looked = Promise.all([look(images), look(objects)]);
    }
    return looked;
  };
  return async (c: EdgeContext): Promise<Answer> => {
    c.env.facts.route = 'ready';
    const [database, store] = await lookAtBoth();
    const draining = isDraining();
    const ready = database.up && store.up && !draining;
    const say = ({ up }: Look) => (up ? 'ok' : 'unavailable');
    const message = database.problem ?? store.problem;
    return answerJson(c.env.requestId, ready ? 200 : 503, {
      status: draining ? 'draining' : ready ? 'ok' : 'unavailable',
      database: say(database),
      store: say(store),
      ...(message !== undefined && { message }),
    });
  };
}

/** `/metrics`: the host's, for operators; to anyone else there is no such address. */
export function metricsRoute({ metrics }: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    c.env.facts.route = 'metrics';
    const { requestId, isOperator } = c.env;
    if (metrics === undefined || !isOperator()) throw new EdgeError('route_not_found');
    const { type, text } = await metrics();
    return answer(requestId, 200, { 'Content-Type': type, 'Cache-Control': NO_STORE }, text);
  };
}

interface Look {
  readonly up: boolean;
  readonly problem?: string;
}

async function look(port: Pinged): Promise<Look> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Look>((resolve) => {
    timer = setTimeout(() => resolve({ up: false }), PING_LIMIT_MS);
  });
  const answered = port.ping().then(
    () => ({ up: true }),
    (error: unknown) => ({
      up: false,
      ...(error instanceof StorageUnavailableError && { problem: error.message }),
    }),
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
