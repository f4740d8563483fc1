import type { Person } from '../../harness/control.js';
import { postUpload } from '../../harness/upload.js';
import type { Stage } from './dashboard.js';

/** A project of its own for a test, with private images that are there already; gives its path. */
export async function makeProject(
  { server }: Stage,
  owner: Person,
  projectName: string,
  names: readonly string[],
  picture: Buffer,
): Promise<string> {
  await owner.json('POST', '/v1/projects', { projectName });
  for (const name of names) {
    const wish = { projectName, visibility: 'private' };
    const { signature } = await owner.json<{ signature: string }>('POST', '/v1/sign', wish);
    const { status } = await postUpload(server.url, signature, picture, name);
    if (status !== 201) throw new Error(`the upload of ${name} was answered ${status}`);
  }
  return `/dashboard/projects/${projectName}`;
}

/** What the server has of a project: names with their visibility, such as `a.png private`. */
export async function imagesOf(owner: Person, projectName: string): Promise<string[]> {
  const { images } = await owner.json<{ images: { key: string; visibility: string }[] }>(
    'GET',
    `/v1/projects/${projectName}/images`,
  );
  return images.map(({ key, visibility }) => `${key.slice(11)} ${visibility}`).sort();
}
