import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

/** Writes of up to this many bytes to a pipe are atomic (`PIPE_BUF` on Linux). */
const ATOMIC_BYTES = 4096;

/**
 * Logs to standard error.
 *
 * @param worker number of this process, if several share standard error: then every write is atomic, so that
 *   lines of different processes are not interleaved
 */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>, worker?: number): Logger {
  const atomic = worker === undefined ? {} : { maxWrite: ATOMIC_BYTES };
  const logger = pino({ level: logLevel }, pino.destination({ dest: 2, sync: false, ...atomic }));
  return worker === undefined ? logger : logger.child({ worker });
}
