import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createSharpEngine } from '@auraimage/imaging-sharp';
import { sniffMasterType } from '@auraimage/protocol';
import { median } from './print.mjs';

const ROUNDS = 5;
const BOUNDARY = 'bench-boundary';
const HEAD = [
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="file"; filename="bench"',
  'Content-Type: application/octet-stream',
  '\r\n',
].join('\r\n');
const TAIL = `\r\n--${BOUNDARY}--\r\n`;

/**
 * Uploads a file and returns the milliseconds to its 201. Uses plain `node:http`, which has the least overhead of a
 * client.
 *
 * @param {import('./server.mjs').BenchServer} server
 * @param {Uint8Array} bytes
 */
export async function postImage({ url, aura }, bytes) {
  const headers = {
    'X-Aura-Signature': await aura.signUpload({ maxSize: '30mb' }),
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    'Content-Length': HEAD.length + bytes.length + TAIL.length,
  };
  const started = performance.now();
  const outgoing = request(`${url}/v1/upload`, { method: 'POST', headers, agent: false });
  outgoing.write(HEAD);
  outgoing.write(bytes);
  outgoing.end(TAIL);
  const [incoming] = await once(outgoing, 'response');
  const took = performance.now() - started;
  incoming.setEncoding('utf8');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  if (incoming.statusCode !== 201)
    throw new Error(`upload answered ${incoming.statusCode} ${text}`);
  return took;
}

/**
 * Milliseconds to write and sync a file.
 *
 * @param {string} folder
 * @param {Uint8Array} bytes
 */
export async function writeDurably(folder, bytes) {
  const path = join(folder, 'plain');
  const started = performance.now();
  const file = await open(path, 'wx');
  await file.writeFile(bytes);
  const written = performance.now();
  await file.sync();
  await file.close();
  const synced = performance.now();
  await rm(path);
  return { write: written - started, sync: synced - written };
}

/**
 * The steps of an upload in milliseconds, each measured alone. In the server some overlap: the file is synced while
 * it is decoded.
 *
 * @param {string} folder
 * @param {Uint8Array} bytes
 */
export async function partsOf(folder, bytes) {
  const path = join(folder, 'decoded');
  await writeFile(path, bytes);
  const engine = createSharpEngine();
  const type = sniffMasterType(bytes);
  if (type === null) throw new Error('the file is no image');
  const length = bytes.length;
  const body = { length, file: { path, start: 0, length }, stream: () => new Blob([]).stream() };
  /** @type {{ hash: number[], write: number[], sync: number[], decode: number[] }} */
  const runs = { hash: [], write: [], sync: [], decode: [] };
  for (let round = 0; round < ROUNDS; round++) {
    let started = performance.now();
    createHash('sha256').update(bytes).digest('hex');
    runs.hash.push(performance.now() - started);
    const { write, sync } = await writeDurably(folder, bytes);
    runs.write.push(write);
    runs.sync.push(sync);
    started = performance.now();
    const inspection = await engine.inspect(body, type);
    runs.decode.push(performance.now() - started);
    if (!inspection.ok) throw new Error(inspection.code);
  }
  await rm(path);
  const { hash, write, sync, decode } = runs;
  return {
    hash: median(hash),
    write: median(write),
    sync: median(sync),
    decode: median(decode),
  };
}
