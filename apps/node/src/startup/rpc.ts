/** How messages go between the primary and one worker. */
export interface Channel {
  /** @param onFailed told when the message did not go out: the other end is gone */
  send(message: object, onFailed: (failure: unknown) => void): void;
  listen(listener: (message: unknown) => void): void;
}

/** What the other end may ask for, by name. Arguments and answers are what JSON can hold. */
export type Handlers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Link {
  /**
   * Asks the other end.
   *
   * @throws {LinkError} when it does not answer in time, is gone, or failed
   */
  ask(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Fails everything that waits for an answer: the other end is gone. */
  end(): void;
}

/** The other process gave no answer. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

interface Question {
  readonly aura: 'question';
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly aura: 'reply';
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(failure: LinkError): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Questions and answers over a channel that has other messages too. A process that hangs costs those who
 * ask it the time limit, and nothing else.
 *
 * @param handlers answers the other end's questions
 * @param limitMs longest wait for an answer, in milliseconds
 *
 * @example
 * const link = createLink(channel, { double: (n: number) => 2 * n }, 5000);
 * await link.ask('half', 4);
 */
export function createLink(channel: Channel, handlers: Handlers, limitMs: number): Link {
  const waiting = new Map<number, Waiting>();
  let asked = 0;

  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  };

  const answer = async ({ id, name, args }: Question): Promise<void> => {
    let reply: Reply;
    try {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      reply = { aura: 'reply', id, value: await handler(...(args as never[])) };
    } catch (error) {
      reply = { aura: 'reply', id, failure: error instanceof Error ? error.message : 'failed' };
    }
    channel.send(reply, () => {}); // nobody is left to be told
  };

  channel.listen((message) => {
    if (isQuestion(message)) void answer(message);
    if (!isReply(message)) return;
    const { id, value, failure } = message;
    const asker = take(id);
    if (failure === undefined) asker?.resolve(value);
    else asker?.reject(new LinkError(failure));
  });

  return {
    ask(name, ...args) {
      asked += 1;
      const id = asked;
      return new Promise((resolve, reject) => {
        const fail = (why: string) => take(id)?.reject(new LinkError(why));
        const timer = setTimeout(() => fail(`${name} was not answered in time`), limitMs);
        waiting.set(id, { resolve, reject, timer });
        const question: Question = { aura: 'question', id, name, args };
        channel.send(question, () => fail(`${name} cannot be asked: the other process is gone`));
      });
    },
    end() {
      for (const id of [...waiting.keys()]) {
        take(id)?.reject(new LinkError('the other process is gone'));
      }
    },
  };
}

function isQuestion(message: unknown): message is Question {
  return kindOf(message) === 'question';
}

function isReply(message: unknown): message is Reply {
  return kindOf(message) === 'reply';
}

function kindOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'aura' in message ? message.aura : null;
}
