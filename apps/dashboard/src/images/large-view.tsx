import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { buttonClass } from '../ui/button.js';
import { givenName } from './image-facts.js';
import { Picture } from './picture.js';
import { useImageUrl } from './use-image-url.js';

/** Wide enough for the column on common screens; the original is one click away. */
const SIZE = { width: 1080 } as const;

export function LargeView({ project, image }: { readonly project: string; readonly image: Image }) {
  const words = texts.image;
  const url = useImageUrl(project, image);
  const { width, height } = image;
  return (
    <figure className="grid grid-rows-[1fr_auto] gap-2">
      <div className="grid place-items-center rounded-lg border border-line bg-sunken p-2 sm:p-4">
        {/* As large as it is, as wide as the column, and never higher than the window. */}
        <div
          className="w-full"
          style={{
            maxWidth: `min(${width}px, calc(72dvh * ${width / height}))`,
            aspectRatio: `${width} / ${height}`,
          }}
        >
          <Picture
            project={project}
            image={image}
            alt={words.alt(givenName(image.key))}
            size={SIZE}
            className="size-full rounded-sm"
          />
        </div>
      </div>
      <figcaption className="flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
        <span className="min-w-0 font-mono text-xs break-all">{image.url}</span>
        <a
          href={url ?? image.url}
          target="_blank"
          rel="noreferrer"
          className={buttonClass('secondary', 'sm')}
        >
          {words.original}
        </a>
      </figcaption>
    </figure>
  );
}
