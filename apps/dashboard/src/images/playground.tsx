import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { useState } from 'react';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { CodeBlock } from '../ui/code-block.js';
import { Field, Input, Select } from '../ui/field.js';
import { Notice } from '../ui/notice.js';
import { pictureSnippet } from './picture-snippet.js';
import { PlaygroundResult } from './playground-result.js';
import { useImageUrl } from './use-image-url.js';

const FITS = ['cover', 'contain', 'face', 'auto'] as const;
const FORMATS = ['auto', 'avif', 'webp', 'jpeg', 'png'] as const;
const MOST = 8192;
const DEFAULT_QUALITY = 80;
const FIRST_WIDTH = 640;

/** Tries sizes and formats on the image, with what each costs. */
export function Playground({
  project,
  image,
}: {
  readonly project: string;
  readonly image: Image;
}) {
  const words = texts.image.playground;
  const [width, setWidth] = useState(String(Math.min(FIRST_WIDTH, image.width)));
  const [height, setHeight] = useState('');
  const [fit, setFit] = useState<(typeof FITS)[number]>('cover');
  const [format, setFormat] = useState<(typeof FORMATS)[number]>('auto');
  const [quality, setQuality] = useState(DEFAULT_QUALITY);
  const signed = useImageUrl(project, image);

  const box = { width: readLength(width), height: readLength(height) };
  const options: TransformOptions = {
    ...box,
    // With one length alone, or at its default, it would say nothing.
    ...(box.width && box.height && fit !== 'cover' ? { fit } : {}),
    ...(format === 'auto' ? {} : { format }),
    ...(quality === DEFAULT_QUALITY ? {} : { quality }),
  };
  const url = transformUrl(image.url, options);
  return (
    <section
      aria-labelledby="playground"
      className="grid gap-x-8 gap-y-5 border-t border-line pt-6 lg:col-span-2 lg:grid-cols-[17rem_minmax(0,1fr)]"
    >
      <div className="grid gap-1 lg:col-span-2">
        <h2 id="playground" className="text-lg">
          {words.title}
        </h2>
        <p className="text-muted">{words.text}</p>
      </div>
      <div className="grid content-start gap-4">
        <div className="grid grid-cols-2 gap-3">
          <Length label={words.width} value={width} onChange={setWidth} />
          <Length label={words.height} value={height} onChange={setHeight} />
        </div>
        <Field label={words.fit}>
          <Select
            value={fit}
            disabled={!box.width || !box.height}
            onChange={({ target }) => setFit(FITS.find((one) => one === target.value) ?? 'cover')}
          >
            {FITS.map((one) => (
              <option key={one} value={one}>
                {words.fits[one]}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={words.format}>
          <Select
            value={format}
            onChange={({ target }) =>
              setFormat(FORMATS.find((one) => one === target.value) ?? 'auto')
            }
          >
            {FORMATS.map((one) => (
              <option key={one} value={one}>
                {words.formats[one]}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={`${words.quality}: ${quality}`}>
          <Range value={quality} onChange={setQuality} />
        </Field>
      </div>
      <PlaygroundResult
        url={signed && transformUrl(signed, options)}
        masterSize={image.size}
        name={image.key}
      />
      <div className="grid min-w-0 gap-3 lg:col-span-2">
        {image.visibility === 'private' && <Notice tone="private">{words.unsigned}</Notice>}
        <CodeBlock code={url} of={words.url} />
        <CodeBlock code={pictureSnippet(image, options)} of={words.picture} />
      </div>
    </section>
  );
}

/** A whole number of pixels; `undefined` where there is none. */
function readLength(text: string): number | undefined {
  const length = Number(text);
  return Number.isInteger(length) && length >= 1 ? Math.min(length, MOST) : undefined;
}

function Length({
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
        max={MOST}
        placeholder={texts.image.playground.auto}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

function Range({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (quality: number) => void;
}) {
  return (
    <Input
      type="range"
      min={1}
      max={100}
      className="border-none bg-transparent px-0 accent-accent"
      value={value}
      onChange={({ target }) => onChange(Number(target.value))}
    />
  );
}
