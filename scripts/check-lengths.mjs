import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A longer file usually holds two things that want a file each. */
const MAX_LINES = 300;

const SOURCE = /\.(?:[cm]?[jt]sx?|sql|css|py|php|rb|go|sh)$/;

/**
 * Files that are longer for a reason, and the reason.
 * @type {ReadonlyMap<string, string>}
 */
const EXCEPTIONS = new Map();

const listing = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard']);
const files = listing
  .toString()
  .split('\0')
  .filter((file) => SOURCE.test(file) && existsSync(file));

const problems = [];
for (const file of files) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1;
  const allowed = EXCEPTIONS.has(file);
  if (lines > MAX_LINES && !allowed) problems.push(`${file}: ${lines} lines`);
  if (lines <= MAX_LINES && allowed) problems.push(`${file}: needs no exception any more`);
}
for (const file of EXCEPTIONS.keys()) {
  if (!files.includes(file)) problems.push(`${file}: has an exception but does not exist`);
}

if (problems.length > 0) {
  console.log(`Files are at most ${MAX_LINES} lines. Split these, or list them in`);
  console.log('scripts/check-lengths.mjs with a reason:');
  console.log(problems.map((problem) => `- ${problem}`).join('\n'));
  process.exitCode = 1;
}
