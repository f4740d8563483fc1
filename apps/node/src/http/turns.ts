/** Most requests of a turn: those that came first wait until the others are read. */
const MAX_REQUESTS = 64;

/**
 * Handles requests together that arrive together. All that the event loop finds on its sockets is read first, then all
 * is handled: the code of each part stays in the processor's caches, and one look at the database is recent enough for
 * all of them. Why: docs/decisions/0067-reads-in-turns.md.
 *
 * @param handle must not throw
 * @returns the turn to which a request that has just arrived is to be added, at once
 *
 * @example
 * const turnOf = createTurns((request: Arrived) => answer(request));
 * const turn = turnOf();
 * turn.push({ incoming, outgoing, turn });
 */
export function createTurns<T>(handle: (requests: readonly T[]) => void): () => T[] {
  let turn: T[] = [];

  const begin = (requests: T[]): void => {
    if (turn === requests) turn = [];
    if (requests.length > 0) handle(requests.splice(0));
  };

  return () => {
    if (turn.length >= MAX_REQUESTS) begin(turn);
    if (turn.length === 0) setImmediate(begin, turn);
    return turn;
  };
}
