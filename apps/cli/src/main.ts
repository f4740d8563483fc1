import { readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import open from 'open';
import { EXIT } from './errors.js';
import { runAura } from './run.js';

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The first Ctrl-C lets a command clean up behind itself; a second one does not wait for that.
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  interrupted.abort();
});
process.on('SIGTERM', () => interrupted.abort());
// Whoever reads may stop reading: `aura ls | head`.
process.stdout.on('error', (error) => {
  process.exit('code' in error && error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

process.exitCode = await runAura(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  home: process.env['HOME'] || homedir(),
  user: userName(),
  machine: hostname(),
  version: version(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
  openBrowser,
});

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as containers have.
    return 'user';
  }
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}

async function openBrowser(url: string): Promise<boolean> {
  try {
    const child = await open(url);
    child.on('error', () => {});
    return true;
  } catch {
    return false;
  }
}
