import type { Rendering } from '@auraimage/ports';

/** Why the engine could not make a variant or a reduced copy of a master. */
export interface RenderFailure {
  readonly project: string;
  readonly key: string;
  /** Format that was to be made. */
  readonly format: string;
  readonly code: Extract<Rendering, { readonly ok: false }>['code'];
  /** The failed step and what its library said: a line of at most 200 printable ASCII characters. */
  readonly reason: string;
}

/** Options of {@link createEdge}. */
export interface EdgeOptions {
  /** Base URL for clients, without a trailing slash. The `url` of an upload starts with it. */
  readonly publicUrl: string;
  /** Origin of the dashboard. It may upload to every project, because only owners get upload tokens there. */
  readonly appOrigin?: string;
  /** Maximum bytes of one file. A token can only lower it. */
  readonly maxUploadBytes: number;
  /** Maximum number of concurrent uploads. Further ones get 503. */
  readonly maxConcurrentUploads: number;
  /** Maximum time between two chunks of an upload's body, in milliseconds. */
  readonly bodyIdleMs: number;
  /** Maximum time for the whole body of an upload, in milliseconds. */
  readonly bodyTotalMs: number;
  /** `s-maxage` of public images for shared caches, in seconds; absent: a year. */
  readonly sharedMaxAgeSeconds?: number | undefined;
  /** Allowed widths of variants in pixels (heights, if a request has no width), ascending; empty: any. */
  readonly variantSizes: readonly number[];
  /** Maximum number of variants that are kept of one image. Further ones replace the least recently read. */
  readonly maxVariantsPerImage: number;
  /**
   * How long a request waits for work that another request began, in milliseconds, before it does the work itself.
   * For hosts that can end a request's work without a result. Absent: until the work ends.
   */
  readonly maxJoinedMs?: number;
  /** Called with failures that are not part of a response, for the host's log. */
  readonly onFailure: (failure: unknown) => void;
  /** Called once for each master and kind of failure, for the host's log: readers get a fallback or an error. */
  readonly onRenderFailure?: (failure: RenderFailure) => void;
  /** Whether the server is shutting down. Uploads are then rejected. */
  readonly isDraining: () => boolean;
  /** Body and media type of `/metrics`; absent: 404. */
  readonly metrics?: () => Promise<{ readonly type: string; readonly text: string }>;
}
