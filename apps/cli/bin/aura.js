#!/usr/bin/env node
import { existsSync } from 'node:fs';

// npm links a command at install, before anything is built: so this file is not a built one.
const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('aura is not built yet: run `npm run build` in the repository first\n');
  process.exitCode = 1;
}
