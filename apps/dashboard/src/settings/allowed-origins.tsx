import { type FormEvent, useState } from 'react';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Field, TextArea } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { readOrigins } from './origins.js';
import { useChangeProject } from './use-change-project.js';

const MOST_LINES = 12;

export function AllowedOrigins({ project }: { readonly project: Project }) {
  const words = texts.settings.origins;
  const [text, setText] = useState(project.allowedOrigins.join('\n'));
  const [problem, setProblem] = useState<string>();
  const change = useChangeProject(
    project,
    () => words.saved,
    // As the server wrote them; what is being typed stays when the project is only read again.
    ({ allowedOrigins }) => setText(allowedOrigins.join('\n')),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const verdict = readOrigins(text);
    if (verdict.ok) return change.mutate({ allowedOrigins: verdict.origins });
    setProblem(verdict.problem === 'malformed' ? words.malformed(verdict.line) : words.tooMany);
  };
  return (
    <Section title={words.title} description={words.text}>
      <form onSubmit={submit} className="grid gap-4">
        <Field label={words.label} hint={words.hint} error={problem}>
          <TextArea
            rows={Math.min(MOST_LINES, Math.max(3, text.split('\n').length))}
            spellCheck={false}
            autoCapitalize="none"
            className="font-mono text-sm"
            placeholder={words.placeholder}
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
            {words.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}
