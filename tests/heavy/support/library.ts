import type { TestServer } from '../../harness/server.js';
import { sha256 } from './images.js';

type Server = Pick<TestServer, 'aura' | 'url' | 'credentials'>;

/** A row of `GET /v1/projects/{project}/images`. */
export interface ListedImage {
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
}

/** Every image of the server's project, page by page. */
export async function listImages({ url, credentials }: Server): Promise<ListedImage[]> {
  const headers = { Authorization: `Bearer ${credentials.secretKey}` };
  const images: ListedImage[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const address = `${url}/v1/projects/${credentials.projectName}/images?limit=1000${query}`;
    const response = await fetch(address, { headers });
    if (response.status !== 200) throw new Error(`the list answered ${response.status}`);
    const page = (await response.json()) as { images: ListedImage[]; cursor: string | null };
    images.push(...page.images);
    cursor = page.cursor;
  }
  return images;
}

export async function deleteImage({ url, credentials }: Server, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/images/${credentials.projectName}/${key}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${credentials.secretKey}` },
  });
  await response.arrayBuffer();
  return response.status;
}

/** What is wrong with an image as a signed read gives it out; `null` for nothing. */
async function faultOf({ aura }: Server, image: ListedImage): Promise<string | null> {
  const response = await fetch(await aura.getSignedUrl(image.key));
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) return `${image.key}: status ${response.status}`;
  if (bytes.length !== image.size) return `${image.key}: ${bytes.length} of ${image.size} bytes`;
  return sha256(bytes) === image.sha256 ? null : `${image.key}: other bytes than its SHA-256 says`;
}

/** Reads all the images, some at a time, and tells what is wrong with any. */
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
