import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Project } from '../api/types.js';
import { ProjectNameField } from '../projects/project-name-field.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

export function RenameProject({ project }: { readonly project: Project }) {
  const [open, setOpen] = useState(false);
  return (
    <Section title="Name" description="The name is part of the address of every image.">
      <p className="font-mono">{project.projectName}</p>
      <div>
        <Button onClick={() => setOpen(true)}>Rename…</Button>
      </div>
      {open && <RenameDialog project={project} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function RenameDialog({
  project,
  onClose,
}: {
  readonly project: Project;
  readonly onClose: () => void;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [canSubmit, setCanSubmit] = useState(false);
  const change = useChangeProject(
    project,
    ({ projectName }) => `The project is now called ${projectName}`,
    ({ projectName }) => {
      onClose();
      return navigate({
        to: '/dashboard/projects/$project/settings',
        params: { project: projectName },
        replace: true,
      });
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (canSubmit) change.mutate({ projectName: name });
  };
  return (
    <Dialog title="Rename the project" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <Notice tone="warn" title="A new name changes every address">
          Addresses, signed links and tokens with the old name stop working immediately. Update
          NEXT_PUBLIC_AURA_PROJECT_NAME in your apps.
        </Notice>
        <ErrorNotice error={change.error} />
        <ProjectNameField value={name} onChange={setName} onCheck={setCanSubmit} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" type="submit" busy={change.isPending} disabled={!canSubmit}>
            Rename project
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
