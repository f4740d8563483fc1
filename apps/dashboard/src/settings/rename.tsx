import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Project } from '../api/types.js';
import { ProjectNameField } from '../projects/project-name-field.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

export function Rename({ project }: { readonly project: Project }) {
  const words = texts.settings.rename;
  const [open, setOpen] = useState(false);
  return (
    <Section title={words.title} description={words.text}>
      <p className="font-mono">{project.projectName}</p>
      <div>
        <Button onClick={() => setOpen(true)}>{words.action}</Button>
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
  const words = texts.settings.rename;
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [free, setFree] = useState(false);
  const change = useChangeProject(
    project,
    ({ projectName }) => words.renamed(projectName),
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
    if (free) change.mutate({ projectName: name });
  };
  return (
    <Dialog title={words.dialogTitle} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <Notice tone="warn" title={words.warningTitle}>
          {words.warning}
        </Notice>
        <ErrorNotice error={change.error} />
        <ProjectNameField value={name} onChange={setName} onVerdict={setFree} />
        <DialogActions>
          <Button onClick={onClose}>{texts.common.cancel}</Button>
          <Button variant="danger" type="submit" busy={change.isPending} disabled={!free}>
            {words.confirm}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
