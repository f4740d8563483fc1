/** Before the first line: most runs are over then. */
const FIRST_MS = 1000;
/** Between two lines, where each stays: in a log. */
const LOG_MS = 10_000;

/** Says on standard error how far a long run is. */
export interface Progress {
  /** @param text made when it is shown */
  show(text: () => string): void;
  /** Takes the line away, where it can be. */
  end(): void;
}

export function createProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  let nextAt = performance.now() + FIRST_MS;
  let shown = false;
  return {
    show(text) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + (out.isTTY ? FIRST_MS : LOG_MS);
      shown = true;
      out.write(out.isTTY ? `\r\x1b[K${text()}` : `${text()}\n`);
    },
    end() {
      if (shown && out.isTTY) out.write('\r\x1b[K');
    },
  };
}
