import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { serveSecretQuery } from '../api/secrets.js';
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
  const secret = useQuery({
    ...serveSecretQuery(project),
    // The count of reads that still need the old one is why somebody looks at this.
    refetchInterval: ({ state }) => (state.data?.previous ? WATCH_MS : false),
  });
  const [rotating, setRotating] = useState(false);
  return (
    <Section id="serve-secret" title={words.title} description={words.text}>
      <Loaded query={secret}>
        {(data) => (
          <>
            <SecretField key={data.secret} secret={data.secret} label={words.label} />
            {data.previous && <GraceNotice project={project} previous={data.previous} />}
            <div>
              <Button onClick={() => setRotating(true)}>{words.rotate}</Button>
            </div>
            {rotating && (
              <RotateDialog
                project={project}
                hasPrevious={data.previous !== null}
                onClose={() => setRotating(false)}
              />
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
