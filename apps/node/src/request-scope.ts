import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EdgeEnv } from '@auraimage/edge';

export interface HttpBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

const bodies = new WeakMap<Request, HttpBindings>();
let counter = 0;
const start = Date.now().toString(36);

/** What the edge is told about a request. Ids are unique within a process's life and cheap to make. */
export function requestScope(
  { incoming }: HttpBindings,
  isOperator: (incoming: IncomingMessage) => boolean,
): EdgeEnv {
  counter++;
  return {
    requestId: `${start}-${counter.toString(36)}`,
    client: incoming.socket.remoteAddress ?? 'unknown',
    isOperator: () => isOperator(incoming),
    facts: {},
  };
}

/** The header fields of a request, as the edge asks for them. Repeated ones are one list (RFC 9110 §5.3). */
export function fieldsOf({ headers }: IncomingMessage) {
  return {
    get(name: string): string | null {
      const value = headers[name];
      return value === undefined ? null : String(value);
    },
  };
}

/** Remembers the Node streams behind a request whose body may be read. */
export function rememberBody(request: Request, bindings: HttpBindings): void {
  bodies.set(request, bindings);
}

/**
 * The body of a request as Node's own stream, several times as fast as a web stream over it. Taking
 * it tells a client that waits for `100 Continue` to go on.
 */
export function nodeBody(request: Request): IncomingMessage | undefined {
  const bindings = bodies.get(request);
  if (bindings === undefined) return undefined;
  const { incoming, outgoing } = bindings;
  if (incoming.headers.expect?.toLowerCase() === '100-continue') outgoing.writeContinue();
  return incoming;
}
