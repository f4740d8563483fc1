import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer, answerJson, NO_STORE } from '../http.js';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';

const PING_LIMIT_MS = 2000;

/** `/health`: the process is alive. */
export function healthRoute(c: EdgeContext): Answer {
  c.env.facts.route = 'health';
  return answerJson(c.env.requestId, 200, { status: 'ok' });
}

/** `/ready`: the database and the store answer, and no shutdown is under way; else 503 says which. */
export function readyRoute({ images, objects }: EdgePorts, { isDraining }: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    c.env.facts.route = 'ready';
    const [database, store] = await Promise.all([answers(images), answers(objects)]);
    const draining = isDraining();
    const ready = database && store && !draining;
    const say = (up: boolean) => (up ? 'ok' : 'unavailable');
    return answerJson(c.env.requestId, ready ? 200 : 503, {
      status: draining ? 'draining' : ready ? 'ok' : 'unavailable',
      database: say(database),
      store: say(store),
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

async function answers(port: { ping(): Promise<void> }): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_LIMIT_MS);
  });
  const answered = port.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
