import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { imageQuery, imagesQuery } from './images.js';
import { forgetProject, projectQuery, projectsQuery, usageQuery } from './projects.js';
import { graceQuery } from './secrets.js';

it('drops everything cached about a project: its images, its usage and its secret', () => {
  const client = new QueryClient();
  const keysOf = (name: string) => [
    projectQuery(name).queryKey,
    graceQuery(name).queryKey,
    imagesQuery(name, {}).queryKey,
    imageQuery(name, 'a.png').queryKey,
    usageQuery(name, 30).queryKey,
  ];
  const kept = [projectsQuery.queryKey, ...keysOf('other')];
  for (const key of [...keysOf('gone'), ...kept]) client.setQueryData<unknown>([...key], {});
  forgetProject(client, 'gone');
  expect(
    client
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey),
  ).toEqual(kept);
});
