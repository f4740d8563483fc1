import { useQuery } from '@tanstack/react-query';
import { serveSecretQuery } from '../api/secrets.js';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { CodeBlock } from '../ui/code-block.js';
import { Section } from '../ui/page.js';
import { Loaded } from '../ui/states.js';
import { formatEnv } from './env-block.js';

export function EnvSection({ project }: { readonly project: Project }) {
  const words = texts.projects.env;
  const secret = useQuery(serveSecretQuery(project.projectName));
  const { projectName, cdnUrl } = project;
  const facts = { projectName, cdnUrl, secretKey: words.secretKeyPlaceholder };
  return (
    <Section title={words.title} description={words.text}>
      <Loaded query={secret}>
        {({ secret: serveSecret }) => (
          <CodeBlock
            of={words.file}
            code={formatEnv({ ...facts, serveSecret: `psk_live_${'•'.repeat(12)}` })}
            copyText={formatEnv({ ...facts, serveSecret })}
          />
        )}
      </Loaded>
      <p className="text-sm text-muted">{words.secretKeyHint}</p>
    </Section>
  );
}
