/** How an edge is set up. Every bound has a reason to be set by an operator. */
export interface EdgeOptions {
  /** Where clients reach this edge, without a trailing slash: begins the `url` of an upload's answer. */
  readonly publicUrl: string;
  /** Origin of the dashboard, which may upload to every project: only its owner gets a token there. */
  readonly appOrigin?: string;
  /** Most bytes of one file, whatever its token allows. */
  readonly maxUploadBytes: number;
  /** Most uploads under way at once; more are answered 503. */
  readonly maxConcurrentUploads: number;
  /** Longest wait for the next bytes of an upload's body, in milliseconds. */
  readonly bodyIdleMs: number;
  /** Longest time for an upload's whole body, in milliseconds. */
  readonly bodyTotalMs: number;
  /** Longest that shared caches in front may keep answers about public images, in seconds; absent: a year. */
  readonly sharedMaxAgeSeconds?: number | undefined;
  /** Widths in pixels (heights, where no width is named) that there are, smallest first; empty: any. */
  readonly variantSizes: readonly number[];
  /** Most variants of one image that are kept at once; a further one is answered 429. */
  readonly maxVariantsPerImage: number;
  /** Told of failures that no request is answered with: the host's log. */
  readonly onFailure: (failure: unknown) => void;
  /** True once the server has begun to shut down: uploads are refused. */
  readonly isDraining: () => boolean;
  /** The text of `/metrics` and its media type; absent: 404. */
  readonly metrics?: () => Promise<{ readonly type: string; readonly text: string }>;
}
