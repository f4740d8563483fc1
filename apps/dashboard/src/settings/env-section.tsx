import { getServeSecret } from '../api/secrets.js';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { CodeBlock } from '../ui/code-block.js';
import { Section } from '../ui/page.js';
import { formatEnv } from './env-block.js';

export function EnvSection({ project }: { readonly project: Project }) {
  const words = texts.projects.env;
  const { projectName, cdnUrl } = project;
  const facts = { projectName, cdnUrl, secretKey: words.secretKeyPlaceholder };
  return (
    <Section title={words.title} description={words.text}>
      <CodeBlock
        of={words.file}
        code={formatEnv({ ...facts, serveSecret: `psk_live_${'•'.repeat(12)}` })}
        copyText={async () =>
          formatEnv({ ...facts, serveSecret: await getServeSecret(projectName) })
        }
      />
      <p className="text-sm text-muted">{words.secretKeyHint}</p>
    </Section>
  );
}
