import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { until } from '../../heavy/support/until.js';

/** A fault of a store or of the network. */
export type Fault = {
  /** Number of affected requests; default: all. */
  readonly times?: number;
  /** Only requests with this method. */
  readonly method?: string;
} & (
  | {
      readonly how:
        | 'stall' // accepts the request and never responds
        | 'reset' // resets the connection instead of responding
        | 'lose' // forwards the request, then resets the connection
        | 'slow-down'; // 503
    }
  | {
      readonly how:
        | 'cut' // resets the connection in the middle of the body
        | 'short' // ends the body too early without an error
        | 'pause' // stalls in the middle of the body
        | 'corrupt' // changes one byte
        | 'corrupt-upload'; // changes one byte of a request's body
      /** Number of body bytes before the fault. */
      readonly after: number;
    }
);

/** Faults before or instead of a response. */
export const BEFORE_THE_BODY = ['stall', 'reset', 'lose', 'slow-down'] as const;

/** A proxy between the server and its object store. */
export interface FaultProxy {
  readonly endpoint: string;
  fail(fault: Fault): void;
  /** Closes the port: connections are refused. */
  refuse(): Promise<void>;
  /** Ends the fault. */
  heal(): Promise<void>;
  /** Resolves when no request is in progress. */
  idle(): Promise<void>;
  /** Number of affected requests since the last `fail`. */
  readonly struck: () => number;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port: targetPort } = new URL(target);
  let fault: Fault | null = null;
  let struck = 0;
  const sockets = new Set<Socket>();
  const open = new Set<ServerResponse>();

  const faultOf = ({ method }: IncomingMessage): Fault | null => {
    if (fault === null || struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return null;
    if (fault.method !== undefined && fault.method !== method) return null;
    struck++;
    return fault;
  };

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    open.add(outgoing);
    outgoing.on('close', () => open.delete(outgoing));
    const wrong = faultOf(incoming);
    incoming.on('error', () => {});
    if (wrong?.how === 'stall') return void incoming.resume();
    if (wrong?.how === 'reset') return void incoming.socket.resetAndDestroy();
    if (wrong?.how === 'slow-down') return void slowDown(incoming, outgoing);
    const { method, url, headers } = incoming;
    const forward = openRequest({ hostname, port: targetPort, method, path: url, headers });
    forward.on('response', (answer) => {
      if (wrong?.how === 'lose')
        return void answer.resume().on('end', () => incoming.socket.resetAndDestroy());
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      const spoils = wrong !== null && 'after' in wrong && wrong.how !== 'corrupt-upload';
      if (spoils) spoil(answer, outgoing, wrong);
      else answer.pipe(outgoing);
    });
    forward.on('error', () => incoming.socket.resetAndDestroy());
    outgoing.on('close', () => forward.destroy());
    if (wrong?.how === 'corrupt-upload') incoming.pipe(changing(wrong.after)).pipe(forward);
    else incoming.pipe(forward);
  };

  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = createServer(handle).listen(port, '127.0.0.1');
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (!server.listening) return;
    await once(server.close(), 'close');
  };
  const port = await listen(0);

  return {
    endpoint: `http://127.0.0.1:${port}`,
    fail(next) {
      fault = next;
      struck = 0;
    },
    refuse: close,
    async heal() {
      fault = null;
      if (!server.listening) await listen(port);
    },
    idle: () =>
      until('every request has ended', () => (open.size === 0 ? true : null)).then(() => {}),
    struck: () => struck,
    stop: close,
  };
}

function slowDown(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(503, { 'Content-Type': 'application/xml' });
  outgoing.end('<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>slow</Message></Error>');
}

/** Passes a body on until the fault. */
function spoil(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  { how, after }: Extract<Fault, { after: number }>,
): void {
  const { socket } = outgoing;
  let sent = 0;
  const send = (chunk: Buffer): void => {
    const left = after - sent;
    sent += chunk.length;
    if (left < 0 || left >= chunk.length) return void outgoing.write(chunk);
    if (how === 'corrupt') return void outgoing.write(changed(chunk, left));
    answer.off('data', send).destroy();
    outgoing.write(chunk.subarray(0, left), () => {
      if (how === 'cut') socket?.resetAndDestroy();
      if (how === 'short') socket?.end();
    });
  };
  outgoing.flushHeaders();
  answer.on('data', send);
  answer.on('end', () => outgoing.end());
  answer.on('error', () => {});
}

/** Passes bytes on and changes one of them. */
function changing(after: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const at = after - seen;
      seen += chunk.length;
      done(null, at >= 0 && at < chunk.length ? changed(chunk, at) : chunk);
    },
  });
}

function changed(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}
