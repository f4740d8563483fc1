import { parseSize } from '@auraimage/protocol';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { meQuery } from '../api/auth.js';
import type { Project } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { formatBytes, formatItems } from '../ui/format.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useChangeProject } from './use-change-project.js';

export function Limits({ project }: { readonly project: Project }) {
  const { data: me } = useQuery(meQuery);
  const { quotaBytes, usedBytes, images } = project;
  return (
    <Section title="Limits" description="How many bytes the originals of this project can use.">
      <p>
        {formatBytes(usedBytes)} in {formatItems(images, 'image')}.{' '}
        {quotaBytes === null ? 'No limit is set.' : `At most ${formatBytes(quotaBytes)}.`}
      </p>
      {me?.role === 'admin' ? (
        <QuotaForm project={project} />
      ) : (
        <p className="text-sm text-muted">
          An administrator of this server can change it as an owner of the project: invite one.
        </p>
      )}
    </Section>
  );
}

function QuotaForm({ project }: { readonly project: Project }) {
  const [text, setText] = useState(formatQuota(project.quotaBytes));
  const [malformed, setMalformed] = useState(false);
  const change = useChangeProject(
    project,
    () => 'The limit is saved',
    (after) => setText(formatQuota(after.quotaBytes)),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const quotaBytes = parseQuota(text);
    setMalformed(quotaBytes === undefined);
    if (quotaBytes !== undefined) change.mutate({ quotaBytes });
  };
  const wanted = parseQuota(text);
  const isBelowUsage = typeof wanted === 'number' && wanted < project.usedBytes;
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label="Storage limit"
        hint="Such as 500 MB or 10 GB. Leave empty for no limit."
        error={malformed ? 'Use a size such as 500 MB or 10 GB.' : undefined}
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
      {isBelowUsage && (
        <Notice tone="warn" role="status" title="The project stores more than this">
          It stores {formatBytes(project.usedBytes)}. Nothing is deleted, but every upload is
          refused until enough images are deleted or the limit is raised.
        </Notice>
      )}
      <ErrorNotice error={change.error} />
      <div>
        <Button type="submit" busy={change.isPending}>
          Save limit
        </Button>
      </div>
    </form>
  );
}

/** Parses a limit such as `10 GB`: bytes, `null` for an empty text (no limit), `undefined` if malformed. */
export function parseQuota(text: string): number | null | undefined {
  const compact = text.replace(/\s+/g, '').toLowerCase();
  if (compact === '') return null;
  try {
    return parseSize(compact);
  } catch {
    return undefined;
  }
}

const UNITS = ['gb', 'mb', 'kb'] as const;
const FACTORS = { gb: 1024 ** 3, mb: 1024 ** 2, kb: 1024 } as const;

/** A limit as text that {@link parseQuota} reads exactly: in the largest unit without a fraction. */
export function formatQuota(bytes: number | null): string {
  if (bytes === null) return '';
  const unit = UNITS.find((one) => bytes > 0 && bytes % FACTORS[one] === 0);
  return unit ? `${bytes / FACTORS[unit]} ${unit.toUpperCase()}` : `${bytes} B`;
}
