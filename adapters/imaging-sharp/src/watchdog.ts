import { parentPort, workerData } from 'node:worker_threads';

const LOOK_MS = 1000;

/** A thread that ends its process when the server is gone, whatever the main thread is busy with. */
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);
parentPort?.postMessage('watching');
