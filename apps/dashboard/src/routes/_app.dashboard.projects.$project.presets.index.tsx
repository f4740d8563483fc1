import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { PlusIcon } from 'lucide-react';
import { useState } from 'react';
import { deletePreset, presetsQuery } from '../api/presets.js';
import { useMayEdit } from '../api/projects.js';
import type { Preset } from '../api/types.js';
import { givenName } from '../images/image-names.js';
import { Badge } from '../ui/badge.js';
import { Button, buttonVariants } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { Row, Rows } from '../ui/rows.js';
import { EmptyState, Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/presets/')({
  component: PresetsPage,
});

/** The presets of a project. */
function PresetsPage() {
  const { project } = Route.useParams();
  useTitle(`Presets · ${project}`);
  const queryClient = useQueryClient();
  const toast = useToast();
  const presets = useQuery(presetsQuery(project));
  const [deleting, setDeleting] = useState<Preset | null>(null);
  return (
    <PageBody>
      <PageHeader title="Presets" actions={<NewPreset project={project} />}>
        Names for transforms: <code>?preset=card</code> instead of <code>?w=640&h=360</code>. A
        change takes effect everywhere, without new addresses.
      </PageHeader>
      <Loaded query={presets}>
        {({ presets: all }) =>
          all.length === 0 ? (
            <EmptyState title="No presets yet" actions={<NewPreset project={project} />}>
              A preset gives a size, a format and a watermark a name. An open one shows private
              images without a token, as a preview and in no other way.
            </EmptyState>
          ) : (
            <Rows label="Presets">
              {all.map((preset) => (
                <PresetRow
                  key={preset.name}
                  project={project}
                  preset={preset}
                  onDelete={() => setDeleting(preset)}
                />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {deleting && (
        <ConfirmDialog
          title={`Delete ${deleting.name}?`}
          action="Delete preset"
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await deletePreset(project, deleting.name);
            await queryClient.invalidateQueries(presetsQuery(project));
            toast({ text: `${deleting.name} is deleted` });
          }}
        >
          Addresses with this preset stop working immediately. Copies in browsers stay until they
          expire.
        </ConfirmDialog>
      )}
    </PageBody>
  );
}

function NewPreset({ project }: { readonly project: string }) {
  if (!useMayEdit()) return null;
  return (
    <Link
      to="/dashboard/projects/$project/presets/edit"
      params={{ project }}
      className={buttonVariants({ variant: 'primary' })}
    >
      <PlusIcon />
      New preset
    </Link>
  );
}

function PresetRow({
  project,
  preset: { name, transform, open, watermark },
  onDelete,
}: {
  readonly project: string;
  readonly preset: Preset;
  readonly onDelete: () => void;
}) {
  const mayEdit = useMayEdit();
  return (
    <Row
      title={<span className="font-mono">{name}</span>}
      badge={
        <>
          {open && <Badge tone="warn">Open without a token</Badge>}
          {watermark && <Badge>Watermark</Badge>}
        </>
      }
      actions={
        mayEdit && (
          <>
            <Link
              to="/dashboard/projects/$project/presets/edit"
              params={{ project }}
              search={{ name }}
              aria-label={`Edit ${name}`}
              className={buttonVariants({ size: 'sm' })}
            >
              Edit
            </Link>
            <Button size="sm" variant="danger" aria-label={`Delete ${name}`} onClick={onDelete}>
              Delete
            </Button>
          </>
        )
      }
    >
      <span className="font-mono text-xs leading-5 break-all">{transform}</span>
      {watermark && <span className="break-all">{givenName(watermark.key)} over it</span>}
    </Row>
  );
}
