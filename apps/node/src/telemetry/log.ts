import { type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

/** What a pipe takes in one piece (POSIX's least `PIPE_BUF` on Linux), in bytes. */
const ATOMIC_BYTES = 4096;

/**
 * The log on standard error.
 *
 * @param worker number of this process, where several write to the same place: each piece that is written
 *   is then one that the system does not mix with another's
 */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>, worker?: number): Logger {
  const whole = worker === undefined ? {} : { maxWrite: ATOMIC_BYTES };
  const logger = pino({ level: logLevel }, pino.destination({ dest: 2, sync: false, ...whole }));
  return worker === undefined ? logger : logger.child({ worker });
}
