import type { Api } from '../api.js';
import type { Visibility } from '../api-types.js';

const LIFETIME_SECONDS = 3600;
const LEAST_MAX_SIZE = 30 * 1024 * 1024;

export interface UploadTerms {
  readonly project: string;
  readonly visibility: Visibility;
  /** Bytes of the largest file. */
  readonly largest: number;
}

/** Gives an upload token that is good for a while yet; many files share one. */
export function createUploadToken(
  api: Api,
  { project, visibility, largest }: UploadTerms,
  now: () => number = Date.now,
): () => Promise<string> {
  let current: { readonly signature: Promise<string>; readonly until: number } | undefined;
  return () => {
    if (current === undefined || now() >= current.until) {
      const signature = api.signUpload({
        projectName: project,
        maxSize: Math.max(largest, LEAST_MAX_SIZE),
        allowedTypes: ['image/*'],
        expiresIn: LIFETIME_SECONDS,
        visibility,
      });
      // Half of its life: an upload that begins with it has the other half.
      current = { signature, until: now() + (LIFETIME_SECONDS * 1000) / 2 };
      // The next file asks anew.
      signature.catch(() => {
        current = undefined;
      });
    }
    return current.signature;
  };
}
