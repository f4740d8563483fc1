import type { Stores } from '../startup/stores.js';
import { observeRecords } from './observed-records.js';
import { observeStores } from './observed-ports.js';
import type { Telemetry } from './telemetry.js';

const RECORDS = [
  'images',
  'projects',
  'registry',
  'cliTokens',
  'invitations',
  'audit',
  'usage',
  'identity',
] as const satisfies (keyof Stores)[];

/** Everything that keeps data, every operation timed. */
export function observeAll(stores: Stores, telemetry: Telemetry): Stores {
  const observed = RECORDS.map((kind) => [kind, observeRecords(kind, stores[kind], telemetry)]);
  return { ...stores, ...Object.fromEntries(observed), ...observeStores(stores, telemetry) };
}
