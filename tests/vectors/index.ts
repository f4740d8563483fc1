import { readFileSync } from 'node:fs';

/** One token that every implementation of the format makes and accepts. */
export interface TokenVector {
  readonly kind: 'upload' | 'serve';
  readonly note: string;
  readonly secret: string;
  readonly payloadJson: string;
  readonly token: string;
}

/** The last second at which each of the vectors is valid: 2030-01-01T01:00:00Z. */
export const VECTORS_EXPIRE = 1_893_459_600;

/** The vectors of the contract, from the file that other implementations read too. */
export function readVectors(): readonly TokenVector[] {
  const file = new URL('token-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: TokenVector[] };
  return vectors;
}
