export interface ReceiveLimits {
  /** Most bytes of the file; one more and the receiver stops with `body_too_large`. */
  readonly maxFileBytes: number;
  /** Ends the wait for a body that stalls or never ends. */
  readonly signal: AbortSignal;
}

/** Reads a multipart form with one `file` part and at most one `filename` part, in either order. */
export interface UploadReceiver {
  /**
   * Hands the file's bytes to `onChunk` in order, waiting for each, and resolves when the whole form
   * has been read. Holds one chunk at a time. An error that `onChunk` throws stops it and is passed on.
   *
   * @returns the `filename` part's text, else the file part's own name, else an empty text
   * @throws {ReceiveError}
   */
  receive(
    request: Request,
    limits: ReceiveLimits,
    onChunk: (chunk: Uint8Array) => Promise<void>,
  ): Promise<{ readonly filename: string }>;
}
