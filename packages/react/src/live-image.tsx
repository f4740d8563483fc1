'use client';

import { transformUrl } from '@auraimage/sdk/client';
import { type CSSProperties, type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { getImageProps } from './image-props.js';
import { imageAt, isTransformable, mergeSettings, requireSource } from './image-source.js';
import { PlainImage, type PlainImageProps } from './plain-image.js';
import { useProvided } from './provider.js';
import { useBlurhash } from './use-blurhash.js';
import { useFade } from './use-fade.js';
import { type RenewalOptions, useRenewedUrl } from './use-renewed-url.js';
import { useTelemetry } from './use-telemetry.js';

export interface LiveImageProps extends PlainImageProps, RenewalOptions {
  /** Whether to show the server's 50-pixel version until the image has loaded. */
  readonly lqip: boolean;
  /** `data:` URL of a decoded blurhash; it precedes `lqip`. */
  readonly blurhashImage: string | null;
  /** Whether to request the blurhash from the CDN. */
  readonly fetchesBlurhash: boolean;
  /** Whether the page reports its largest contentful paint. */
  readonly telemetry: boolean;
}

/** The part of `<AuraImage>` that needs client-side React: provider, fade-in and URL renewal. */
export function LiveImage({
  lqip,
  blurhashImage,
  fetchesBlurhash,
  telemetry,
  refreshUrl,
  onExpired,
  ...props
}: LiveImageProps) {
  const provided = useProvided();
  const settings = mergeSettings(props, provided);
  const source = requireSource(props.src, settings);
  const shown = imageAt(source, settings);
  // Without a token there is nothing to renew.
  const key = shown?.token ? shown.name : null;
  const { renew } = provided;
  const renewWithOthers = key !== null && renew !== undefined ? () => renew(key) : undefined;
  const load = (url: string) => loadImage({ ...props, src: url });
  const renewal = { refreshUrl: refreshUrl ?? renewWithOthers, onExpired };
  const { url, onLoad, onError } = useRenewedUrl(source, renewal, load);
  const placeholder = blurhashImage ?? (lqip ? lqipUrl(source) : null);
  const fade = useFade(placeholder !== null);
  const [isSettled, setSettled] = useState(false);
  const fetched = useBlurhash(fetchesBlurhash ? shown : null, fade.ref);
  useTelemetry(telemetry ? shown : null);

  // An image that loaded or failed before hydration fired its event before there was a listener.
  const early = useRef({ onLoad, onError });
  useEffect(() => {
    const { complete, naturalWidth } = fade.ref.current ?? { complete: false, naturalWidth: 0 };
    if (!complete) return;
    setSettled(true);
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
      setSettled(true);
      props.onLoad?.(event);
    },
    onError: (event: SyntheticEvent<HTMLImageElement>) => {
      onError();
      fade.onError();
      setSettled(true);
      props.onError?.(event);
    },
  };
  if (placeholder === null) {
    // Without a frame, which would move the image while it loads.
    const behind = fetched !== null && !isSettled ? backgroundOf(fetched) : {};
    return <PlainImage {...image} style={{ ...behind, ...image.style }} />;
  }
  const { className, style, ...inner } = image;
  return (
    // Server and browser may round a blurhash's colours differently.
    <span
      suppressHydrationWarning
      className={className}
      style={{ ...FRAME, ...(fade.done ? {} : backgroundOf(placeholder)), ...style }}
    >
      <PlainImage {...inner} style={{ ...FILLING, ...fade.style }} />
    </span>
  );
}

/** As large as its image, unless the caller sets a size: then the image fills it. */
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

function backgroundOf(placeholder: string): CSSProperties {
  return {
    backgroundImage: cssUrl(placeholder),
    backgroundSize: 'cover',
    backgroundPosition: 'center',
    backgroundRepeat: 'no-repeat',
  };
}

/** URL of the server's 50-pixel version, with the token of a signed URL; `null` for `data:` URLs. */
export function lqipUrl(url: string): string | null {
  return isTransformable(url) ? transformUrl(url, { lqip: true }) : null;
}

/** A URL as a value of a CSS property, with everything escaped that could end the string. */
export function cssUrl(url: string): string {
  return `url("${url.replace(/["\\\n\r\f]/g, encodeURIComponent)}")`;
}

/** Loads and decodes what the `<img>` will show, so that swapping its `src` does not flicker. */
async function loadImage(props: PlainImageProps): Promise<void> {
  const { src, srcSet, sizes } = getImageProps(props);
  const image = new Image();
  if (props.crossOrigin !== undefined) image.crossOrigin = props.crossOrigin;
  if (sizes !== undefined) image.sizes = sizes;
  if (srcSet !== undefined) image.srcset = srcSet;
  image.src = src;
  await image.decode();
}
