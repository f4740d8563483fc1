import { LimitsObject } from '../../../adapters/limits/src/durable-object.js';

type State = ConstructorParameters<typeof LimitsObject>[0] & { abort(reason: string): never };

/** With a clock that tests move. */
export class MovableLimits extends LimitsObject {
  readonly #state: State;
  #aheadMs = 0;

  constructor(state: State, env: unknown) {
    super(state, env);
    this.#state = state;
  }

  async move(milliseconds: number): Promise<void> {
    this.#aheadMs += milliseconds;
  }

  /** Number of windows in its storage, also of those that have ended. */
  async count(): Promise<number> {
    return this.#state.storage.sql.exec('SELECT 1 FROM windows').toArray().length;
  }

  /** Ends this object, as Cloudflare does; the next call starts it anew, with a clock that nobody has moved. */
  async end(): Promise<void> {
    this.#state.abort('ended by a test');
  }

  protected override now(): number {
    return Date.now() + this.#aheadMs;
  }
}
