import { unwrap } from '@auraimage/client';
import type { Person } from '../../harness/control.js';
import type { SharedServer } from '../../harness/shared-server.js';
import { postUpload } from '../../harness/upload.js';
import type { Stage } from './dashboard.js';

/** A project of its own for a test, with private images that are there already; gives its path. */
export async function makeProject(
  { server }: Stage<SharedServer>,
  owner: Person,
  projectName: string,
  names: readonly string[],
  picture: Buffer,
): Promise<string> {
  await unwrap(owner.api.POST('/v1/projects', { body: { projectName } }));
  for (const name of names) {
    const body = { projectName, visibility: 'private' as const };
    const { signature } = await unwrap(owner.api.POST('/v1/sign', { body }));
    const { status } = await postUpload(server.url, signature, picture, name);
    if (status !== 201) throw new Error(`the upload of ${name} was answered ${status}`);
  }
  return `/dashboard/projects/${projectName}`;
}

/** What the server has of a project: names with their visibility, such as `a.png private`. */
export async function imagesOf(owner: Person, projectName: string): Promise<string[]> {
  const { images } = await unwrap(
    owner.api.GET('/v1/projects/{project}/images', { params: { path: { project: projectName } } }),
  );
  return images.map(({ key, visibility }) => `${key.slice(11)} ${visibility}`).sort();
}
