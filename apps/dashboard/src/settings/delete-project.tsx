import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { deleteProject, deletionsQuery, forgetProject, projectsQuery } from '../api/projects.js';
import type { Project } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { formatItems } from '../ui/format.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useToast } from '../ui/toasts.js';

export function DeleteProject({ project }: { readonly project: Project }) {
  const [open, setOpen] = useState(false);
  return (
    <Section
      danger
      title="Delete this project"
      description="Permanently deletes all of its images, keys and secrets."
    >
      <div>
        <Button variant="danger" onClick={() => setOpen(true)}>
          Delete project…
        </Button>
      </div>
      {open && <DeleteDialog project={project} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function DeleteDialog({
  project: { projectName, images },
  onClose,
}: {
  readonly project: Project;
  readonly onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => deleteProject(projectName, typed),
    onSuccess: async () => {
      toast({ text: `${projectName} is being deleted` });
      // The list of projects shows the progress.
      await navigate({ to: '/dashboard' });
      forgetProject(queryClient, projectName);
      await Promise.all(
        [projectsQuery, deletionsQuery].map(({ queryKey }) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === projectName) remove.mutate();
  };
  return (
    <Dialog
      title={`Delete ${projectName}?`}
      description={`The server immediately stops serving, listing and accepting images of this project. Then it deletes everything, including ${formatItems(images, 'image')}. This cannot be undone.`}
      onClose={onClose}
    >
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={remove.error} />
        <Field label={`Type ${projectName} to confirm`}>
          <Input
            name="confirm"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            className="font-mono"
            value={typed}
            onChange={(event) => setTyped(event.target.value.trim())}
          />
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="danger"
            type="submit"
            busy={remove.isPending}
            disabled={typed !== projectName}
          >
            Delete permanently
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
