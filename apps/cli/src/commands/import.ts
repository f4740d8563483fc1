import { type Command, Option } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import type { ImportOptions } from '../import/import.js';
import { wholeNumber } from '../units.js';

const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 16;

export function importCommand(program: Command, ctx: Context): void {
  program
    .command('import')
    .description('import a folder, a bucket or a list of addresses; continues where it stopped')
    .argument('<source>', 'a folder, s3://bucket/prefix, or a CSV file with a column url')
    .option('-p, --project <name>', 'the project')
    .addOption(
      new Option('--visibility <visibility>', 'who may read the images')
        .choices(['private', 'public'])
        .makeOptionMandatory(),
    )
    .option('--prefix <folder>', 'what the names begin with, such as archive/2020')
    .option('--all', 'in folders and buckets, take files of every extension')
    .option(
      '--concurrency <count>',
      `images at once, 1 to ${MAX_CONCURRENCY}`,
      wholeNumber(1, MAX_CONCURRENCY),
      DEFAULT_CONCURRENCY,
    )
    .option('--report <file>', 'where the report is written; default: in ~/.aura/imports')
    .option('--retry', 'of an import that has finished: try again what was refused')
    .option('--dry-run', 'show the names that the images would get')
    .option('--json', 'print one JSON object per image')
    .addHelpText(
      'after',
      examples(
        'aura import ./photos --visibility private',
        'aura import s3://old-bucket/uploads --visibility private --prefix uploads',
        'aura import addresses.csv --visibility public --report import.jsonl',
        'aura import ./photos --visibility public --dry-run',
      ),
    )
    .action(async (source: string, options: ImportOptions) => {
      // The libraries of buckets and lists are large, and no other command needs them.
      const { importImages } = await import('../import/import.js');
      await importImages(ctx, source, options);
    });
}
