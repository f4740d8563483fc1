/** How messages go between the supervisor and one worker. */
export interface Channel {
  /** @param onFailed called when the message could not be sent: the other process is gone */
  send(message: object, onFailed: (failure: unknown) => void): void;
  listen(listener: (message: unknown) => void): void;
}

/** The methods that the other process may call, by name. Arguments and results must be JSON. */
export type Handlers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Rpc {
  /**
   * Calls a method of the other process.
   *
   * @throws {RpcError} when it does not answer in time, is gone, or the method failed
   */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Fails every pending call: the other process is gone. */
  close(): void;
}

/** A call had no result. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
}

interface Request {
  readonly aura: 'request';
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Response {
  readonly aura: 'response';
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(failure: RpcError): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Remote procedure calls in both directions over a channel that also carries other messages. A process that
 * hangs costs its callers the timeout and nothing else.
 *
 * @param handlers what the other process may call
 * @param timeoutMs longest wait for a result, in milliseconds
 *
 * @example
 * const rpc = createRpc(channel, { double: (n: number) => 2 * n }, 5000);
 * await rpc.call('half', 4);
 */
export function createRpc(channel: Channel, handlers: Handlers, timeoutMs: number): Rpc {
  const pending = new Map<number, PendingCall>();
  let calls = 0;

  const take = (id: number): PendingCall | undefined => {
    const found = pending.get(id);
    pending.delete(id);
    clearTimeout(found?.timer);
    return found;
  };

  const answer = async ({ id, name, args }: Request): Promise<void> => {
    let response: Response;
    try {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handler === undefined) throw new Error(`there is no method ${name}`);
      response = { aura: 'response', id, value: await handler(...(args as never[])) };
    } catch (error) {
      const failure = error instanceof Error ? error.message : 'failed';
      response = { aura: 'response', id, failure };
    }
    channel.send(response, () => {}); // the caller is gone
  };

  channel.listen((message) => {
    if (isRequest(message)) void answer(message);
    if (!isResponse(message)) return;
    const { id, value, failure } = message;
    const call = take(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(new RpcError(failure));
  });

  return {
    call(name, ...args) {
      calls += 1;
      const id = calls;
      return new Promise((resolve, reject) => {
        const fail = (why: string) => take(id)?.reject(new RpcError(why));
        const timer = setTimeout(() => fail(`${name} timed out`), timeoutMs);
        pending.set(id, { resolve, reject, timer });
        const request: Request = { aura: 'request', id, name, args };
        channel.send(request, () => fail(`${name} failed: the other process is gone`));
      });
    },
    close() {
      for (const id of [...pending.keys()]) {
        take(id)?.reject(new RpcError('the other process is gone'));
      }
    },
  };
}

function isRequest(message: unknown): message is Request {
  return kindOf(message) === 'request';
}

function isResponse(message: unknown): message is Response {
  return kindOf(message) === 'response';
}

function kindOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'aura' in message ? message.aura : null;
}
