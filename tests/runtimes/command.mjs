import { text } from 'node:stream/consumers';
import { runChecks } from './checks.mjs';

// Node and Bun: the task on standard input, the report on standard output.

console.log(JSON.stringify(await runChecks(JSON.parse(await text(process.stdin)))));
