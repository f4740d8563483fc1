import { openSync, readSync, statSync } from 'node:fs';
import { createServer } from 'node:http';

// `node bare-server.mjs FILE` answers every request with a file, which it reads into one buffer each time, and prints
// its port: what Node takes for a read without any of our code.

const [, , path = ''] = process.argv;
const descriptor = openSync(path, 'r');
const bytes = Buffer.alloc(statSync(path).size);
const headers = { 'Content-Type': 'image/png', 'Content-Length': bytes.length };
const server = createServer((_, outgoing) => {
  readSync(descriptor, bytes, 0, bytes.length, 0);
  outgoing.writeHead(200, headers).end(bytes);
}).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
