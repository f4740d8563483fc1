import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { useCallback, useEffect, useState } from 'react';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { cx } from '../ui/class-names.js';
import { AlertIcon } from '../ui/icons.js';
import { Blurhash } from './blurhash.js';
import { signedUrlsOf, useImageUrl, useSigningFailed } from './use-image-url.js';

export interface PictureProps {
  readonly project: string;
  readonly image: Image;
  readonly alt: string;
  /** What is shown, in pixels of the page; twice as many are asked for where the screen has them. */
  readonly size: TransformOptions & { readonly width: number };
  readonly className?: string;
}

const MOST = 8192;

/** A variant of an image: its blurhash first, then the picture, public or private. */
export function Picture({ project, image, alt, size, className }: PictureProps) {
  const url = useImageUrl(project, image);
  const isUnsigned = useSigningFailed(project, image);
  const source = url && { url, ...sourcesOf(url, size) };
  // Its link may have been ended elsewhere, by a rotation or a stop.
  const onFailed = () => {
    if (image.visibility === 'private') signedUrlsOf(project).renew([image.key]);
  };
  return (
    <div className={cx('relative overflow-hidden bg-sunken', className)}>
      <Blurhash hash={image.blurhash} className="absolute inset-0 size-full" />
      {source && (
        <Loading key={image.key} source={source} alt={alt} fit={size.fit} onFailed={onFailed} />
      )}
      {isUnsigned && <NotShown />}
    </div>
  );
}

function sourcesOf(url: string, { width, height, ...rest }: PictureProps['size']) {
  const at = (density: number) =>
    transformUrl(url, {
      ...rest,
      width: Math.min(MOST, width * density),
      height: height && Math.min(MOST, height * density),
    });
  return { src: at(1), srcSet: `${at(1)} 1x, ${at(2)} 2x` };
}

type Source = { readonly url: string; readonly src: string; readonly srcSet: string };

/** Waits before a picture is tried again: making many variants at once may take the server's time. */
const PAUSES_MS = [1500, 5000, 15_000];

/** The `<img>`: an address that takes the place of another is loaded before it is shown. */
function Loading({
  source,
  alt,
  fit,
  onFailed,
}: {
  readonly source: Source;
  readonly alt: string;
  readonly fit: TransformOptions['fit'];
  /** Told of the first failure. */
  readonly onFailed: () => void;
}) {
  const [shown, setShown] = useState(source);
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading');
  const [tries, setTries] = useState(0);

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
    const pause = PAUSES_MS[tries];
    if (state !== 'failed' || pause === undefined) return;
    const timer = setTimeout(() => {
      setTries(tries + 1);
      setState('loading');
    }, pause);
    return () => clearTimeout(timer);
  }, [state, tries]);

  // An image that was in the browser's cache may have ended before anybody listened.
  const onElement = useCallback((element: HTMLImageElement | null) => {
    if (element?.complete && element.naturalWidth > 0) setState('loaded');
    return () => {
      // What has left the page is loaded no further: others wait in the same queue.
      if (element?.complete) return;
      element?.removeAttribute('srcset');
      element?.removeAttribute('src');
    };
  }, []);

  if (state === 'failed' && tries >= PAUSES_MS.length) return <NotShown />;
  return (
    <img
      key={tries}
      ref={onElement}
      src={shown.src}
      srcSet={shown.srcSet}
      alt={alt}
      decoding="async"
      draggable={false}
      onLoad={() => setState('loaded')}
      onError={() => {
        setState('failed');
        if (tries === 0) onFailed();
      }}
      className={cx(
        'absolute inset-0 size-full transition-opacity duration-200',
        fit === 'cover' ? 'object-cover' : 'object-contain',
        state === 'loaded' ? 'opacity-100' : 'opacity-0',
      )}
    />
  );
}

function NotShown() {
  return (
    <span className="absolute inset-0 grid place-content-center justify-items-center gap-1 bg-sunken/85 p-2 text-center text-xs text-muted">
      <AlertIcon />
      {texts.images.notShown}
    </span>
  );
}
