import { MAX_METADATA_BYTES, MAX_METADATA_PAIRS, metadataProblem } from '@auraimage/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { PlusIcon, XIcon } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { setMetadata } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import type { Image } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Input } from '../ui/field.js';
import { formatCount } from '../ui/format.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';

export interface MetadataSectionProps {
  readonly project: string;
  readonly image: Image;
}

/** Shows the developer's own pairs of an image, and edits them. */
export function MetadataSection(props: MetadataSectionProps) {
  const [open, setOpen] = useState(false);
  const mayEdit = useMayEdit();
  const pairs = Object.entries(props.image.metadata);
  return (
    <section aria-label="Metadata" className="grid gap-2">
      <h2 className="text-base">Metadata</h2>
      {pairs.length === 0 ? (
        <p className="text-sm text-muted">
          No pairs. The file’s own EXIF and XMP are part of the original.
        </p>
      ) : (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
          {pairs.map(([key, value]) => (
            <div key={key} className="contents">
              <dt className="max-w-40 font-mono text-xs leading-5 break-all text-muted">{key}</dt>
              <dd className="min-w-0 break-words whitespace-pre-wrap">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {mayEdit && (
        <div>
          <Button size="sm" onClick={() => setOpen(true)}>
            Edit metadata…
          </Button>
        </div>
      )}
      {open && <MetadataDialog {...props} onClose={() => setOpen(false)} />}
    </section>
  );
}

interface EditedRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

function MetadataDialog({
  project,
  image,
  onClose,
}: MetadataSectionProps & { readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const nextId = useRef(0);
  const row = (key: string, value: string): EditedRow => ({ id: nextId.current++, key, value });
  const [rows, setRows] = useState((): readonly EditedRow[] => {
    const known = Object.entries(image.metadata).map(([key, value]) => row(key, value));
    return known.length === 0 ? [row('', '')] : known;
  });
  const [problem, setProblem] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const parsed = parseMetadata(rows);
  const save = useMutation({
    mutationFn: (metadata: Image['metadata']) => setMetadata(project, image.key, metadata),
    onSuccess: (_, metadata) => {
      applyChanges(queryClient, project, new Map([[image.key, { metadata }]]));
      toast({ text: 'The metadata is saved' });
      onClose();
    },
  });
  const change = (next: readonly EditedRow[]) => {
    setProblem(undefined);
    setRows(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    if (parsed.ok) return save.mutate(parsed.metadata);
    setProblem(`The metadata ${parsed.problem}.`);
  };
  const remove = (id: number) => {
    change(rows.filter((one) => one.id !== id));
    // The button that was pressed is gone.
    form.current?.querySelector<HTMLElement>('[data-add]')?.focus();
  };
  return (
    <Dialog
      title="Edit metadata"
      description={`Pairs for your own code. At most ${MAX_METADATA_PAIRS} pairs and ${formatCount(MAX_METADATA_BYTES)} bytes as JSON. Keys have 1 to 40 lowercase letters, digits, _ and -.`}
      onClose={onClose}
    >
      <form ref={form} onSubmit={submit} className="grid gap-4" aria-label="Pairs">
        <ErrorNotice error={save.error} />
        <ul className="grid max-h-[45dvh] gap-2 overflow-y-auto p-0.5">
          {rows.map((one, index) => (
            <li key={one.id} className="flex items-center gap-2">
              <Input
                aria-label={`Key ${index + 1}`}
                placeholder="key"
                autoCapitalize="none"
                autoComplete="off"
                spellCheck={false}
                autoFocus={index === rows.length - 1}
                maxLength={40}
                className="flex-2 basis-0 font-mono text-sm"
                value={one.key}
                onChange={({ target }) => change(rows.with(index, { ...one, key: target.value }))}
              />
              <Input
                aria-label={`Value ${index + 1}`}
                placeholder="value"
                autoComplete="off"
                className="flex-3 basis-0"
                value={one.value}
                onChange={({ target }) => change(rows.with(index, { ...one, value: target.value }))}
              />
              <Button
                variant="quiet"
                size="icon"
                aria-label={`Remove pair ${index + 1}`}
                onClick={() => remove(one.id)}
              >
                <XIcon />
              </Button>
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Button
            data-add
            size="sm"
            disabled={rows.length >= MAX_METADATA_PAIRS}
            onClick={() => change([...rows, row('', '')])}
          >
            <PlusIcon />
            Add a pair
          </Button>
          <p className="text-sm text-muted tabular-nums">
            {rows.length} of {MAX_METADATA_PAIRS} pairs
            {parsed.ok &&
              `, ${formatCount(parsed.bytes)} of ${formatCount(MAX_METADATA_BYTES)} bytes`}
          </p>
        </div>
        {problem && (
          <p role="alert" className="text-sm text-danger">
            {problem}
          </p>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" busy={save.isPending}>
            Save metadata
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

type ParsedMetadata =
  | { readonly ok: true; readonly metadata: Image['metadata']; readonly bytes: number }
  /** `problem` follows "The metadata", such as `has the key "album" twice`. */
  | { readonly ok: false; readonly problem: string };

/** The pairs that were typed. Rows without any text are ignored. */
export function parseMetadata(rows: readonly Pick<EditedRow, 'key' | 'value'>[]): ParsedMetadata {
  const pairs = new Map<string, string>();
  for (const { key, value } of rows) {
    const name = key.trim();
    if (name === '' && value === '') continue;
    if (pairs.has(name)) return { ok: false, problem: `has the key "${name}" twice` };
    pairs.set(name, value);
  }
  const metadata = Object.fromEntries(pairs);
  const problem = metadataProblem(metadata);
  const bytes = new TextEncoder().encode(JSON.stringify(metadata)).length;
  return problem === null ? { ok: true, metadata, bytes } : { ok: false, problem };
}
