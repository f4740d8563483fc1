#!/usr/bin/env node
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { ApiError } from '@auraimage/http';
import { createProgram, withCommand } from './commands/program.js';
import { ConfigError, readConfig } from './config/config.js';

/** What serves is loaded only where it serves. */
const loadServer = async () => (await import('./server.js')).startServer;
const loadServe = () => import('./startup/serve.js');

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const { serve } = await loadServe();
  await serve(config, loadServer, fileURLToPath(import.meta.url));
}

async function main(args: readonly string[]): Promise<void> {
  if (cluster.isWorker) {
    const { serveAsWorker } = await loadServe();
    await serveAsWorker(Number(args[0]), loadServer);
  } else {
    await createProgram(start).parseAsync(withCommand(args), { from: 'user' });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});

/** What an operator can fix gets a sentence; only a fault of the program shows its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another, or 0 for a free one';
  if (code === 'EACCES' || code === 'EPERM') return `${error.message}: no permission`;
  const known = error instanceof ConfigError || error instanceof ApiError;
  return known || typeof code === 'string' ? error.message : (error.stack ?? error.message);
}
