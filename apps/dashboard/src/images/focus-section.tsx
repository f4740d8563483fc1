import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { setFocus } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import type { Image } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { CENTRE, formatPoint, parsePercent, toPercent } from './focal-point.js';
import { CropPreviews, FocusPicker } from './focus-picker.js';
import { applyChanges } from './image-lists.js';

export interface FocusSectionProps {
  readonly project: string;
  readonly image: Image;
}

/** Shows the point that crops keep in view, and chooses it. */
export function FocusSection(props: FocusSectionProps) {
  const [open, setOpen] = useState(false);
  const mayEdit = useMayEdit();
  const { focus, version, visibility } = props.image;
  return (
    <section aria-label="Focal point" className="grid gap-2">
      <h2 className="text-base">Focal point</h2>
      <p className="text-sm">
        {focus === null ? (
          <span className="text-muted">Crops keep the middle in view.</span>
        ) : (
          `${formatPoint(focus)}.`
        )}
      </p>
      {focus !== null && visibility === 'public' && (
        <p className="text-sm text-muted">
          Browsers keep crops for up to a year. Add <code className="text-xs">v={version}</code> to
          their addresses to show new ones.
        </p>
      )}
      {mayEdit && (
        <div>
          <Button size="sm" onClick={() => setOpen(true)}>
            {focus === null ? 'Choose a point…' : 'Change the point…'}
          </Button>
        </div>
      )}
      {open && <FocusDialog {...props} onClose={() => setOpen(false)} />}
    </section>
  );
}

function FocusDialog({
  project,
  image,
  onClose,
}: FocusSectionProps & { readonly onClose: () => void }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [point, setPoint] = useState(image.focus ?? CENTRE);
  const save = useMutation({
    mutationFn: (focus: Image['focus']) => setFocus(project, image.key, focus),
    onSuccess: ({ focus = null, version = image.version }) => {
      applyChanges(queryClient, project, new Map([[image.key, { focus, version }]]));
      toast({
        text: focus === null ? 'Crops keep the middle in view again' : 'The focal point is saved',
      });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate(point);
  };
  return (
    <Dialog
      title="Choose the focal point"
      description="Crops by fit=cover and fit=auto keep this point in view."
      onClose={onClose}
    >
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={save.error} />
        <FocusPicker project={project} image={image} point={point} onChange={setPoint} />
        <div className="grid grid-cols-2 gap-3">
          <PercentField
            label="From the left, in %"
            share={point.x}
            onChange={(x) => setPoint({ ...point, x })}
          />
          <PercentField
            label="From the top, in %"
            share={point.y}
            onChange={(y) => setPoint({ ...point, y })}
          />
        </div>
        <CropPreviews project={project} image={image} point={point} />
        <DialogActions>
          {image.focus !== null && (
            <Button
              variant="quiet"
              className="mr-auto"
              busy={save.isPending && save.variables === null}
              onClick={() => !save.isPending && save.mutate(null)}
            >
              Remove
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" busy={save.isPending && save.variables !== null}>
            Save point
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** A share of the picture in percent. What is typed stays as it is, also while it is no number, until the point moves. */
function PercentField({
  label,
  share,
  onChange,
}: {
  readonly label: string;
  readonly share: number;
  readonly onChange: (share: number) => void;
}) {
  const [typed, setTyped] = useState({ text: toPercent(share), share });
  return (
    <Field label={label}>
      <Input
        type="number"
        inputMode="decimal"
        min={0}
        max={100}
        step="any"
        required
        value={typed.share === share ? typed.text : toPercent(share)}
        onChange={({ target }) => {
          const changed = parsePercent(target.value) ?? share;
          setTyped({ text: target.value, share: changed });
          onChange(changed);
        }}
      />
    </Field>
  );
}
