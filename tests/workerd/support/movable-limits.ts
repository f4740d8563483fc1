import { LimitsObject } from '../../../adapters/limits/src/durable-object.js';

/** With a clock that tests move. */
export class MovableLimits extends LimitsObject {
  #aheadMs = 0;

  async move(milliseconds: number): Promise<void> {
    this.#aheadMs += milliseconds;
  }

  protected override now(): number {
    return Date.now() + this.#aheadMs;
  }
}
