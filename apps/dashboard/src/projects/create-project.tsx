import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { createProject, projectQuery, projectsQuery } from '../api/projects.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { ProjectNameField } from './project-name-field.js';

export function CreateProject({ onClose }: { readonly onClose: () => void }) {
  const words = texts.projects;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [name, setName] = useState('');
  const [free, setFree] = useState(false);
  const create = useMutation({
    mutationFn: createProject,
    onSuccess: async (project) => {
      const { projectName } = project;
      queryClient.setQueryData(projectQuery(projectName).queryKey, project);
      await queryClient.invalidateQueries({ queryKey: projectsQuery.queryKey });
      toast({ text: words.created(projectName) });
      await navigate({
        to: '/dashboard/projects/$project',
        params: { project: projectName },
      });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name !== '') create.mutate(name);
  };
  return (
    <Dialog title={words.createTitle} description={words.createText} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={create.error} />
        <ProjectNameField value={name} onChange={setName} onVerdict={setFree} />
        <DialogActions>
          <Button onClick={onClose}>{texts.common.cancel}</Button>
          <Button variant="primary" type="submit" busy={create.isPending} disabled={!free}>
            {words.createAction}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
