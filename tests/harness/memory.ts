import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolderAtEnd } from './remove.js';

const MEMORY = '/dev/shm';
/** Some times as much as all tests have in it at once. */
const WANTED_BYTES = 2 ** 31;
/** Vitest evaluates its configuration, with this module, once for each project. */
const MADE = Symbol.for('auraimage.tests.memory');

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= WANTED_BYTES;
}

function makeFolder(): string {
  const folder = mkdtempSync(join(hasMemory() ? MEMORY : tmpdir(), 'aura-tests-'));
  process.once('exit', () => removeFolderAtEnd(folder));
  return folder;
}

/** A folder in memory, or on the disk where there is little memory. It is removed when this process ends. */
export function memoryFolder(): string {
  const folder: string = Reflect.get(globalThis, MADE) ?? makeFolder();
  Reflect.set(globalThis, MADE, folder);
  return folder;
}
