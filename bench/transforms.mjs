import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIpx } from './support/ipx.mjs';
import { landscapePhoto } from './support/landscape.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { startNginx } from './support/nginx.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { compareNew } from './transforms/new.mjs';
import { compareOne } from './transforms/one.mjs';
import { compareRepeated } from './transforms/repeated.mjs';

/**
 * @typedef {object} Stage
 * @property {string} folder
 * @property {import('./support/server.mjs').BenchServer} server
 * @property {Awaited<ReturnType<typeof startIpx>>} ipx
 * @property {Awaited<ReturnType<typeof startNginx>>} nginx
 * @property {string} photo path of the picture that all servers have
 * @property {string} image address of the same picture in our server
 */

/**
 * Measures variants of one photo of 12 megapixels: new ones compared with ipx and vipsthumbnail, repeated ones with
 * ipx and nginx, and private ones with a private master.
 */
export async function benchTransforms() {
  needs('nginx', 'nginx-light');
  needs('wrk', 'wrk');
  needs('vipsthumbnail', 'libvips-tools');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  try {
    const files = join(folder, 'files');
    await mkdir(files);
    const photo = join(files, 'photo.jpg');
    const bytes = await landscapePhoto();
    await writeFile(photo, bytes);
    const nginx = await startNginx(folder, 1);
    stops.push(nginx.stop);
    const ipx = await startIpx(files);
    stops.push(ipx.stop);
    const server = await startServer({ dataDir: join(folder, 'data') });
    stops.push(server.stop);
    const key = await uploadImage(server, bytes, 'public');
    const image = `${server.url}/${server.secrets.projectName}/${key}`;
    const stage = { folder, server, ipx, nginx, photo, image };
    await onFastLoopback(async () => {
      await compareNew(stage);
      await compareOne(stage);
      await compareRepeated(stage);
    });
  } finally {
    await Promise.all(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
  }
}
