import { type FormEvent, useState } from 'react';
import type { Project } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, TextArea } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

const MAX_ROWS = 12;

export function AllowedOrigins({ project }: { readonly project: Project }) {
  const [text, setText] = useState(project.allowedOrigins.join('\n'));
  const [problem, setProblem] = useState<string>();
  const change = useChangeProject(
    project,
    () => 'Allowed origins are saved',
    // The server's spelling. A background refetch of the project does not replace what is being typed.
    ({ allowedOrigins }) => setText(allowedOrigins.join('\n')),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseOrigins(text);
    if (parsed.ok) return change.mutate({ allowedOrigins: parsed.origins });
    setProblem(
      parsed.problem === 'malformed'
        ? `“${parsed.line}” is not an origin. Use the form https://app.example.`
        : `At most ${MAX_ORIGINS} origins.`,
    );
  };
  return (
    <Section
      title="Allowed origins"
      description="Sites whose pages can upload to this project, in addition to this dashboard. If the list is empty, every site can."
    >
      <form onSubmit={submit} className="grid gap-4">
        <Field
          label="Origins, one per line"
          hint={`Scheme and host, such as https://app.example or http://localhost:3000. At most ${MAX_ORIGINS}.`}
          error={problem}
        >
          <TextArea
            rows={Math.min(MAX_ROWS, Math.max(3, text.split('\n').length))}
            spellCheck={false}
            autoCapitalize="none"
            className="font-mono text-sm"
            placeholder="https://app.example"
            value={text}
            onChange={(event) => {
              setProblem(undefined);
              setText(event.target.value);
            }}
          />
        </Field>
        <ErrorNotice error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending}>
            Save origins
          </Button>
        </div>
      </form>
    </Section>
  );
}

const MAX_ORIGINS = 50;

export type ParsedOrigins =
  | { readonly ok: true; readonly origins: string[] }
  | { readonly ok: false; readonly problem: 'malformed'; readonly line: string }
  | { readonly ok: false; readonly problem: 'too_many' };

/** Parses origins, one per line. Ignores empty lines, trailing slashes and duplicates. */
export function parseOrigins(text: string): ParsedOrigins {
  const origins = new Set<string>();
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const url = URL.canParse(line) ? new URL(line) : null;
    const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    if (!isOrigin) return { ok: false, problem: 'malformed', line };
    origins.add(url.origin);
  }
  return origins.size > MAX_ORIGINS
    ? { ok: false, problem: 'too_many' }
    : { ok: true, origins: [...origins] };
}
