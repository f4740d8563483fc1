import { useProject } from '../projects/use-project.js';
import { PageBody } from '../shell/app-shell.js';
import { texts } from '../texts/index.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { Loaded } from '../ui/states.js';
import { AllowedOrigins } from './allowed-origins.js';
import { DangerZone } from './danger-zone.js';
import { EnvSection } from './env-section.js';
import { Limits } from './limits.js';
import { Rename } from './rename.js';
import { SecretKeys } from './secret-keys.js';
import { ServeSecretSection } from './serve-secret.js';

export function SettingsPage() {
  const project = useProject();
  useTitle(`${texts.settings.title} · ${project.data?.projectName ?? ''}`);
  return (
    <PageBody>
      <PageHeader title={texts.settings.title} />
      <Loaded query={project}>
        {(data) => (
          <>
            <EnvSection project={data} />
            <ServeSecretSection project={data.projectName} />
            <SecretKeys project={data.projectName} />
            <AllowedOrigins key={`origins of ${data.id}`} project={data} />
            <Limits key={`limits of ${data.id}`} project={data} />
            <Rename project={data} />
            <DangerZone project={data} />
          </>
        )}
      </Loaded>
    </PageBody>
  );
}
