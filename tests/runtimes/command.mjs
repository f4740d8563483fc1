import { text } from 'node:stream/consumers';
import { runChecks } from './checks.mjs';

// For Node and Bun: reads the task from standard input and writes the report to standard output.

console.log(JSON.stringify(await runChecks(JSON.parse(await text(process.stdin)))));
