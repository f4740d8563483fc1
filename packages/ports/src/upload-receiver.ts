export interface ReceiveLimits {
  /** Most bytes of the file. One more byte rejects with `body_too_large`. */
  readonly maxFileBytes: number;
  /** Aborts the upload, for example on a timeout. */
  readonly signal: AbortSignal;
}

/** Parses a multipart form with one `file` part and at most one `filename` part, in any order. */
export interface UploadReceiver {
  /**
   * Calls `onChunk` with the file's bytes in order and waits for each call. Resolves when the whole form
   * is parsed. Holds one chunk at a time. An error of `onChunk` aborts the upload and is passed on.
   *
   * @returns the text of the `filename` part, else the file name of the `file` part, else an empty text
   * @throws {ReceiveError}
   */
  receive(
    request: Request,
    limits: ReceiveLimits,
    onChunk: (chunk: Uint8Array) => Promise<void>,
  ): Promise<{ readonly filename: string }>;
}
