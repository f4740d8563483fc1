import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeProject, forgetProject, projectQuery, projectsQuery } from '../api/projects.js';
import type { Project } from '../api/types.js';
import { useToast } from '../ui/toasts.js';

type Changes = Parameters<typeof changeProject>[1];

/** Changes a project, updates the cache, and confirms with a toast. */
export function useChangeProject(
  project: Project,
  message: (after: Project) => string,
  onSaved?: (after: Project) => unknown,
) {
  const queryClient = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (changes: Changes) => changeProject(project.projectName, changes),
    onSuccess: async (after) => {
      queryClient.setQueryData(projectQuery(after.projectName).queryKey, after);
      void queryClient.invalidateQueries({ queryKey: projectsQuery.queryKey });
      toast({ text: message(after) });
      await onSaved?.(after);
      if (after.projectName !== project.projectName) {
        forgetProject(queryClient, project.projectName);
      }
    },
  });
}
