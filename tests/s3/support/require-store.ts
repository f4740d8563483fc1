import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

// Before each file: without the store none of its tests can say anything. What starts it gives up, and
// says so, long before the run would.
const cannotTry = inject('s3Problem');
if (cannotTry !== '') throw new Error(cannotTry);
const outcome = inject('s3Outcome');
while (!existsSync(outcome)) await sleep(50);
const problem = readFileSync(outcome, 'utf8');
if (problem !== '') throw new Error(problem);
