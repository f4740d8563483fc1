import { drawing } from '../../files/pictures.js';
import { upload } from '../../harness/upload.js';
import type { Cluster } from './cluster.js';
import type { KnownImage } from './readers.js';
import { readKinds } from './reads.js';

type Place = Pick<Cluster, 'nginx' | 'aura' | 'credentials'>;

/** Small and fast to render, because each flip invalidates them. */
const VARIANTS = ['w=64&fmt=jpeg', 'w=32&fmt=jpeg'];

/** Uploads small public pictures. */
export function makeImages(place: Place, count: number): Promise<KnownImage[]> {
  const make = async (_: unknown, index: number): Promise<KnownImage> => {
    const file = await drawing(200, 150 + index)
      .jpeg()
      .toBuffer();
    return makeImage(place, file, 'public', VARIANTS);
  };
  return Promise.all(Array.from({ length: count }, make));
}

/** Uploads a picture and reads it once in every way. */
export async function makeImage(
  { nginx, aura, credentials }: Place,
  file: Buffer,
  visibility: 'public' | 'private',
  variants: readonly string[],
): Promise<KnownImage> {
  const { key } = await upload({ aura, url: nginx.url }, file, visibility);
  const project = credentials.projectName;
  const token = new URL(await aura.getSignedUrl(key)).searchParams.get('token') ?? '';
  const kinds = await readKinds({ cdnUrl: nginx.url, project, key, token }, file, variants);
  return { project, key, kinds, token };
}
