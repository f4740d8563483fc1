import {
  type Query,
  type QueryClient,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import { type ImageFilter, imageListsKey, listImages } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import { askedSinceChanges, editList, withNewest } from './image-lists.js';

/** Of all that brings a project's lists up to date. */
export const refreshKey = (project: string) => ['refresh-images', project];

/** How many times newest pages were asked for, and which of them a list has. */
let asked = 0;
const written = new WeakMap<Query, number>();

/** Brings the lists on the screen up to date, from the newest image on. */
export async function refreshNewest(queryClient: QueryClient, project: string): Promise<void> {
  const prefix = imageListsKey(project);
  const shown = queryClient.getQueryCache().findAll({ queryKey: prefix, type: 'active' });
  for (const query of shown) {
    // Its first page is on its way, or has to be asked for again.
    if (query.state.data === undefined) continue;
    const filter: ImageFilter = Object(query.queryKey[prefix.length]);
    let turn = 0;
    const newest = await askedSinceChanges(queryClient, () => {
      turn = ++asked;
      return listImages(project, filter, null);
    });
    // An answer that has overtaken this one knows more.
    if (turn < (written.get(query) ?? 0)) continue;
    written.set(query, turn);
    editList(queryClient, project, filter, (list) => withNewest(list, newest));
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
      status: 'error',
    },
    select: ({ state: { error } }) => error,
  }).at(-1);
  return latest ?? null;
}
