import {
  type Query,
  type QueryClient,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import { type ImageFilter, imageListsKey, listImages } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import { editList, fetchAfterChanges, withNewest } from './image-lists.js';

/** Mutation key of everything that refreshes a project's lists. */
export const refreshKey = (project: string) => ['refresh-images', project];

/** Number of the latest request, and of the request whose result a list contains. */
let requests = 0;
const applied = new WeakMap<Query, number>();

/** Refetches the newest page of the visible lists. */
export async function refreshNewest(queryClient: QueryClient, project: string): Promise<void> {
  const prefix = imageListsKey(project);
  const shown = queryClient.getQueryCache().findAll({ queryKey: prefix, type: 'active' });
  for (const query of shown) {
    // Its first page is being fetched, or has failed.
    if (query.state.data === undefined) continue;
    const filter: ImageFilter = Object(query.queryKey[prefix.length]);
    let request = 0;
    const newest = await fetchAfterChanges(queryClient, () => {
      request = ++requests;
      return listImages(project, filter, null);
    });
    // A later request was answered first.
    if (request < (applied.get(query) ?? 0)) continue;
    applied.set(query, request);
    editList(queryClient, project, filter, (list) => withNewest(list, newest));
  }
  // Hidden lists are fetched when they are shown again.
  queryClient.removeQueries({ queryKey: prefix, type: 'inactive' });
  // A success clears earlier errors, whichever component requested the refresh.
  const mutations = queryClient.getMutationCache();
  const failed = mutations.findAll({ mutationKey: refreshKey(project), status: 'error' });
  for (const one of failed) mutations.remove(one);
  await queryClient.invalidateQueries({ queryKey: projectQuery(project).queryKey, exact: true });
}

/** Calls {@link refreshNewest}; errors are in {@link useRefreshError}. */
export function useRefreshNewest(project: string): () => void {
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationKey: refreshKey(project),
    mutationFn: (_: undefined) => refreshNewest(queryClient, project),
  });
  return mutate as () => void;
}

/** Why the latest refresh of the lists failed; `null` if it succeeded. */
export function useRefreshError(project: string): unknown {
  const latest = useMutationState({
    filters: {
      mutationKey: refreshKey(project),
      status: 'error',
    },
    select: ({ state: { error } }) => error,
  }).at(-1);
  return latest ?? null;
}
