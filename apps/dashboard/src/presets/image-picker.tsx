import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { choicesQuery } from '../api/presets.js';
import type { Image, Visibility } from '../api/types.js';
import { givenName, parseSearch } from '../images/image-names.js';
import { Picture } from '../images/picture.js';
import { TILE_SIZE } from '../images/tile.js';
import { Dialog } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { Loaded, LoadingArea, Skeleton } from '../ui/states.js';
import { useDebounced } from '../ui/use-debounced.js';

const DEBOUNCE_MS = 250;

/** A dialog to choose one of the project's images, by its picture or a part of its name. */
export function ImagePicker({
  project,
  title,
  visibility,
  onChoose,
  onClose,
}: {
  readonly project: string;
  readonly title: string;
  /** Offers only such images. */
  readonly visibility?: Visibility;
  readonly onChoose: (image: Image) => void;
  readonly onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const q = useDebounced(parseSearch(typed), DEBOUNCE_MS);
  const choices = useQuery({
    ...choicesQuery(project, q, visibility),
    placeholderData: (before) => before,
  });
  return (
    <Dialog
      title={title}
      description={visibility === 'public' ? 'Only public images can be watermarks.' : undefined}
      onClose={onClose}
    >
      <Field label="Search by name">
        <Input
          type="search"
          autoFocus
          autoComplete="off"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </Field>
      <Loaded query={choices} skeleton={<Choosing />}>
        {({ images, cursor }) => (
          <>
            <p role="status" className={images.length === 0 ? 'text-muted' : 'sr-only'}>
              {images.length === 0
                ? `There is no ${visibility ?? ''} image ${q ? `with “${q}” in its name` : 'yet'}.`
                : `${images.length} images`}
            </p>
            <ul className="grid max-h-[48dvh] grid-cols-3 gap-2 overflow-y-auto p-1 sm:grid-cols-4">
              {images.map((image) => (
                <li key={image.key} className="min-w-0">
                  <button
                    type="button"
                    onClick={() => onChoose(image)}
                    className="grid w-full gap-1 rounded-md text-left hover:bg-hover"
                  >
                    <Picture
                      project={project}
                      image={image}
                      alt=""
                      size={{ ...TILE_SIZE, fit: 'contain' }}
                      className="aspect-square rounded-md border border-line"
                    />
                    <span className="truncate text-xs text-muted">{givenName(image.key)}</span>
                  </button>
                </li>
              ))}
            </ul>
            {cursor !== null && (
              <p className="text-sm text-muted">
                These are the newest. Type a part of a name to find others.
              </p>
            )}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}

function Choosing() {
  return (
    <LoadingArea className="grid-cols-3 gap-2 sm:grid-cols-4">
      {[0, 1, 2, 3].map((tile) => (
        <Skeleton key={tile} className="aspect-square" />
      ))}
    </LoadingArea>
  );
}
