import { createApiClient, type Schemas, unwrap } from '@auraimage/client';
import type { TestServer } from '../../harness/server.js';
import { sha256 } from './images.js';

type Server = Pick<TestServer, 'aura' | 'url' | 'credentials'>;

export type ListedImage = Schemas['Image'];

const apiOf = ({ url, credentials }: Server) =>
  createApiClient({ baseUrl: url, token: credentials.secretKey });

/** All images of the server's project. */
export async function listImages(server: Server): Promise<ListedImage[]> {
  const api = apiOf(server);
  const path = { project: server.credentials.projectName };
  const images: ListedImage[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: 1000, ...(cursor === null ? {} : { cursor }) };
    const page: Schemas['ImagePage'] = await unwrap(
      api.GET('/v1/projects/{project}/images', { params: { path, query } }),
    );
    images.push(...page.images);
    cursor = page.cursor;
  } while (cursor !== null);
  return images;
}

export async function deleteImage(server: Server, key: string): Promise<number> {
  const path = { project: server.credentials.projectName, key };
  const { response } = await apiOf(server).DELETE('/v1/images/{project}/{key}', {
    params: { path },
  });
  return response.status;
}

/** The fault of an image in a signed read; `null` if there is none. */
async function faultOf({ aura }: Server, image: ListedImage): Promise<string | null> {
  const response = await fetch(await aura.getSignedUrl(image.key));
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) return `${image.key}: status ${response.status}`;
  if (bytes.length !== image.size) return `${image.key}: ${bytes.length} of ${image.size} bytes`;
  return sha256(bytes) === image.sha256 ? null : `${image.key}: other bytes than its SHA-256 says`;
}

/** Reads all images, some concurrently, and returns the faults. */
export async function faultsOf(server: Server, images: readonly ListedImage[]): Promise<string[]> {
  const waiting = [...images];
  const faults: string[] = [];
  const reader = async (): Promise<void> => {
    for (let image = waiting.shift(); image; image = waiting.shift()) {
      const fault = await faultOf(server, image);
      if (fault !== null) faults.push(fault);
    }
  };
  await Promise.all([reader(), reader(), reader(), reader()]);
  return faults;
}
