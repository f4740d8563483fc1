import { ApiError } from '@auraimage/client';
import { isGeneratedKey, MAX_NAME_LENGTH, MAX_NAME_PIECES, parseName } from '@auraimage/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { hasCode } from '../api/errors.js';
import { type ImageFilter, imageQuery, renameImage } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import type { Image } from '../api/types.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';
import { useRefreshNewest } from './refresh.js';

export interface NameSectionProps {
  readonly project: string;
  readonly image: Image;
  /** The list that the image was opened from. */
  readonly filter: ImageFilter;
}

/** Shows the image's name, which is its key, and renames it. */
export function NameSection(props: NameSectionProps) {
  const [open, setOpen] = useState(false);
  const mayEdit = useMayEdit();
  const { key } = props.image;
  return (
    <section aria-label="Name" className="grid gap-2">
      <h2 className="text-base">Name</h2>
      <p className="flex items-start gap-2">
        <code className="min-w-0 font-mono text-xs leading-5 break-all">{key}</code>
        <CopyButton variant="quiet" className="-mt-1 ml-auto" text={key} of="Name" />
      </p>
      {mayEdit && (
        <div>
          <Button size="sm" onClick={() => setOpen(true)}>
            Rename…
          </Button>
        </div>
      )}
      {open && <RenameDialog {...props} onClose={() => setOpen(false)} />}
    </section>
  );
}

function RenameDialog({
  project,
  image,
  filter,
  onClose,
}: NameSectionProps & { readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const refresh = useRefreshNewest(project);
  const toast = useToast();
  const [name, setName] = useState(isGeneratedKey(image.key) ? '' : image.key);
  const [problem, setProblem] = useState<string>();
  const rename = useMutation({
    mutationFn: (wanted: string) => renameImage(project, image.key, wanted),
    onError: (error) => setProblem(nameProblemOf(error)),
    onSuccess: async ({ key = image.key, url = image.url }) => {
      if (key !== image.key) {
        // Its signed address is the old one.
        const renamed = { ...image, key, name: key, url, displayUrl: url, signedUrl: null };
        const { queryKey } = imageQuery(project, key);
        queryClient.setQueryData(queryKey, renamed);
        void queryClient.invalidateQueries({ queryKey });
        await navigate({
          to: '/dashboard/projects/$project/images/$',
          params: { project, _splat: key },
          search: filter,
          replace: true,
        });
        applyChanges(queryClient, project, new Map([[image.key, null]]));
        refresh();
      }
      toast({ text: `The image is now called ${key}` });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (rename.isPending) return;
    const parsed = parseName(name.trim());
    if (parsed.ok) return rename.mutate(parsed.name);
    setProblem(sentence(parsed.problem));
  };
  return (
    <Dialog title="Rename the image" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <Notice tone="warn" title="The old address and its links stop">
          The old address answers 404 immediately, and every link that was signed for it stops
          working. Update the places that use it.
        </Notice>
        {problem === undefined && <ErrorNotice error={rename.error} />}
        <Field
          label="New name"
          error={problem}
          hint={`Letters, digits and . _ ~ - with / between folders, such as users/42/avatar. At most ${MAX_NAME_LENGTH} characters and ${MAX_NAME_PIECES} pieces. An image extension at the end is removed.`}
        >
          <Input
            name="image-name"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            maxLength={MAX_NAME_LENGTH}
            className="font-mono text-sm"
            value={name}
            onChange={({ target }) => {
              setProblem(undefined);
              setName(target.value);
            }}
          />
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" type="submit" busy={rename.isPending}>
            Rename image
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** What is wrong with the name; `undefined` if something else failed. */
function nameProblemOf(error: unknown): string | undefined {
  if (hasCode(error, 'name_taken')) return 'Another image of this project has this name.';
  return error instanceof ApiError && error.code === 'field_invalid'
    ? sentence(error.message)
    : undefined;
}

/** A message of the server about the field, without the field's name in the API. */
const sentence = (problem: string): string =>
  `${problem.replace(/^"name":? /, 'The name ').replace(/\.$/, '')}.`;
