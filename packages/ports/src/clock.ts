/**
 * Stands for requests of which the last had arrived before the first was handled. A look at the database for one of
 * them is recent enough for the others: whatever was committed before their arrival is in it.
 */
export type Turn = object;

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}
