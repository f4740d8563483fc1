import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, uploadImage } from '../bench/support/server.mjs';

// `npm run pictures` makes the pictures of docs/reference/transforms.md with the product itself. Run it after a change to the
// look of variants, and commit its output.

const ROOT = new URL('..', import.meta.url);
const MOST_BYTES = 30_000;

const FITS = ['cover', 'contain', 'auto', 'face'];
/** Each with a box of different proportions. */
const SOURCES = [
  { name: 'portrait', file: 'tests/files/assets/astronaut.jpg', box: { w: 300, h: 130 } },
  { name: 'landscape', file: 'apps/node/assets/northern-lights.jpg', box: { w: 130, h: 200 } },
];

const folder = await mkdtemp(join(tmpdir(), 'aura-pictures-'));
const server = await startServer({ dataDir: join(folder, 'data') });
try {
  for (const { name, file, box } of SOURCES) {
    const master = new Uint8Array(await readFile(new URL(file, ROOT)));
    const key = await uploadImage(server, master, 'public');
    const address = `${server.url}/${server.secrets.projectName}/${key}`;
    await keep(`fit-none-${name}`, `${address}?w=300&fmt=webp`);
    for (const fit of FITS) {
      const query = `w=${box.w}&h=${box.h}&fit=${fit}&fmt=webp`;
      await keep(`fit-${fit}-${name}`, `${address}?${query}`);
    }
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/**
 * @param {string} name
 * @param {string} url
 */
async function keep(name, url) {
  const response = await fetch(url);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  if (bytes.length > MOST_BYTES) throw new Error(`${name} has ${bytes.length} bytes`);
  await writeFile(new URL(`docs/images/${name}.webp`, ROOT), bytes);
  const crop = response.headers.get('x-aura-smart-crop') ?? 'none';
  console.log(`${name}: ${bytes.length} bytes, smart crop: ${crop}`);
}
