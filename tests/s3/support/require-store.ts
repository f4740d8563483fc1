import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

// Runs before each file, because its tests need the store. The start of the store has a shorter timeout than the
// run, and reports its failure.
const cannotTry = inject('s3Problem');
if (cannotTry !== '') throw new Error(cannotTry);
const outcome = inject('s3Outcome');
while (!existsSync(outcome)) await sleep(50);
const problem = readFileSync(outcome, 'utf8');
if (problem !== '') throw new Error(problem);
