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
  /**
   * A key or name, such as `users/42/avatar`, with or without `project/` before it; or a complete URL such as
   * `getSignedUrl()` returns.
   */
  readonly src: string;
  /** Alternative text for people who do not see the image; empty for decoration. */
  readonly alt: string;
  /** Shown until the image has loaded. Default: `blurhash`, but `empty` with `priority` and no `blurhash`. */
  readonly placeholder?: Placeholder | undefined;
  /** The `blurhash` of the upload's response. Without it, the browser requests it from the CDN. */
  readonly blurhash?: string | null | undefined;
  /**
   * Whether the page reports its largest contentful paint to the CDN once, when it is left: the time, the project and
   * the page's path, without query. Default `false`.
   */
  readonly telemetry?: boolean | undefined;
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
  const { blurhash, placeholder: chosen, telemetry = false, ...rest } = props;
  const { refreshUrl, onExpired, ...plain } = rest;
  const placeholder = chosen ?? (blurhash || !props.priority ? 'blurhash' : 'empty');
  const fetchesBlurhash = placeholder === 'blurhash' && !blurhash;
  // From the props alone: a server component cannot see a provider, which precedes the environment.
  const url = resolveSource(props.src, props);
  if (url !== null && placeholder === 'empty' && !refreshUrl && !onExpired && !telemetry) {
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
  const live = { lqip, blurhashImage, fetchesBlurhash, telemetry };
  return <LiveImage {...rest} key={image} {...live} />;
}
