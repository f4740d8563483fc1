import { useQueryClient } from '@tanstack/react-query';
import { GlobeIcon, LockIcon } from 'lucide-react';
import { useState } from 'react';
import { setVisibility } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import type { Image, Visibility } from '../api/types.js';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';

/** What a change means for existing copies and links: see docs/guides/private-images.md. */
export const VISIBILITY_CONSEQUENCES = {
  private:
    'From now on, the image opens only with a signed link. Browsers that loaded it while it was public keep their copy for up to a year, and so may caches between them and this server. No server can delete those copies.',
  public:
    'Anyone with the address can open the image without a link, and browsers keep it for up to a year. If you make it private later, those copies remain. Signed links keep working.',
} as const satisfies Record<Visibility, string>;

/** Shows whether an image is public or private, and changes it. */
export function VisibilitySection({
  project,
  image: { key, visibility },
}: {
  readonly project: string;
  readonly image: Image;
}) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [confirming, setConfirming] = useState(false);
  const mayEdit = useMayEdit();
  const isPrivate = visibility === 'private';
  const other: Visibility = isPrivate ? 'public' : 'private';
  return (
    <section
      aria-label="Visibility"
      className={cn(
        'grid gap-3 rounded-lg border p-4',
        isPrivate ? 'border-private/40 bg-private-soft' : 'border-line bg-surface',
      )}
    >
      <h2 className={cn('flex items-center gap-2 text-base', isPrivate && 'text-private')}>
        {isPrivate ? <LockIcon /> : <GlobeIcon />}
        {isPrivate ? 'Private' : 'Public'}
      </h2>
      <p className="text-sm">
        {isPrivate
          ? 'It opens only with a signed link that has not expired.'
          : 'Anyone with the address can open it.'}
      </p>
      {mayEdit && (
        <div>
          <Button onClick={() => setConfirming(true)}>Make {other}…</Button>
        </div>
      )}
      {confirming && (
        <ConfirmDialog
          title={`Make this image ${other}?`}
          action={`Make ${other}`}
          danger={other === 'public'}
          onClose={() => setConfirming(false)}
          onConfirm={async () => {
            await setVisibility(project, key, other);
            applyChanges(queryClient, project, new Map([[key, { visibility: other }]]));
            toast({ text: `The image is now ${other}` });
          }}
        >
          {VISIBILITY_CONSEQUENCES[other]}
        </ConfirmDialog>
      )}
    </section>
  );
}
