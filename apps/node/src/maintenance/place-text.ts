import { resolve } from 'node:path';
import { parseS3Location } from '@auraimage/objects-s3';
import { UsageError } from '../commands/command.js';
import type { Config } from '../config.js';
import { configuredPlace, type ObjectPlace } from './places.js';

export type Place = ObjectPlace;

/**
 * Reads a place: `folder:/path` or `s3://bucket?…`, or `AURA_STORAGE` for the one that the setting names.
 *
 * @throws {UsageError} naming the option; it repeats nothing of a text that may hold a secret
 *
 * @example
 * parsePlace('--to', 'folder:/var/lib/aura/store', config);
 */
export function parsePlace(option: string, text: string, config: Config): Place {
  if (text === 'AURA_STORAGE') return configuredPlace(config);
  const folder = /^folder:(.+)$/.exec(text)?.[1];
  if (folder !== undefined) return { kind: 'folder', root: resolve(folder) };
  if (!text.startsWith('s3:')) {
    throw new UsageError(`${option}: give folder:/path, s3://bucket?… or AURA_STORAGE`);
  }
  try {
    return { kind: 'bucket', location: parseS3Location(text) };
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : error}`);
  }
}
