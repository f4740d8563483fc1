import { types } from '@auraimage/host';
import type { D1Place } from '@auraimage/records-sql';
import type { Command } from 'commander';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { reopenCommand } from '../operations/database.js';
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
      say(await (place === undefined ? rekey(config, key) : rekeyD1(config, place, key)));
    });
}

async function rekeyD1(config: Config, place: D1Place, key: Buffer | undefined): Promise<string> {
  let isClosing = false;
  try {
    return await rekeyWorker(config, place, key, () => {
      isClosing = true;
    });
  } catch (error) {
    if (isClosing) {
      process.stderr.write(
        `The Worker may be unable to change its database: run rekey again, or ${reopenCommand(place)}\n`,
      );
    }
    throw error;
  }
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
