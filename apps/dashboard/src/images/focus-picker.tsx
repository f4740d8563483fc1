import type { Point } from '@auraimage/protocol';
import { type KeyboardEvent, type PointerEvent, useId } from 'react';
import type { Image } from '../api/types.js';
import { formatPoint, movedPoint, objectPosition, placedPoint } from './focal-point.js';
import { givenName } from './image-names.js';
import { Picture } from './picture.js';

interface FocusProps {
  readonly project: string;
  readonly image: Image;
  readonly point: Point;
}

/** One variant for the picture and its crops, which this browser cuts out. */
const WHOLE = { width: 640 } as const;

/** The picture with its focal point, which a pointer and the arrow keys move. */
export function FocusPicker({
  project,
  image,
  point,
  onChange,
}: FocusProps & { readonly onChange: (point: Point) => void }) {
  const hintId = useId();
  const { width, height } = image;
  const place = ({ currentTarget, clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    onChange(placedPoint((clientX - left) / width, (clientY - top) / height));
  };
  const move = (event: KeyboardEvent) => {
    const moved = movedPoint(point, event.key, event.shiftKey);
    if (moved === null) return;
    event.preventDefault();
    onChange(moved);
  };
  return (
    <div className="grid gap-1.5">
      <div className="grid place-items-center rounded-md border border-line bg-sunken p-2">
        <button
          type="button"
          data-autofocus
          aria-label="Focal point on the picture"
          aria-describedby={hintId}
          className="relative w-full cursor-crosshair touch-none rounded-sm"
          style={{
            maxWidth: `calc(38dvh * ${width / height})`,
            aspectRatio: `${width} / ${height}`,
          }}
          onKeyDown={move}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            place(event);
          }}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) place(event);
          }}
        >
          <Picture
            project={project}
            image={image}
            alt={`The image ${givenName(image.key)}`}
            size={WHOLE}
            className="size-full rounded-sm"
          />
          {/* White within black, to be seen on any picture. */}
          <span
            className="pointer-events-none absolute size-7 -translate-1/2 rounded-full border-2 border-[white] outline-2 outline-[black]"
            style={{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}
          />
        </button>
      </div>
      <p id={hintId} className="text-sm text-muted">
        Click the picture, or use the arrow keys: with Shift, steps are larger.
      </p>
      <p role="status" className="sr-only">
        {formatPoint(point)}
      </p>
    </div>
  );
}

const RATIOS = [
  { name: '16:9', ratio: 16 / 9 },
  { name: '1:1', ratio: 1 },
  { name: '3:4', ratio: 3 / 4 },
] as const;

/** What the server will cut out around the point, in a few aspect ratios. */
export function CropPreviews({ project, image, point }: FocusProps) {
  return (
    <ul aria-label="Crops" className="flex items-end gap-3">
      {RATIOS.map(({ name, ratio }) => (
        <li key={name} className="grid min-w-0 gap-1" style={{ flex: `${ratio} 1 0` }}>
          <div style={{ aspectRatio: ratio }}>
            <Picture
              project={project}
              image={image}
              alt={`Cropped to ${name}`}
              size={WHOLE}
              position={objectPosition(point, image.width / image.height, ratio)}
              className="size-full rounded-sm border border-line"
            />
          </div>
          <span className="text-center text-xs text-muted">{name}</span>
        </li>
      ))}
    </ul>
  );
}
