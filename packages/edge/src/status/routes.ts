import {
  ApiError,
  answer,
  answerJson,
  defineRawRoute,
  everyone,
  NO_STORE,
  type Route,
} from '@auraimage/http';
import { StorageUnavailableError } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';

const PING_LIMIT_MS = 2000;
/** How long a check counts: anyone may ask, and each check writes to the store. */
const CHECK_MS = 1000;

interface Pinged {
  ping(): Promise<void>;
}

interface StatusPorts extends Pick<EdgePorts, 'clock'> {
  readonly images: Pinged;
  readonly objects: Pinged;
}

/** Load balancers and monitors know machines by their addresses: every host answers them. */
const COMMON = {
  method: 'GET',
  hosts: ['cdn', 'app', 'unknown'],
  access: everyone,
  cors: {},
} as const;

/**
 * - `/health`: the process is alive.
 * - `/ready`: the database and the store answer, and no shutdown is in progress; else 503 says which, and
 *   what to do about it where that is known.
 * - `/metrics`: the host's, for operators; for anyone else there is no such address.
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
        const say = ({ up }: Check) => (up ? 'ok' : 'unavailable');
        const message = database.problem ?? store.problem;
        return answerJson(context, 'anyone', ready ? 200 : 503, {
          status: draining ? 'draining' : ready ? 'ok' : 'unavailable',
          database: say(database),
          store: say(store),
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

async function check(port: Pinged): Promise<Check> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Check>((resolve) => {
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
