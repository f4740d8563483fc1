'use client';

import { type CSSProperties, type SyntheticEvent, useEffect, useRef } from 'react';
import { getImageProps } from './image-props.js';
import { requireSource } from './image-source.js';
import { cssUrl, lqipUrl } from './placeholder-url.js';
import { PlainImage, type PlainImageProps } from './plain-image.js';
import { useAuraSettings } from './provider.js';
import { useFade } from './use-fade.js';
import { type RenewalOptions, useRenewedUrl } from './use-renewed-url.js';

export interface LiveImageProps extends PlainImageProps, RenewalOptions {
  /** Whether the server's stand-in is shown until the image is there. */
  readonly lqip: boolean;
  /** Address of another stand-in. */
  readonly backdrop: string | null;
}

/** What of `<AuraImage>` needs the page to be alive: the provider, the fade, the renewal. */
export function LiveImage({ lqip, backdrop, refreshUrl, onExpired, ...props }: LiveImageProps) {
  const source = requireSource(props.src, props, useAuraSettings());
  const load = (url: string) => loadImage({ ...props, src: url });
  const { url, onLoad, onError } = useRenewedUrl(source, { refreshUrl, onExpired }, load);
  const standIn = backdrop ?? (lqip ? lqipUrl(source) : null);
  const fade = useFade(standIn !== null);

  // What ended before the page came alive told nobody.
  const early = useRef({ onLoad, onError });
  useEffect(() => {
    const { complete, naturalWidth } = fade.ref.current ?? { complete: false, naturalWidth: 0 };
    if (!complete) return;
    if (naturalWidth > 0) early.current.onLoad();
    else early.current.onError();
  }, [fade.ref]);

  const image: PlainImageProps = {
    ...props,
    src: url,
    imageRef: fade.ref,
    onLoad: (event: SyntheticEvent<HTMLImageElement>) => {
      onLoad();
      fade.onLoad();
      props.onLoad?.(event);
    },
    onError: (event: SyntheticEvent<HTMLImageElement>) => {
      onError();
      fade.onError();
      props.onError?.(event);
    },
  };
  if (standIn === null) return <PlainImage {...image} />;
  const { className, style, ...inner } = image;
  return (
    // Two engines may round a colour of a blurhash differently.
    <span
      suppressHydrationWarning
      className={className}
      style={{ ...FRAME, ...(fade.done ? {} : backgroundOf(standIn)), ...style }}
    >
      <PlainImage {...inner} style={{ ...FILLING, ...fade.style }} />
    </span>
  );
}

/** As large as its image, unless the caller gives it a size: then the image fills it. */
const FRAME: CSSProperties = {
  display: 'inline-block',
  maxWidth: '100%',
  overflow: 'hidden',
  verticalAlign: 'bottom',
};

const FILLING: CSSProperties = {
  display: 'block',
  minWidth: '100%',
  minHeight: '100%',
  maxHeight: '100%',
};

function backgroundOf(standIn: string): CSSProperties {
  return {
    backgroundImage: cssUrl(standIn),
    backgroundSize: 'cover',
    backgroundPosition: 'center',
    backgroundRepeat: 'no-repeat',
  };
}

/** Loads and decodes what the `<img>` will show, so that it can show it at once. */
async function loadImage(props: PlainImageProps): Promise<void> {
  const { src, srcSet, sizes } = getImageProps(props);
  const image = new Image();
  if (props.crossOrigin !== undefined) image.crossOrigin = props.crossOrigin;
  if (sizes !== undefined) image.sizes = sizes;
  if (srcSet !== undefined) image.srcset = srcSet;
  image.src = src;
  await image.decode();
}
