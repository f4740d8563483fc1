import { createLocalWorker } from './local.js';

// `npm run dev:cloudflare`: the Worker in workerd on this machine, without an account.

async function start(): Promise<void> {
  const worker = await createLocalWorker({
    environment: process.env,
    isTerminal: process.stdout.isTTY,
    // Standard output is for what a person reads.
    write: (text) => void process.stdout.write(text),
    writeLog: (text) => void process.stderr.write(text),
  });
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      void worker.stop().then(() => process.exit(0));
    });
  }
  await worker.start();
}

start().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text =
    code === 'EADDRINUSE' || code === 'ERR_ADDRESS_IN_USE'
      ? 'The port is in use: set PORT to another, or 0 for a free one'
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
