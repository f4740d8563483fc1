import type { ServeClaims, UploadClaims } from '@auraimage/sdk/server';
import type { TokenVector } from '../vectors/index.js';

/** The input of a runtime. */
export interface Task {
  readonly vectors: readonly TokenVector[];
  /** The server's clock, in whole Unix seconds. */
  readonly now: number;
}

type Claims = ServeClaims | UploadClaims | null;

/** The output of a runtime. */
export interface Report {
  /** `Node`, `Bun` or `workerd`, as the runtime reports it. */
  readonly runtime: string;
  /** A result for each vector. */
  readonly results: readonly {
    /** A token that the runtime signed with the vector's claims. */
    readonly signed: string;
    /** Verification of the vector's token. */
    readonly vector: Claims;
    /** Verification of the runtime's token. */
    readonly own: Claims;
    /** Verification of the vector's token, one second after its expiry. */
    readonly late: Claims;
    /** Verification of the vector's token with another first character. */
    readonly tampered: Claims;
  }[];
  readonly url: string;
  /** Number of WebCrypto signatures. */
  readonly webSignatures: number;
}
