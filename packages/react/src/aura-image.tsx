import type { ImageOptions } from './image-props.js';
import { type AuraSettings, resolveSource } from './image-source.js';
import { LiveImage } from './live-image.js';
import { blurhashUrl, type Placeholder } from './placeholder.js';
import { type ImageElementProps, PlainImage } from './plain-image.js';
import type { RenewalOptions } from './use-renewed-url.js';

export interface AuraImageProps
  extends ImageElementProps,
    ImageOptions,
    AuraSettings,
    RenewalOptions {
  /** `project/key`, `key`, or a complete URL such as `getSignedUrl()` returns. */
  readonly src: string;
  /** Alternative text for people who do not see the image; empty for decoration. */
  readonly alt: string;
  /** Shown until the image has loaded. Default: `blurhash` if `blurhash` is set, else `empty`. */
  readonly placeholder?: Placeholder | undefined;
  /** The `blurhash` of the upload's response. */
  readonly blurhash?: string | null | undefined;
}

/**
 * A responsive image, public or signed. It reserves its space before it loads, so the page does not
 * shift. Works in server components and without JavaScript.
 *
 * `className` and `style` go to the outermost element: the `<img>`, or with a placeholder the
 * `<span>` around it. Every other attribute goes to the `<img>`.
 *
 * @throws {AuraImageSourceError} if `src` is not a complete URL and no setting names the CDN
 * @throws {AuraImageError} `option_invalid` for a size or quality that the server would refuse
 *
 * @example
 * <AuraImage src="my-app/abc123xyz0-photo.jpg" alt="The harbour" width={800} height={600} />
 *
 * @example
 * <AuraImage src={signedUrl} alt="" width={400} blurhash={blurhash} refreshUrl={signAgain} />
 */
export function AuraImage(props: AuraImageProps) {
  const { blurhash, placeholder = blurhash ? 'blurhash' : 'empty', ...rest } = props;
  const { refreshUrl, onExpired, ...plain } = rest;
  // From the props alone: a server component cannot see a provider, which precedes the environment.
  const url = resolveSource(props.src, props);
  if (url !== null && placeholder === 'empty' && !refreshUrl && !onExpired) {
    return <PlainImage {...plain} src={url} />;
  }
  const { width, height } = props;
  const ratio = width === undefined || height === undefined ? 1 : width / height;
  // Decoded here, so that with server components no browser downloads the decoder.
  const blurhashImage =
    placeholder === 'blurhash' && blurhash ? blurhashUrl(blurhash, ratio) : null;
  // Another image resets the state; another token for the same image does not.
  const image = props.src.replace(/[?#].*/s, '');
  const lqip = placeholder === 'lqip';
  return <LiveImage {...rest} key={image} lqip={lqip} blurhashImage={blurhashImage} />;
}
