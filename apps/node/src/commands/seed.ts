import { addressesOf, formatEnvBlock, provisionProject } from '@auraimage/host';
import { parseSize } from '@auraimage/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config/config.js';
import { openRecords } from '../startup/stores.js';
import { say } from './output.js';

interface Options {
  readonly project: string;
  readonly origin?: readonly string[];
  readonly quota?: number;
}

/** Makes a project, beside a server that is running or not. */
export function addSeed(program: Command): void {
  program
    .command('seed')
    .description('create a project and print its .env block')
    .requiredOption('--project <name>', 'name of the project')
    .option('--origin <origin>', 'allow uploads from this origin alone; repeatable', addOrigin)
    .option(
      '--quota <size>',
      'most bytes that its images may take, such as 10gb (default: AURA_PROJECT_QUOTA)',
      readSize,
    )
    .action(seed);
}

async function seed({ project: name, origin = [], quota }: Options): Promise<void> {
  const config = readConfig(process.env);
  const { records } = await openRecords(config);
  try {
    const { cdnUrl } = addressesOf(config, config.port);
    const quotaBytes = quota ?? config.projectQuota ?? null;
    const options = { name, allowedOrigins: origin, quotaBytes };
    say(formatEnvBlock(await provisionProject(records.registry, options, cdnUrl)));
  } finally {
    await records.close();
  }
}

function addOrigin(text: string, others: readonly string[] = []): readonly string[] {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.origin === text) return [...others, text];
  throw new InvalidArgumentError('Give scheme and host only, such as https://app.example.');
}

function readSize(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
