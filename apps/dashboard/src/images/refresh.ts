import {
  type QueryClient,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import { type ImageFilter, imageListsKey, imagesQuery, listImages } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import { withNewest } from './image-lists.js';

/** Of all that brings a project's lists up to date. */
export const refreshKey = (project: string) => ['refresh-images', project];

/** Brings the lists on the screen up to date, from the newest image on. */
export async function refreshNewest(queryClient: QueryClient, project: string): Promise<void> {
  const prefix = imageListsKey(project);
  const shown = queryClient.getQueryCache().findAll({ queryKey: prefix, type: 'active' });
  for (const { queryKey, state } of shown) {
    const isFirst = state.data === undefined || state.fetchStatus !== 'idle';
    if (isFirst) continue;
    const filter: ImageFilter = Object(queryKey[prefix.length]);
    const newest = await listImages(project, filter, null);
    const { queryKey: key } = imagesQuery(project, filter);
    queryClient.setQueryData(key, (list) => list && withNewest(list, newest));
  }
  // Lists that are not on the screen are asked for anew when they are.
  queryClient.removeQueries({ queryKey: prefix, type: 'inactive' });
  // Whoever asked for it: what failed before is of no interest any more.
  const mutations = queryClient.getMutationCache();
  const failed = mutations.findAll({ mutationKey: refreshKey(project), status: 'error' });
  for (const one of failed) mutations.remove(one);
  await queryClient.invalidateQueries({ queryKey: projectQuery(project).queryKey, exact: true });
}

/** Calls {@link refreshNewest}; what went wrong is told by {@link useRefreshError}. */
export function useRefreshNewest(project: string): () => void {
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationKey: refreshKey(project),
    mutationFn: (_: undefined) => refreshNewest(queryClient, project),
  });
  return mutate as () => void;
}

/** Why the lists could not be brought up to date when that was tried last; `null` where they were. */
export function useRefreshError(project: string): unknown {
  const latest = useMutationState({
    filters: {
      mutationKey: refreshKey(project),
      predicate: ({ state }) => state.status !== 'pending',
    },
    select: ({ state: { error } }) => error,
  }).at(-1);
  return latest ?? null;
}
