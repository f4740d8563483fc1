import type { SecretKeyTokenVerdict, ServeTokenVerdict } from '@auraimage/sdk/server';
import type { TokenVector } from '../vectors/index.js';

/** The input of a runtime. */
export interface Task {
  readonly vectors: readonly TokenVector[];
  /** The server's clock, in whole Unix seconds. */
  readonly now: number;
}

type Verdict = ServeTokenVerdict | SecretKeyTokenVerdict;

/** The output of a runtime. */
export interface Report {
  /** `Node`, `Bun` or `workerd`, as the runtime reports it. */
  readonly runtime: string;
  /** A result for each vector. */
  readonly results: readonly {
    /** A token that the runtime signed with the vector's claims. */
    readonly signed: string;
    /** Verification of the vector's token. */
    readonly vector: Verdict;
    /** Verification of the runtime's token. */
    readonly own: Verdict;
    /** Verification of the vector's token, one second after its expiry. */
    readonly late: Verdict;
    /** Verification of the vector's token with another first character. */
    readonly tampered: Verdict;
  }[];
  readonly url: string;
  /** Number of WebCrypto signatures. */
  readonly webSignatures: number;
}
