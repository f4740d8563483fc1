import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { deleteProject, deletionsQuery, forgetProject, projectsQuery } from '../api/projects.js';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useToast } from '../ui/toasts.js';

export function DangerZone({ project }: { readonly project: Project }) {
  const words = texts.settings.danger;
  const [open, setOpen] = useState(false);
  return (
    <Section danger title={words.title} description={words.text}>
      <div>
        <Button variant="danger" onClick={() => setOpen(true)}>
          {words.action}
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
  const words = texts.settings.danger;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => deleteProject(projectName, typed),
    onSuccess: async () => {
      toast({ text: words.begun(projectName) });
      // The list shows how far the deletion has come.
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
      title={words.dialogTitle(projectName)}
      description={words.dialogText(images)}
      onClose={onClose}
    >
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={remove.error} />
        <Field label={words.confirmLabel(projectName)}>
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
          <Button onClick={onClose}>{texts.common.cancel}</Button>
          <Button
            variant="danger"
            type="submit"
            busy={remove.isPending}
            disabled={typed !== projectName}
          >
            {words.confirmAction}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
