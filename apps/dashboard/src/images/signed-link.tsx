import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LinkIcon } from 'lucide-react';
import { useState } from 'react';
import { revokeLinks, signUrls } from '../api/images.js';
import type { Image } from '../api/types.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { Field, Input, Select } from '../ui/field.js';
import { formatDateTime } from '../ui/format.js';
import { ErrorNotice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';
import { useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';
import { isShowable, showableNote, showableUrl } from './showable.js';

const LIFETIMES = [
  [600, '10 minutes'],
  [3600, '1 hour'],
  [86_400, '1 day'],
  [604_800, '7 days'],
] as const;

/** Creates signed links to the image, and revokes them. */
export function SignedLink({
  project,
  image,
}: {
  readonly project: string;
  readonly image: Image;
}) {
  const { key, visibility } = image;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [seconds, setSeconds] = useState(3600);
  const [revoking, setRevoking] = useState(false);
  const sign = useMutation({ mutationFn: () => signUrls(project, [key], seconds) });
  const signed = sign.data?.urls[0]?.url;
  const link = signed && showableUrl(image, signed);

  const revoke = async () => {
    const { linksRevokedAt } = await revokeLinks(project, key);
    applyChanges(queryClient, project, new Map([[key, { linksRevokedAt }]]));
    sign.reset();
    toast({ text: 'All links to this image are revoked' });
  };
  return (
    <section aria-label="Signed link" className="grid gap-3">
      <div className="grid gap-1">
        <h2 className="text-base">Signed link</h2>
        <p className="text-sm text-muted">
          {visibility === 'private'
            ? 'Anyone who has the link can open this image until the link expires.'
            : 'This image is public, so its plain address opens it. A signed link keeps working if you make the image private.'}
        </p>
      </div>
      <div className="flex flex-wrap items-end gap-2">
        <Field label="Expires after" className="flex-1 basis-32">
          <Select value={seconds} onChange={({ target }) => setSeconds(Number(target.value))}>
            {LIFETIMES.map(([lifetime, text]) => (
              <option key={lifetime} value={lifetime}>
                {text}
              </option>
            ))}
          </Select>
        </Field>
        <Button variant="primary" busy={sign.isPending} onClick={() => sign.mutate()}>
          <LinkIcon />
          Get a signed link
        </Button>
      </div>
      <ErrorNotice error={sign.error} />
      {link && sign.data && (
        <div className="grid gap-1.5">
          <div className="flex gap-2">
            <Input
              readOnly
              aria-label="Signed link"
              className="font-mono text-xs"
              value={link}
              onFocus={({ target }) => target.select()}
            />
            <CopyButton size="md" text={link} of="Signed link" />
          </div>
          <p role="status" className="text-sm text-muted">
            Expires <RelativeTime iso={sign.data.expiresAt} />, on{' '}
            {formatDateTime(sign.data.expiresAt)}. A browser that has opened it keeps its copy for 5
            more minutes.
          </p>
          {!isShowable(image) && <p className="text-sm text-muted">{showableNote(image)}</p>}
        </div>
      )}
      <div>
        <Button size="sm" variant="danger" onClick={() => setRevoking(true)}>
          Revoke all links…
        </Button>
      </div>
      {revoking && (
        <ConfirmDialog
          title="Revoke all links to this image?"
          action="Revoke links"
          onClose={() => setRevoking(false)}
          onConfirm={revoke}
        >
          <p>
            Every link that was signed so far stops working immediately, no matter who has it. Links
            that you sign afterwards work. Browsers keep existing copies for up to 5 minutes.
          </p>
          <p>
            A new link needs the claim <code>iat</code>, which the SDK and this page set. If your
            own code signs without it, its links to this image stop working for good, new ones too:
            add <code>iat</code>, or rotate the serve secret.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
