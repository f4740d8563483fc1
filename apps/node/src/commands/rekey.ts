import { types } from '@auraimage/host';
import type { Command } from 'commander';
import { ConfigError, readConfig } from '../config/config.js';
import { rekey } from '../operations/rekey.js';
import { readPrivateFile } from '../startup/master-key.js';
import { say } from './output.js';

/** Changes the master key. */
export function addRekey(program: Command): void {
  program
    .command('rekey')
    .description('change the master key of a stopped server')
    .option(
      '--new-key-file <file>',
      'the new key, which you keep yourself (default: a new key in the data folder)',
    )
    .action(async ({ newKeyFile }: { readonly newKeyFile?: string }) => {
      const config = readConfig(process.env);
      const key = newKeyFile === undefined ? undefined : await readKey(newKeyFile);
      say(await rekey(config, key));
    });
}

async function readKey(path: string): Promise<Buffer> {
  const text = await readPrivateFile(path);
  try {
    return Buffer.from(types.encryptionKey.parse(text.trim()));
  } catch {
    throw new ConfigError(`--new-key-file ${path}: give ${types.encryptionKey.allowed}`);
  }
}
