import { useQuery } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { ArrowLeftIcon } from 'lucide-react';
import { presetsQuery } from '../api/presets.js';
import { PresetForm } from '../presets/preset-form.js';
import { buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { EmptyState, Loaded } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/presets/edit')({
  validateSearch: ({ name }: Readonly<Record<string, unknown>>): { readonly name?: string } =>
    typeof name === 'string' ? { name } : {},
  component: EditPresetPage,
});

/** Creates a preset, or changes the one that the address names. */
function EditPresetPage() {
  const { project } = Route.useParams();
  const { name } = Route.useSearch();
  const title = name === undefined ? 'New preset' : `Preset ${name}`;
  useTitle(`${title} · ${project}`);
  const presets = useQuery(presetsQuery(project));
  return (
    <PageBody>
      <Link
        to="/dashboard/projects/$project/presets"
        params={{ project }}
        className={cn(buttonVariants({ variant: 'quiet', size: 'sm' }), '-mt-4 mb-3 -ml-2.5')}
      >
        <ArrowLeftIcon />
        All presets
      </Link>
      <PageHeader title={title} />
      <Loaded query={presets}>
        {({ presets: all }) => {
          const preset = all.find((each) => each.name === name);
          if (name !== undefined && preset === undefined) {
            return (
              <EmptyState title="This preset does not exist">
                It was deleted, or its address is incomplete.
              </EmptyState>
            );
          }
          return (
            <PresetForm
              key={name}
              project={project}
              preset={preset}
              taken={all.map((each) => each.name)}
            />
          );
        }}
      </Loaded>
    </PageBody>
  );
}
