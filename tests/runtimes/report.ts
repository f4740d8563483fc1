import type { SecretKeyTokenVerdict, ServeTokenVerdict } from '@auraimage/sdk/server';
import type { TokenVector } from '../vectors/index.js';

/** What a runtime is given. */
export interface Task {
  readonly vectors: readonly TokenVector[];
  /** The server's clock, in whole Unix seconds. */
  readonly now: number;
}

type Verdict = ServeTokenVerdict | SecretKeyTokenVerdict;

/** What a runtime found. */
export interface Report {
  /** `Node`, `Bun` or `workerd`, as the runtime itself tells. */
  readonly runtime: string;
  /** A result for each vector. */
  readonly results: readonly {
    /** A token made there of the vector's claims. */
    readonly signed: string;
    /** On the vector's token. */
    readonly vector: Verdict;
    /** On the token made there. */
    readonly own: Verdict;
    /** On the vector's token, one second after it has expired. */
    readonly late: Verdict;
    /** On the vector's token with another first character. */
    readonly tampered: Verdict;
  }[];
  readonly url: string;
  /** How many signatures WebCrypto made. */
  readonly webSignatures: number;
}
