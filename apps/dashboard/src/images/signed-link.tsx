import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeLinks, signUrls } from '../api/images.js';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { CopyButton } from '../ui/copy-button.js';
import { Field, Input, Select } from '../ui/field.js';
import { formatDateTime } from '../ui/format.js';
import { LinkIcon } from '../ui/icons.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { noteChanges } from './image-lists.js';
import { signedUrlsOf } from './use-image-url.js';

const DURATIONS = [600, 3600, 86_400, 604_800] as const;

/** Makes links that open the image for a while, and ends them. */
export function SignedLink({
  project,
  image: { key, visibility },
}: {
  readonly project: string;
  readonly image: Image;
}) {
  const words = texts.image.link;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [seconds, setSeconds] = useState<(typeof DURATIONS)[number]>(3600);
  const [stopping, setStopping] = useState(false);
  const sign = useMutation({ mutationFn: () => signUrls(project, [key], seconds) });
  const link = sign.data?.urls[0]?.url;

  const stop = async () => {
    const { linksRevokedAt } = await revokeLinks(project, key);
    noteChanges(queryClient, project, new Map([[key, { linksRevokedAt }]]));
    // This page's own links have ended, too.
    signedUrlsOf(project).renew([key]);
    sign.reset();
    toast({ text: words.stopped });
  };
  return (
    <section aria-label={words.title} className="grid gap-3">
      <div className="grid gap-1">
        <h2 className="text-base">{words.title}</h2>
        <p className="text-sm text-muted">
          {visibility === 'private' ? words.text : words.publicText}
        </p>
      </div>
      <div className="flex flex-wrap items-end gap-2">
        <Field label={words.duration} className="flex-1 basis-32">
          <Select
            value={seconds}
            onChange={({ target }) =>
              setSeconds(DURATIONS.find((one) => String(one) === target.value) ?? 3600)
            }
          >
            {DURATIONS.map((duration) => (
              <option key={duration} value={duration}>
                {words.durations[duration]}
              </option>
            ))}
          </Select>
        </Field>
        <Button variant="primary" busy={sign.isPending} onClick={() => sign.mutate()}>
          <LinkIcon />
          {words.get}
        </Button>
      </div>
      <ErrorNotice error={sign.error} />
      {link && sign.data && (
        <div className="grid gap-1.5">
          <div className="flex gap-2">
            <Input
              readOnly
              aria-label={words.label}
              className="font-mono text-xs"
              value={link}
              onFocus={({ target }) => target.select()}
            />
            <CopyButton size="md" text={link} of={words.label} />
          </div>
          <p role="status" className="text-sm text-muted">
            {words.until} {formatDateTime(sign.data.expiresAt)}. {words.cached}
          </p>
        </div>
      )}
      <div>
        <Button size="sm" variant="danger" onClick={() => setStopping(true)}>
          {words.stop}
        </Button>
      </div>
      {stopping && (
        <ConfirmDialog
          title={words.stopTitle}
          action={words.stopAction}
          onClose={() => setStopping(false)}
          onConfirm={stop}
        >
          {words.stopText}
        </ConfirmDialog>
      )}
    </section>
  );
}
