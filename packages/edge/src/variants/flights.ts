/** Work that several callers may wait for together. */
export interface Flights<T> {
  /**
   * Starts the work, or joins the one under way under the same key. A caller whose signal aborts leaves;
   * when the last one has left, the work's own signal aborts. Work that goes on nevertheless can be
   * joined; where it fails, its late joiners begin anew.
   */
  join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * One flight for each key: concurrent requests for one variant share one encode.
 *
 * @example
 * const flights = createFlights<Uint8Array>();
 * const bytes = await flights.join(name, request.signal, (signal) => encode(signal));
 */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>();

  const begin = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const controller = new AbortController();
    const flight: Flight<T> = { controller, waiting: 0, result: work(controller.signal) };
    flights.set(key, flight);
    const end = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(end, end);
    return flight;
  };

  return {
    async join(key, signal, work) {
      for (;;) {
        signal.throwIfAborted();
        const flight = flights.get(key) ?? begin(key, work);
        const givenUp = flight.controller.signal.aborted;
        try {
          return await waitFor(flight, signal);
        } catch (error) {
          // Of work that was given up the failure says nothing to those who came later.
          if (!givenUp || signal.aborted) throw error;
        }
      }
    },
  };
}

/** Waits until the flight ends or the caller goes. */
async function waitFor<T>(flight: Flight<T>, signal: AbortSignal): Promise<T> {
  flight.waiting++;
  let leave: () => void = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
  });
  try {
    return await Promise.race([flight.result, left]);
  } finally {
    signal.removeEventListener('abort', leave);
    flight.waiting--;
    if (flight.waiting === 0) flight.controller.abort(signal.reason);
  }
}
