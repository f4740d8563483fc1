import type { Edge } from '@auraimage/edge';
import type { Answer, RequestContext } from '@auraimage/http';
import type { MaybePromise, ReadAddress } from '@auraimage/protocol';
import type { HttpBindings, RequestSpan } from '../telemetry/tracer.js';
import { ReadRequest } from './request-scope.js';

/** A read that waits for the others of its batch. */
export interface ArrivedRead extends HttpBindings {
  readonly address: ReadAddress;
  readonly context: RequestContext;
  readonly span: Pick<RequestSpan, 'within'> | undefined;
}

/**
 * Answers the reads of a batch. First all are decided, then all are sent: the kernel, which sends, evicts the code that
 * decides from the processor's caches. An unexpected failure is logged with its request and closes its connection. The
 * other reads are answered all the same.
 *
 * @param send sends the answer to one of them
 * @returns a function that never throws
 *
 * @example
 * const batchNow = createReadBatches(createAnswerReads(edge, send));
 */
export function createAnswerReads(
  edge: Pick<Edge, 'read'>,
  send: (read: ArrivedRead, answer: Answer) => void,
): (reads: readonly ArrivedRead[]) => void {
  const decide = (read: ArrivedRead): MaybePromise<Answer> | undefined => {
    const { incoming, outgoing, address, context, span } = read;
    const { method = '', url: target = '' } = incoming;
    try {
      const request = new ReadRequest(incoming, outgoing, method, target);
      const answer = () => edge.read(request, address, context);
      return span === undefined ? answer() : span.within(answer);
    } catch (failure) {
      fail(read, failure);
      return undefined;
    }
  };

  const finish = (read: ArrivedRead, answer: Answer): void => {
    try {
      send(read, answer);
    } catch (failure) {
      fail(read, failure);
    }
  };

  return (reads) => {
    const decided = reads.map((read) => [read, decide(read)] as const);
    for (const [read, answer] of decided) {
      if (answer === undefined) continue;
      if (answer instanceof Promise) {
        answer.then(
          (found) => finish(read, found),
          (failure) => fail(read, failure),
        );
      } else {
        finish(read, answer);
      }
    }
  };
}

function fail({ outgoing, context }: ArrivedRead, failure: unknown): void {
  context.facts.failure = failure;
  outgoing.destroy();
}
