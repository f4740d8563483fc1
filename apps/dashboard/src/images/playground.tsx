import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { useState } from 'react';
import { currentUrl } from '../api/images.js';
import type { Image } from '../api/types.js';
import { CodeBlock } from '../ui/code-block.js';
import { Field, Input, Select } from '../ui/field.js';
import { Notice } from '../ui/notice.js';
import { PlaygroundResult } from './playground-result.js';
import { showableUrl } from './showable.js';
import { pictureSnippet } from './snippets.js';

const FITS = {
  cover: 'cover: fill and crop',
  contain: 'contain: fit inside',
  face: 'face: crop around faces',
  auto: 'auto: crop around the subject',
} as const;
const FORMATS = {
  auto: 'auto: best for the browser',
  avif: 'AVIF',
  webp: 'WebP',
  jpeg: 'JPEG',
  png: 'PNG',
} as const;
const MAX_SIDE = 8192;
const DEFAULT_QUALITY = 80;
const INITIAL_WIDTH = 640;

/** Tries sizes and formats, and shows the bytes and time of each. */
export function Playground({ image }: { readonly image: Image }) {
  const [width, setWidth] = useState(String(Math.min(INITIAL_WIDTH, image.width)));
  const [height, setHeight] = useState('');
  const [fit, setFit] = useState<keyof typeof FITS>('cover');
  const [format, setFormat] = useState<keyof typeof FORMATS>('auto');
  const [quality, setQuality] = useState(DEFAULT_QUALITY);
  const opened = currentUrl(image);

  const box = { width: parseLength(width), height: parseLength(height) };
  const options: TransformOptions = {
    ...box,
    // Parameters without an effect are left out of the address.
    ...(box.width && box.height && fit !== 'cover' ? { fit } : {}),
    ...(format === 'auto' ? {} : { format }),
    ...(quality === DEFAULT_QUALITY ? {} : { quality }),
  };
  const url = transformed(image, image.url, options);
  return (
    <section
      aria-labelledby="playground"
      className="grid gap-x-8 gap-y-5 border-t border-line pt-6 lg:col-span-2 lg:grid-cols-[17rem_minmax(0,1fr)]"
    >
      <div className="grid gap-1 lg:col-span-2">
        <h2 id="playground" className="text-lg">
          Sizes and formats
        </h2>
        <p className="text-muted">
          Preview what the server delivers. Each address is stable, so you can use it anywhere.
        </p>
      </div>
      <div className="grid content-start gap-4">
        <div className="grid grid-cols-2 gap-3">
          <LengthField label="Width" value={width} onChange={setWidth} />
          <LengthField label="Height" value={height} onChange={setHeight} />
        </div>
        <ChoiceField
          label="Fit"
          choices={FITS}
          value={fit}
          disabled={!box.width || !box.height}
          onChange={setFit}
        />
        <ChoiceField label="Format" choices={FORMATS} value={format} onChange={setFormat} />
        <Field label={`Quality: ${quality}`}>
          <Input
            type="range"
            min={1}
            max={100}
            className="border-none bg-transparent px-0 accent-accent"
            value={quality}
            onChange={({ target }) => setQuality(Number(target.value))}
          />
        </Field>
      </div>
      <PlaygroundResult
        url={opened && transformed(image, opened, options)}
        masterSize={image.size}
        name={image.key}
      />
      <div className="grid min-w-0 gap-3 lg:col-span-2">
        {image.visibility === 'private' && (
          <Notice tone="private">
            This image is private: your server must add a token to these addresses. The SDK’s
            getSignedUrl() creates it. One token is valid for all sizes.
          </Notice>
        )}
        <CodeBlock code={url} of="Address" />
        <CodeBlock
          code={pictureSnippet(image, options)}
          of={image.visibility === 'public' ? '<picture>' : '<picture> on your server'}
        />
      </div>
    </section>
  );
}

/** Without any option, the address is that of the file, which browsers may be unable to show. */
const transformed = (image: Image, url: string, options: TransformOptions): string => {
  const changed = transformUrl(url, options);
  return changed === url ? showableUrl(image, url) : changed;
};

/** A whole number of pixels; `undefined` for other text. */
function parseLength(text: string): number | undefined {
  const length = Number(text);
  return Number.isInteger(length) && length >= 1 ? Math.min(length, MAX_SIDE) : undefined;
}

function LengthField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  return (
    <Field label={label}>
      <Input
        type="number"
        inputMode="numeric"
        min={1}
        max={MAX_SIDE}
        placeholder="auto"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

function ChoiceField<Choice extends string>({
  label,
  choices,
  value,
  disabled,
  onChange,
}: {
  readonly label: string;
  readonly choices: Readonly<Record<Choice, string>>;
  readonly value: Choice;
  readonly disabled?: boolean;
  readonly onChange: (choice: Choice) => void;
}) {
  return (
    <Field label={label}>
      <Select
        value={value}
        disabled={disabled}
        // The options are the keys of `choices`.
        onChange={({ target }) => onChange(target.value as Choice)}
      >
        {Object.entries<string>(choices).map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </Select>
    </Field>
  );
}
