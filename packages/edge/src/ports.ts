import type {
  Clock,
  EdgeCache,
  EncodeBudget,
  ImageEngine,
  ImageRecords,
  ObjectStore,
  ProjectSecrets,
  RateLimiter,
  UploadReceiver,
  VariantStore,
} from '@auraimage/ports';

/** Everything that the edge needs from the machine that it runs on. */
export interface EdgePorts {
  readonly objects: ObjectStore;
  readonly images: ImageRecords;
  readonly projects: ProjectSecrets;
  readonly access: ProjectAccess;
  readonly receiver: UploadReceiver;
  readonly engine: ImageEngine;
  readonly cache: EdgeCache;
  readonly variants: VariantStore;
  readonly encodeBudget: EncodeBudget;
  readonly uploadRate: RateLimiter;
  readonly clock: Clock;
}

/** Who changed something, by what they showed: for the audit log. No secret. */
export interface Actor {
  readonly kind: 'session' | 'cli_token' | 'secret_key' | 'visibility_token';
  /** A person's email, or a token's or key's name. */
  readonly name: string;
}

export type AccessVerdict =
  | {
      readonly granted: true;
      readonly actor: Actor;
      /** Of the secret key that was shown, where it was one. */
      readonly secretKeyId?: string;
    }
  /**
   * `missing`: nothing was shown. `unknown`: what was shown is no credential. `other`: it is one, but does
   * not open this project, or there is no such project. `cross_site`: a browser sent a session's cookie for
   * a page of another site.
   */
  | { readonly granted: false; readonly refusal: 'missing' | 'unknown' | 'other' | 'cross_site' };

/** Decides whether a request's own credentials, upload and serve tokens aside, open a project. */
export interface ProjectAccess {
  check(
    request: { readonly method: string; readonly headers: { get(name: string): string | null } },
    project: string,
  ): Promise<AccessVerdict>;
}
