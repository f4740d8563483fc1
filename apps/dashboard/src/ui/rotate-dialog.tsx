import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from './button.js';
import { type Choice, Choices } from './choices.js';
import { Dialog, DialogActions } from './dialog.js';
import { ErrorNotice } from './notice.js';

/** How long the old secret works as well. */
export interface Overlap<Value extends string> extends Choice<Value> {
  /** 0 ends it at once. */
  readonly seconds: number;
}

/** Asks how long the old secret works as well, and rotates. */
export function RotateDialog<Value extends string>({
  title,
  description,
  label,
  overlaps,
  initial,
  children,
  rotate,
  onClose,
}: {
  readonly title: string;
  readonly description: string;
  readonly label: string;
  readonly overlaps: readonly Overlap<Value>[];
  readonly initial: Value;
  /** Below the choices. */
  readonly children?: ReactNode;
  readonly rotate: (seconds: number) => Promise<void>;
  readonly onClose: () => void;
}) {
  const [chosen, setChosen] = useState(initial);
  const seconds = overlaps.find(({ value }) => value === chosen)?.seconds ?? 0;
  const rotation = useMutation({ mutationFn: () => rotate(seconds), onSuccess: onClose });
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <Choices label={label} choices={overlaps} value={chosen} onChange={setChosen} />
      {children}
      <ErrorNotice error={rotation.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={seconds === 0 ? 'danger' : 'primary'}
          busy={rotation.isPending}
          onClick={() => rotation.mutate()}
        >
          Rotate secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
