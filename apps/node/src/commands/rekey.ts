import { types } from '@auraimage/host';
import type { Command } from 'commander';
import { ConfigError, readConfig } from '../config/config.js';
import { rekey, rekeyWorker } from '../operations/rekey.js';
import { readPrivateFile } from '../startup/master-key.js';
import { say } from './output.js';
import { parseD1Argument } from './place-text.js';

/** Changes the master key. */
export function addRekey(program: Command): void {
  program
    .command('rekey')
    .description('change the master key of a stopped server, or of a Worker')
    .option(
      '--new-key-file <file>',
      'the new key, which you keep yourself (default: a new key in the data folder)',
    )
    .option(
      '--database <place>',
      "a Worker's: d1://ACCOUNT_ID/DATABASE_ID; set CLOUDFLARE_API_TOKEN",
    )
    .action(async ({ newKeyFile, database }: Options) => {
      const config = readConfig(process.env);
      const place = database === undefined ? undefined : parseD1Argument('--database', database);
      const key = newKeyFile === undefined ? undefined : await readKey(newKeyFile);
      say(await (place === undefined ? rekey(config, key) : rekeyWorker(config, place, key)));
    });
}

interface Options {
  readonly newKeyFile?: string;
  readonly database?: string;
}

async function readKey(path: string): Promise<Buffer> {
  const text = await readPrivateFile(path);
  try {
    return Buffer.from(types.encryptionKey.parse(text.trim()));
  } catch {
    throw new ConfigError(`--new-key-file ${path}: give ${types.encryptionKey.allowed}`);
  }
}
