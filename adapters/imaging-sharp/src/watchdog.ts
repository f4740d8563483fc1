import { parentPort, workerData } from 'node:worker_threads';

const CHECK_MS = 1000;

// A thread that kills its process after the server has ended, even when the main thread is blocked.
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, CHECK_MS);
parentPort?.postMessage('watching');
