import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { hasCode } from '../api/errors.js';
import { imageQuery } from '../api/images.js';
import type { Preset } from '../api/types.js';
import { givenName } from '../images/image-names.js';
import { Picture } from '../images/picture.js';
import { TILE_SIZE } from '../images/tile.js';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { Field, Input } from '../ui/field.js';
import { FailedNotice, Notice } from '../ui/notice.js';
import { Skeleton } from '../ui/states.js';
import { ImagePicker } from './image-picker.js';
import { PLACES } from './watermark-place.js';

export type Watermark = NonNullable<Preset['watermark']>;

/** As it is when its image was chosen. */
const NEW_WATERMARK = {
  position: 'bottom-right',
  scale: 0.25,
  opacity: 0.8,
  tile: false,
} as const satisfies Omit<Watermark, 'key'>;

/** Chooses the watermark of a preset, its place, size and opacity. */
export function WatermarkFields({
  project,
  watermark,
  onChange,
}: {
  readonly project: string;
  readonly watermark: Watermark | null;
  readonly onChange: (watermark: Watermark | null) => void;
}) {
  const [choosing, setChoosing] = useState(false);
  return (
    <fieldset className="grid gap-4 border-t border-line pt-5">
      <legend className="float-left w-full text-base font-medium">Watermark</legend>
      <p className="text-sm text-muted">
        Another image of the project, drawn over the picture. If it is deleted or made private, the
        preset gives an error, and never the picture without it.
      </p>
      {watermark === null ? (
        <div>
          <Button onClick={() => setChoosing(true)}>Add a watermark…</Button>
        </div>
      ) : (
        <>
          <Chosen
            project={project}
            imageKey={watermark.key}
            onChange={() => setChoosing(true)}
            onRemove={() => onChange(null)}
          />
          <Position
            value={watermark.position}
            onChange={(position) => onChange({ ...watermark, position })}
          />
          <Share
            label="Width"
            of="of the picture"
            value={watermark.scale}
            onChange={(scale) => onChange({ ...watermark, scale })}
          />
          <Share
            label="Opacity"
            value={watermark.opacity}
            onChange={(opacity) => onChange({ ...watermark, opacity })}
          />
          <label className="flex items-center gap-2.5">
            <input
              type="checkbox"
              checked={watermark.tile}
              onChange={({ target }) => onChange({ ...watermark, tile: target.checked })}
              className="size-4.5 accent-accent"
            />
            Repeat it over the whole picture
          </label>
        </>
      )}
      {choosing && (
        <ImagePicker
          project={project}
          title="Choose the watermark"
          visibility="public"
          onClose={() => setChoosing(false)}
          onChoose={({ key }) => {
            setChoosing(false);
            onChange({ ...NEW_WATERMARK, ...watermark, key });
          }}
        />
      )}
    </fieldset>
  );
}

function Chosen({
  project,
  imageKey,
  onChange,
  onRemove,
}: {
  readonly project: string;
  readonly imageKey: string;
  readonly onChange: () => void;
  readonly onRemove: () => void;
}) {
  const image = useQuery(imageQuery(project, imageKey));
  const isGone = hasCode(image.error, 'image_not_found');
  const isHidden = image.data?.visibility === 'private';
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        {image.data && !isGone ? (
          <Picture
            project={project}
            image={image.data}
            alt=""
            size={{ ...TILE_SIZE, fit: 'contain' }}
            className="size-14 shrink-0 rounded-md border border-line"
          />
        ) : (
          <Skeleton className="size-14 shrink-0" />
        )}
        <span className="min-w-0 flex-1 basis-24 truncate text-sm" title={imageKey}>
          {givenName(imageKey)}
        </span>
        <div className="flex gap-2">
          <Button size="sm" onClick={onChange}>
            Choose another…
          </Button>
          <Button size="sm" variant="quiet" aria-label="Remove the watermark" onClick={onRemove}>
            Remove
          </Button>
        </div>
      </div>
      {isGone || isHidden ? (
        <Notice tone="warn" role="status">
          {isGone
            ? 'This image was deleted. Until you choose another one, the preset gives an error.'
            : 'This image is private. Until you choose another one or make it public, the preset gives an error.'}
        </Notice>
      ) : (
        image.error && (
          <FailedNotice error={image.error} busy={image.isFetching} onRetry={image.refetch} />
        )
      )}
    </div>
  );
}

/** Nine radio buttons in the shape of the picture. */
function Position({
  value,
  onChange,
}: {
  readonly value: Watermark['position'];
  readonly onChange: (position: Watermark['position']) => void;
}) {
  const name = useId();
  const places = Object.entries(PLACES) as [Watermark['position'], { readonly label: string }][];
  return (
    <fieldset className="grid gap-1.5">
      <legend className="float-left text-sm font-medium">
        Position: <span className="font-normal">{PLACES[value].label}</span>
      </legend>
      <div className="grid w-fit grid-cols-3 gap-1 rounded-md border border-edge bg-surface p-1">
        {places.map(([place, { label }]) => (
          <label
            key={place}
            className={cn(
              'relative grid h-8 w-11 cursor-pointer place-items-center rounded-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent',
              place === value ? 'bg-accent-soft' : 'hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name={name}
              aria-label={label}
              checked={place === value}
              onChange={() => onChange(place)}
              className="absolute inset-0 cursor-pointer opacity-0"
            />
            <span
              aria-hidden="true"
              className={cn(
                'rounded-sm',
                place === value ? 'h-3 w-4.5 bg-accent' : 'h-1.5 w-2.5 bg-edge',
              )}
            />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A share in per cent, 1 to 100. */
function Share({
  label,
  of = '',
  value,
  onChange,
}: {
  readonly label: string;
  readonly of?: string;
  readonly value: number;
  readonly onChange: (share: number) => void;
}) {
  const percent = Math.round(value * 100);
  return (
    <Field label={`${label}: ${percent} % ${of}`.trim()}>
      <Input
        type="range"
        min={1}
        max={100}
        className="border-none bg-transparent px-0 accent-accent"
        value={percent}
        onChange={({ target }) => onChange(Number(target.value) / 100)}
      />
    </Field>
  );
}
