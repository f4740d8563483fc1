import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFastLoopback } from './support/loopback.mjs';
import { largeFiles } from './support/photos.mjs';
import { heading, median, ratio, table } from './support/print.mjs';
import { forgetPeak, residentBytes, startServer } from './support/server.mjs';
import { partsOf, postImage, writeDurably } from './support/upload-parts.mjs';

const LIMIT = 30 * 1024 * 1024;
const ROUNDS = 9;
const AT_ONCE = 50;

/**
 * Measures uploads of nearly 30 MB through the server, compared with only writing and syncing the same bytes in the
 * same folder.
 */
export async function benchUploads() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  try {
    const files = await largeFiles(LIMIT);
    const speeds = [['file', 'MB', 'write + fsync ms', 'upload ms', 'ratio']];
    const parts = [['file', 'SHA-256', 'write', 'fsync', 'decode', 'upload']];
    const memory = [['file', 'before', 'increase, 1 upload', `increase, ${AT_ONCE} concurrent`]];
    for (const { name, bytes } of files) {
      const { plain, upload } = await onFastLoopback(() => compare(folder, bytes));
      speeds.push([name, mb(bytes.length), ms(plain), ms(upload), ratio(upload / plain)]);
      const each = await partsOf(folder, bytes);
      parts.push([name, ms(each.hash), ms(each.write), ms(each.sync), ms(each.decode), ms(upload)]);
      const { before, one, many } = await onFastLoopback(() => peaks(folder, bytes));
      memory.push([name, mb(before), mb(one - before), mb(many - before)]);
    }
    heading('Uploads of nearly 30 MB');
    table(speeds);
    heading('What an upload is made of: its parts, each alone (ms)');
    table(parts);
    heading("The server's resident memory (MB)");
    table(memory);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Milliseconds of both, alternating.
 *
 * @param {string} folder
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function compare(folder, bytes) {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  const server = await startServer({ dataDir });
  /** @type {number[]} */
  const plain = [];
  /** @type {number[]} */
  const upload = [];
  try {
    await postImage(server, bytes); // warms it
    for (let round = 0; round < ROUNDS; round++) {
      const { write, sync } = await writeDurably(folder, bytes);
      plain.push(write + sync);
      upload.push(await postImage(server, bytes));
    }
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  return { plain: median(plain), upload: median(upload) };
}

/**
 * Resident memory of a new server: before any upload, at the peak of its first upload, and of many.
 *
 * @param {string} folder
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function peaks(folder, bytes) {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  const server = await startServer({ dataDir });
  try {
    const before = await residentBytes(server.pid, 'VmRSS');
    await forgetPeak(server.pid);
    await postImage(server, bytes);
    const one = await residentBytes(server.pid, 'VmHWM');
    await forgetPeak(server.pid);
    await Promise.all(Array.from({ length: AT_ONCE }, () => postImage(server, bytes)));
    const many = await residentBytes(server.pid, 'VmHWM');
    return { before, one, many };
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** @param {number} bytes */
function mb(bytes) {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** @param {number} milliseconds */
function ms(milliseconds) {
  return milliseconds.toFixed(0);
}
