import { createFileRoute } from '@tanstack/react-router';
import { useProject } from '../api/projects.js';
import { AllowedOrigins } from '../settings/allowed-origins.js';
import { DeleteProject } from '../settings/delete-project.js';
import { EnvSection } from '../settings/env-section.js';
import { InstallSection } from '../settings/install-section.js';
import { Limits } from '../settings/limits.js';
import { MasterMetadata } from '../settings/master-metadata.js';
import { RenameProject } from '../settings/rename-project.js';
import { SecretKeys } from '../settings/secret-keys.js';
import { ServeSecret } from '../settings/serve-secret.js';
import { UnsignedTransforms } from '../settings/unsigned-transforms.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { EmptyState, Loaded } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/settings')({
  component: SettingsPage,
});

/** The settings of a project. */
function SettingsPage() {
  const project = useProject();
  useTitle(`Settings · ${project.data?.projectName ?? ''}`);
  return (
    <PageBody>
      <PageHeader title="Settings" />
      <Loaded query={project}>
        {(data) =>
          data.role !== 'owner' ? (
            <EmptyState title="Only for owners">
              Only owners of the project see and change its settings.
            </EmptyState>
          ) : (
            <>
              <EnvSection project={data} />
              <InstallSection />
              <ServeSecret project={data.projectName} />
              <SecretKeys project={data} />
              <AllowedOrigins key={`origins of ${data.id}`} project={data} />
              <UnsignedTransforms key={`transforms of ${data.id}`} project={data} />
              <MasterMetadata key={`metadata of ${data.id}`} project={data} />
              <Limits key={`limits of ${data.id}`} project={data} />
              <RenameProject project={data} />
              <DeleteProject project={data} />
            </>
          )
        }
      </Loaded>
    </PageBody>
  );
}
