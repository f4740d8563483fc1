import { formatDuration } from '../units.js';
import { type Check, ok, warn } from './report.js';

/** A request takes a moment, and a Date header has whole seconds. */
const TOLERATED_SECONDS = 30;

/**
 * Compares the server's clock with this machine's.
 *
 * @param server the server's time in milliseconds; `NaN` where it told none
 */
export function checkClock(server: number, here: number = Date.now()): Check {
  const seconds = (server - here) / 1000;
  if (Number.isNaN(seconds)) {
    return warn('clock', 'The server tells no time', 'A proxy seems to remove its Date header.');
  }
  if (Math.abs(seconds) <= TOLERATED_SECONDS) {
    return ok('clock', "The server's clock and this machine's agree");
  }
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  return warn(
    'clock',
    `The server's clock is ${formatDuration(seconds)} ${direction} this machine's`,
    'One of the two is wrong, and links are judged by the server: keep both right with NTP.',
  );
}
