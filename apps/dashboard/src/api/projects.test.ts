import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { imageQuery, imagesQuery } from './images.js';
import { forgetProject, projectQuery, projectsQuery } from './projects.js';
import { graceQuery } from './secrets.js';
import { usageQuery } from './usage.js';

it('nothing is kept of a project that is gone: neither its images nor its secret', () => {
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
