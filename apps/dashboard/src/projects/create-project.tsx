import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { createProject, nameQuery, projectQuery, projectsQuery } from '../api/projects.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { formatBytes } from '../ui/format.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { ProjectNameField } from './project-name-field.js';

/** The dialog that creates a project and opens it. */
export function CreateProject({ onClose }: { readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [name, setName] = useState('');
  const [canSubmit, setCanSubmit] = useState(false);
  // The field asks; its answer has the limit of a new project as well.
  const { data: checked } = useQuery({ ...nameQuery(name), enabled: false });
  const quotaBytes = checked?.quotaBytes ?? null;
  const create = useMutation({
    mutationFn: createProject,
    onSuccess: async (project) => {
      const { projectName } = project;
      queryClient.setQueryData(projectQuery(projectName).queryKey, project);
      await queryClient.invalidateQueries({ queryKey: projectsQuery.queryKey });
      toast({ text: `${projectName} is ready` });
      await navigate({
        to: '/dashboard/projects/$project',
        params: { project: projectName },
      });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name !== '') create.mutate(name);
  };
  return (
    <Dialog
      title="New project"
      description="Each project has its own images and its own serve secret."
      onClose={onClose}
    >
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={create.error} />
        <ProjectNameField value={name} onChange={setName} onCheck={setCanSubmit} />
        {quotaBytes !== null && (
          <p className="text-sm text-muted">
            Its originals can use at most {formatBytes(quotaBytes)}. The administrator of this
            server can change that.
          </p>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" busy={create.isPending} disabled={!canSubmit}>
            Create project
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
