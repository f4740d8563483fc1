import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { imageQuery, setVisibility } from '../api/images.js';
import type { Image, Visibility } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { GlobeIcon, LockIcon, TrashIcon } from '../ui/icons.js';
import { useToast } from '../ui/toasts.js';
import { noteChanges } from './image-lists.js';

/** Who may see the image, and the way to change that. */
export function VisibilitySection({
  project,
  image: { key, visibility },
}: {
  readonly project: string;
  readonly image: Image;
}) {
  const words = texts.image.visibility;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const other: Visibility = visibility === 'private' ? 'public' : 'private';
  const isPrivate = visibility === 'private';
  return (
    <section
      aria-label={words.title}
      className={`grid gap-3 rounded-lg border p-4 ${isPrivate ? 'border-private/40 bg-private-soft' : 'border-line bg-surface'}`}
    >
      <h2 className={`flex items-center gap-2 text-base ${isPrivate ? 'text-private' : ''}`}>
        {isPrivate ? <LockIcon /> : <GlobeIcon />}
        {words[visibility].label}
      </h2>
      <p className="text-sm">{words[visibility].text}</p>
      <div>
        <Button onClick={() => setAsking(true)}>{words.make[other]}</Button>
      </div>
      {asking && (
        <ConfirmDialog
          title={words.askTitle[other]}
          action={words.action[other]}
          danger={other === 'public'}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await setVisibility(project, key, other);
            noteChanges(queryClient, project, new Map([[key, { visibility: other }]]));
            // It has another version now.
            void queryClient.invalidateQueries({ queryKey: imageQuery(project, key).queryKey });
            toast({ text: words.changed[other] });
          }}
        >
          {texts.image.consequences[other]}
        </ConfirmDialog>
      )}
    </section>
  );
}

/** Deletes without asking: it can be taken back for a while. */
export function DeleteSection({ onDelete }: { readonly onDelete: () => void }) {
  const words = texts.image.delete;
  return (
    <section
      aria-label={words.title}
      className="flex flex-wrap items-center justify-between gap-4 border-t border-line pt-6 lg:col-span-2"
    >
      <div>
        <h2 className="text-base text-danger">{words.title}</h2>
        <p className="text-sm text-muted">{words.text}</p>
      </div>
      <Button variant="danger" onClick={onDelete}>
        <TrashIcon />
        {words.action}
      </Button>
    </section>
  );
}
