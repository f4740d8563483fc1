import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

type SonicBoom = ReturnType<typeof pino.destination>;

/** Writes of up to this many bytes to a pipe are atomic (`PIPE_BUF` on Linux). */
const ATOMIC_BYTES = 4096;

/** Longest log that waits to be written, in bytes: more is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Errors after which nothing can be written any more: the terminal or the reader of a pipe is gone. */
const GONE = ['EIO', 'EPIPE'];

/**
 * Logs to standard error: readable lines where that is a terminal and `NODE_ENV` is not `production`, else JSON.
 *
 * @param worker number of this process, if several share standard error: then every write is atomic, so that
 *   lines of different processes are not interleaved
 */
export async function createLogger(
  { logLevel }: Pick<Config, 'logLevel'>,
  worker?: number,
): Promise<Logger> {
  const json = openStandardError(worker === undefined ? {} : { maxWrite: ATOMIC_BYTES });
  const isReadable = process.stderr.isTTY && process.env['NODE_ENV'] !== 'production';
  const logger = pino({ level: logLevel }, isReadable ? await createReadable(json) : json);
  return worker === undefined ? logger : logger.child({ worker });
}

/** The server goes on where its log cannot be written, and ends in order. */
function openStandardError(options: { readonly maxWrite?: number }): SonicBoom {
  const out = pino.destination({
    dest: 2,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    ...options,
  });
  out.on('error', ({ code }: NodeJS.ErrnoException) => {
    // It would try for ever, at the end of the process.
    out.flushSync = () => {};
    if (code === undefined || !GONE.includes(code)) return;
    out.write = () => true;
    out.flush = (done) => done?.();
  });
  return out;
}

/** Loads the library only where it is used. */
async function createReadable(out: SonicBoom): Promise<DestinationStream> {
  const { createFormat } = await import('./readable-log.js');
  const format = createFormat();
  // Not a stream: its last lines would be lost at the end of the process.
  const readable = {
    write: (line: string) => void out.write(format(line)),
    flush: (done: () => void) => out.flush(done),
  };
  return readable;
}
