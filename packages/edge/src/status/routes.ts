import {
  ApiError,
  answer,
  answerJson,
  defineRawRoute,
  everyone,
  NO_STORE,
  type Route,
} from '@auraimage/http';
import { inTime, StorageUnavailableError } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';

const PING_TIMEOUT_MS = 2000;
/** How long a result is reused. Anyone may request `/ready`, and each check writes to the store. */
const CHECK_MS = 1000;

interface Pingable {
  ping(): Promise<void>;
}

interface StatusPorts extends Pick<EdgePorts, 'clock'> {
  readonly images: Pingable;
  readonly objects: Pingable;
}

/** Load balancers and monitors may use a machine's IP address, so every host serves these routes. */
const COMMON = {
  method: 'GET',
  hosts: ['cdn', 'app', 'unknown'],
  access: everyone,
  cors: {},
} as const;

/**
 * - `/health`: 200 while the process runs.
 * - `/ready`: 200 if database and store answer within 2 seconds and the server is not shutting down; otherwise
 *   503, which names the one that failed and, if known, what to do.
 * - `/metrics`: the host's metrics for operators; 404 for others.
 */
export function statusRoutes(
  { images, objects, clock }: StatusPorts,
  { isDraining, metrics }: Pick<EdgeOptions, 'isDraining' | 'metrics'>,
): Route[] {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checked: Promise<readonly [database: Check, store: Check]>;
  const checkBoth = () => {
    const now = clock.now();
    if (Math.abs(now - checkedAt) >= CHECK_MS) {
      checkedAt = now;
      checked = Promise.all([check(images), check(objects)]);
    }
    return checked;
  };

  return [
    defineRawRoute({
      ...COMMON,
      path: '/health',
      raw: ({ context }) => answerJson(context, 'anyone', 200, { status: 'ok' }),
    }),
    defineRawRoute({
      ...COMMON,
      path: '/ready',
      async raw({ context }) {
        const [database, store] = await checkBoth();
        const draining = isDraining();
        const ready = database.up && store.up && !draining;
        const statusOf = ({ up }: Check) => (up ? 'ok' : 'unavailable');
        const message = database.problem ?? store.problem;
        return answerJson(context, 'anyone', ready ? 200 : 503, {
          status: draining ? 'draining' : ready ? 'ok' : 'unavailable',
          database: statusOf(database),
          store: statusOf(store),
          ...(message !== undefined && { message }),
        });
      },
    }),
    defineRawRoute({
      ...COMMON,
      path: '/metrics',
      async raw({ context }) {
        if (metrics === undefined || !context.isOperator()) throw new ApiError('route_not_found');
        const { type, text } = await metrics();
        const headers = { 'Content-Type': type, 'Cache-Control': NO_STORE };
        return answer(context, 'anyone', 200, headers, text);
      },
    }),
  ];
}

interface Check {
  readonly up: boolean;
  readonly problem?: string;
}

async function check(port: Pingable): Promise<Check> {
  return inTime(port.ping(), PING_TIMEOUT_MS, () => new Error('no response in time')).then(
    () => ({ up: true }),
    (error: unknown) => ({
      up: false,
      ...(error instanceof StorageUnavailableError && { problem: error.message }),
    }),
  );
}
