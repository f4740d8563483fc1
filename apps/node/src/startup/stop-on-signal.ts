import type { Logger } from 'pino';

/** Ends the process in order at the first SIGTERM or SIGINT: with 0 when everything ended in time, else 1. */
export function stopOnSignal(logger: Logger, stop: () => Promise<boolean>): void {
  let stopping = false;
  const end = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    // What is waited for below does not all keep the process alive: image processes do not.
    setInterval(() => {}, 60_000);
    logger.info({ signal }, 'draining');
    let clean = false;
    try {
      clean = await stop();
      logger[clean ? 'info' : 'warn']({ clean }, 'stopped');
    } catch (err) {
      clean = false;
      logger.error({ err }, 'could not stop in order');
    }
    logger.flush(() => process.exit(clean ? 0 : 1));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.on('unhandledRejection', (err) => logger.error({ err }, 'unhandled rejection'));
}
