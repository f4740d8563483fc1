import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getServeSecret, graceQuery } from '../api/secrets.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Section } from '../ui/page.js';
import { SecretField } from '../ui/secret-field.js';
import { Loaded } from '../ui/states.js';
import { GraceNotice } from './grace-notice.js';
import { RotateDialog } from './rotate-dialog.js';

const WATCH_MS = 15_000;

export function ServeSecretSection({ project }: { readonly project: string }) {
  const words = texts.settings.serveSecret;
  const grace = useQuery({
    ...graceQuery(project),
    // The count of reads that still need the old one is why somebody looks at this.
    refetchInterval: ({ state }) => (state.data?.previous ? WATCH_MS : false),
  });
  const [rotating, setRotating] = useState(false);
  const [rotations, setRotations] = useState(0);
  return (
    <Section id="serve-secret" title={words.title} description={words.text}>
      {/* One that is shown is hidden again when another takes its place. */}
      <SecretField
        key={`${project} ${rotations}`}
        secret={() => getServeSecret(project)}
        label={words.label}
        prefix="psk_live_"
      />
      <Loaded query={grace}>
        {({ previous }) => (
          <>
            {previous && <GraceNotice project={project} previous={previous} />}
            <div>
              <Button onClick={() => setRotating(true)}>{words.rotate}</Button>
            </div>
            {rotating && (
              <RotateDialog
                project={project}
                hasPrevious={previous !== null}
                onRotated={() => setRotations(rotations + 1)}
                onClose={() => setRotating(false)}
              />
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
