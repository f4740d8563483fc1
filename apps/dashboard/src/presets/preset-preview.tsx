import { transformUrl } from '@auraimage/sdk/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { imageQuery } from '../api/images.js';
import { choicesQuery, signedUrlQuery } from '../api/presets.js';
import type { Image } from '../api/types.js';
import { givenName } from '../images/image-names.js';
import { PlaygroundResult } from '../images/playground-result.js';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { Notice } from '../ui/notice.js';
import { Loaded, Skeleton } from '../ui/states.js';
import { ImagePicker } from './image-picker.js';
import { transformedUrl } from './transform-text.js';
import type { Watermark } from './watermark-fields.js';
import { overlayStyle } from './watermark-place.js';

interface PreviewProps {
  readonly project: string;
  /** As typed; the server says what is wrong with it. */
  readonly transform: string;
  readonly watermark: Watermark | null;
}

/**
 * One of the project's images as a preset shows it that is not saved yet: the server makes the variant, and this page
 * draws the watermark over it, as the server does for the saved preset.
 */
export function PresetPreview({
  project,
  isOpen,
  className,
  ...preset
}: PreviewProps & {
  /** Whether no token is needed. */
  readonly isOpen: boolean;
  readonly className?: string;
}) {
  const newest = useQuery(choicesQuery(project, ''));
  const [chosen, setChosen] = useState<Image | null>(null);
  const [choosing, setChoosing] = useState(false);
  return (
    <section aria-label="Preview" className={cn('grid min-w-0 content-start gap-3', className)}>
      <Loaded query={newest} skeleton={<Skeleton className="h-80" />}>
        {({ images: [first] }) => {
          const image = chosen ?? first;
          if (image === undefined) {
            return (
              <p className="crop-marks px-6 py-12 text-center text-muted">
                Upload an image to this project to preview the preset on it.
              </p>
            );
          }
          return (
            <>
              <div className="flex flex-wrap items-center justify-between gap-2">
                <h2 className="min-w-0 truncate text-base">
                  Preview <span className="font-normal text-muted">on {givenName(image.key)}</span>
                </h2>
                <Button size="sm" onClick={() => setChoosing(true)}>
                  Use another image…
                </Button>
              </div>
              <Variant project={project} image={image} {...preset} />
              {isOpen && (
                <Notice tone="warn" role="status">
                  Anyone who knows an address can see private images like this.
                </Notice>
              )}
            </>
          );
        }}
      </Loaded>
      {choosing && (
        <ImagePicker
          project={project}
          title="Preview on another image"
          onClose={() => setChoosing(false)}
          onChoose={(image) => {
            setChosen(image);
            setChoosing(false);
          }}
        />
      )}
    </section>
  );
}

/** Wide enough for a sharp watermark in the preview. */
const MARK_WIDTH = 1024;

function Variant({
  project,
  image,
  transform,
  watermark,
}: PreviewProps & { readonly image: Image }) {
  const signed = useQuery(signedUrlQuery(project, image.key));
  const mark = useQuery({
    ...imageQuery(project, watermark?.key ?? ''),
    enabled: watermark !== null,
  });
  const signedMark = useQuery({
    ...signedUrlQuery(project, watermark?.key ?? ''),
    enabled: watermark !== null,
  });
  const drawn = mark.data?.visibility === 'public' ? mark.data : null;
  return (
    <Loaded query={signed} skeleton={<Skeleton className="h-80" />}>
      {(url) => (
        <PlaygroundResult
          url={url && transformedUrl(url, project, transform || 'fmt=auto')}
          masterSize={image.size}
          name={givenName(image.key)}
          overlay={(size) =>
            watermark &&
            drawn &&
            signedMark.data && (
              <div
                aria-hidden="true"
                data-watermark
                className="pointer-events-none absolute inset-0"
                style={overlayStyle(
                  watermark,
                  drawn,
                  size,
                  transformUrl(signedMark.data, { width: MARK_WIDTH }),
                )}
              />
            )
          }
        />
      )}
    </Loaded>
  );
}
