import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { meQuery } from '../api/session.js';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { formatBytes } from '../ui/format.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { readQuota, writeQuota } from './quota.js';
import { useChangeProject } from './use-change-project.js';

export function Limits({ project }: { readonly project: Project }) {
  const words = texts.settings.limits;
  const { data: me } = useQuery(meQuery);
  const { quotaBytes, usedBytes, images } = project;
  return (
    <Section title={words.title} description={words.text}>
      <p>
        {words.used(formatBytes(usedBytes), images)}{' '}
        {quotaBytes === null ? words.none : words.limit(formatBytes(quotaBytes))}
      </p>
      {me?.role === 'admin' ? (
        <QuotaForm project={project} />
      ) : (
        <p className="text-sm text-muted">{words.adminOnly}</p>
      )}
    </Section>
  );
}

function QuotaForm({ project }: { readonly project: Project }) {
  const words = texts.settings.limits;
  const [text, setText] = useState(writeQuota(project.quotaBytes));
  const [malformed, setMalformed] = useState(false);
  const change = useChangeProject(
    project,
    () => words.saved,
    (after) => setText(writeQuota(after.quotaBytes)),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const quotaBytes = readQuota(text);
    setMalformed(quotaBytes === undefined);
    if (quotaBytes !== undefined) change.mutate({ quotaBytes });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label={words.label}
        hint={words.hint}
        error={malformed ? words.malformed : undefined}
        className="max-w-xs"
      >
        <Input
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setMalformed(false);
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
  );
}
