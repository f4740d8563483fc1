import { createBuild, exitAfterBuild } from './build.mjs';

// `npm start`: builds what has changed, then serves in this same process. npm passes signals on to the shell of its
// script, and a shell that waits for a command keeps them: hence `exec` in package.json. Without a POSIX shell, run this
// file with node.

const parent = process.ppid;
await createBuild(undefined, undefined, { withWorker: false })
  .buildIfNeeded()
  .catch(exitAfterBuild);
// Another parent: npm was ended while this was building.
if (process.ppid !== parent) process.exit(1);
await import('../apps/node/dist/main.js');
