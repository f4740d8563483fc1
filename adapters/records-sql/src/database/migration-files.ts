import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MigrationFile } from './migrations.js';

/** Reads the migrations of a dialect, in order. A Worker, which has no files, imports them. */
export function readMigrations(dialect: 'sqlite' | 'postgres'): MigrationFile[] {
  const folder = fileURLToPath(new URL(`../../migrations/${dialect}/`, import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => ({ name, sql: readFileSync(`${folder}${name}`, 'utf8') }));
}
