import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Path of Bun. Its binary is in a package for the platform. Its install script moves it into the main package. If npm
 * runs no scripts, it is still in the package for the platform.
 */
export async function bunProgram(): Promise<string> {
  const home = dirname(createRequire(import.meta.url).resolve('bun/package.json'));
  const platforms = join(home, '../@oven');
  const candidates = [
    join(home, 'bin/bun.exe'),
    ...(existsSync(platforms) ? readdirSync(platforms) : []).flatMap((name) =>
      ['bun', 'bun.exe'].map((file) => join(platforms, name, 'bin', file)),
    ),
  ];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      await promisify(execFile)(candidate, ['--version']);
      return candidate;
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw new Error(`no Bun that starts on this machine:\n${failures.join('\n')}`);
}
