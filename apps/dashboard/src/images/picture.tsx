import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { useQueryClient } from '@tanstack/react-query';
import { TriangleAlertIcon } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { currentUrl } from '../api/images.js';
import type { Image } from '../api/types.js';
import { cn } from '../ui/cn.js';
import { Blurhash } from './blurhash.js';
import { invalidateUrls } from './image-lists.js';

export interface PictureProps {
  readonly project: string;
  readonly image: Image;
  readonly alt: string;
  /** Size in CSS pixels; screens with two device pixels per CSS pixel load twice the size. */
  readonly size: TransformOptions & { readonly width: number };
  /** The CSS `object-position` of a crop to the box, which this browser makes. Absent: the whole is shown. */
  readonly position?: string;
  readonly className?: string;
}

const MAX_SIDE = 8192;

/** A variant of a public or private image, with its blurhash as placeholder. */
export function Picture({ project, image, alt, size, position, className }: PictureProps) {
  const queryClient = useQueryClient();
  const url = currentUrl(image);
  const source = url && { url, ...sourcesOf(url, size) };
  // Its address may have expired or been revoked elsewhere.
  const onFailed = () => {
    if (image.visibility === 'private') invalidateUrls(queryClient, project, image.key);
  };
  return (
    <div className={cn('relative overflow-hidden bg-sunken', className)}>
      <Blurhash hash={image.blurhash} className="absolute inset-0 size-full" />
      {source && (
        <Loading
          key={image.key}
          source={source}
          alt={alt}
          isCropped={size.fit === 'cover' || position !== undefined}
          position={position}
          onFailed={onFailed}
        />
      )}
    </div>
  );
}

function sourcesOf(url: string, { width, height, ...rest }: PictureProps['size']) {
  const at = (density: number) =>
    transformUrl(url, {
      ...rest,
      width: Math.min(MAX_SIDE, width * density),
      height: height && Math.min(MAX_SIDE, height * density),
    });
  return { src: at(1), srcSet: `${at(1)} 1x, ${at(2)} 2x` };
}

type Source = { readonly url: string; readonly src: string; readonly srcSet: string };

/** Delays before retries: the server may be busy with many new variants. */
const RETRY_DELAYS_MS = [1500, 5000, 15_000];

/** The `<img>`. A new source is loaded completely before it replaces the old one. */
function Loading({
  source,
  alt,
  isCropped,
  position,
  onFailed,
}: {
  readonly source: Source;
  readonly alt: string;
  readonly isCropped: boolean;
  readonly position: string | undefined;
  /** Called after the first failure. */
  readonly onFailed: () => void;
}) {
  const [shown, setShown] = useState(source);
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
  const [retries, setRetries] = useState(0);

  useEffect(() => {
    if (source.src === shown.src && source.srcSet === shown.srcSet) return;
    if (state !== 'loaded') return setShown(source);
    const next = new Image();
    let current = true;
    next.srcset = source.srcSet;
    next.src = source.src;
    const show = () => current && setShown(source);
    next.decode().then(show, show);
    return () => {
      current = false;
    };
  }, [source, shown, state]);

  useEffect(() => {
    const delay = RETRY_DELAYS_MS[retries];
    if (state !== 'failed' || delay === undefined) return;
    const timer = setTimeout(() => {
      setRetries(retries + 1);
      setState('loading');
    }, delay);
    return () => clearTimeout(timer);
  }, [state, retries]);

  // A cached image may have loaded before React attached its listeners.
  const onElement = useCallback((element: HTMLImageElement | null) => {
    if (element?.complete && element.naturalWidth > 0) setState('loaded');
    return () => {
      // Abort the request of an image that left the page: it would delay the visible images.
      if (element?.complete) return;
      element?.removeAttribute('srcset');
      element?.removeAttribute('src');
    };
  }, []);

  if (state === 'failed' && retries >= RETRY_DELAYS_MS.length) return <Unavailable />;
  return (
    <img
      key={retries}
      ref={onElement}
      src={shown.src}
      srcSet={shown.srcSet}
      alt={alt}
      decoding="async"
      draggable={false}
      onLoad={() => setState('loaded')}
      onError={() => {
        setState('failed');
        if (retries === 0) onFailed();
      }}
      style={position === undefined ? undefined : { objectPosition: position }}
      className={cn(
        'absolute inset-0 size-full transition-opacity duration-200',
        isCropped ? 'object-cover' : 'object-contain',
        state === 'loaded' ? 'opacity-100' : 'opacity-0',
      )}
    />
  );
}

function Unavailable() {
  return (
    <span className="absolute inset-0 grid place-content-center justify-items-center gap-1 bg-sunken/85 p-2 text-center text-xs text-muted">
      <TriangleAlertIcon />
      Cannot be shown
    </span>
  );
}
