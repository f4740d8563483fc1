import { getServeSecret } from '../api/secrets.js';
import type { Project } from '../api/types.js';
import { CodeBlock } from '../ui/code-block.js';
import { Section } from '../ui/page.js';

/** The environment variables of an app that uses the project. */
export function EnvSection({ project }: { readonly project: Project }) {
  const { projectName, cdnUrl } = project;
  const facts = { projectName, cdnUrl, secretKey: 'sk_live_…' };
  return (
    <Section
      title="Connect your app"
      description="Lines for your app’s .env file. Copying them fills in the serve secret."
    >
      <CodeBlock
        of=".env"
        code={formatEnv({ ...facts, serveSecret: `psk_live_${'•'.repeat(12)}` })}
        copyText={async () =>
          formatEnv({ ...facts, serveSecret: await getServeSecret(projectName) })
        }
      />
      <p className="text-sm text-muted">
        AURA_SECRET_KEY is a secret key, which is shown only once: the copied line contains a
        placeholder. A{' '}
        <a href="#secret-keys" className="underline underline-offset-2">
          new secret key
        </a>{' '}
        comes with the complete file.
      </p>
    </Section>
  );
}

export interface EnvFacts {
  readonly projectName: string;
  readonly cdnUrl: string;
  readonly serveSecret: string;
  readonly secretKey: string;
}

/** The lines of the `.env` file, in the order of the documentation. */
export const formatEnv = ({ projectName, cdnUrl, serveSecret, secretKey }: EnvFacts): string =>
  `AURA_SECRET_KEY=${secretKey}
AURA_SERVE_SECRET=${serveSecret}
NEXT_PUBLIC_AURA_PROJECT_NAME=${projectName}
NEXT_PUBLIC_AURA_CDN_URL=${cdnUrl}
`;
