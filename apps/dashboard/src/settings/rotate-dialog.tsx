import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { graceQuery, rotateServeSecret } from '../api/secrets.js';
import { signedUrlsOf } from '../images/use-image-url.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Choices } from '../ui/choices.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';

const GRACE_SECONDS = { week: 604_800, day: 86_400, hour: 3600, none: 0 } as const;
type Grace = keyof typeof GRACE_SECONDS;
const GRACES: readonly Grace[] = ['week', 'day', 'hour', 'none'];

export function RotateDialog({
  project,
  hasPrevious,
  onRotated,
  onClose,
}: {
  readonly project: string;
  /** A grace runs already: it ends with this rotation. */
  readonly hasPrevious: boolean;
  readonly onRotated: () => void;
  readonly onClose: () => void;
}) {
  const words = texts.settings.serveSecret;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [grace, setGrace] = useState<Grace>('week');
  const rotate = useMutation({
    mutationFn: () => rotateServeSecret(project, GRACE_SECONDS[grace]),
    onSuccess: (after) => {
      queryClient.setQueryData(graceQuery(project).queryKey, after);
      onRotated();
      // Those that the pages show are signed by the old one.
      signedUrlsOf(project).renewAll();
      toast({ text: words.rotated });
      onClose();
    },
  });
  return (
    <Dialog title={words.rotateTitle} description={words.rotateText} onClose={onClose}>
      <Choices
        label={words.graceLabel}
        choices={GRACES.map((value) => ({ value, ...words.graces[value] }))}
        value={grace}
        onChange={setGrace}
      />
      {hasPrevious && <Notice tone="warn">{words.replacesGrace}</Notice>}
      <ErrorNotice error={rotate.error} />
      <DialogActions>
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button
          variant={grace === 'none' ? 'danger' : 'primary'}
          busy={rotate.isPending}
          onClick={() => rotate.mutate()}
        >
          {words.rotateAction}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
