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
  /** `project/key`, `key`, or a whole address such as `getSignedUrl()` gives. */
  readonly src: string;
  /** What the image says to those who do not see it; empty for decoration. */
  readonly alt: string;
  /** What is shown until the image is there. Default: `blurhash` where one is given, else `empty`. */
  readonly placeholder?: Placeholder | undefined;
  /** The upload's answer has it. */
  readonly blurhash?: string | null | undefined;
}

/**
 * An image in the right size for every screen, public or signed, that takes its room from the start.
 * Works in server components and without JavaScript.
 *
 * `className` and `style` go to the outermost element: the `<img>`, or with a placeholder the
 * `<span>` around it. Everything else goes to the `<img>`.
 *
 * @throws {AuraImageSourceError} when `src` is no whole address and nothing says where the CDN is
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
  const url = resolveSource(props.src, props);
  if (url !== null && placeholder === 'empty' && !refreshUrl && !onExpired) {
    return <PlainImage {...plain} src={url} />;
  }
  const { width = 1, height = width } = props;
  // Decoded here: with server components no browser needs the decoder.
  const backdrop =
    placeholder === 'blurhash' && blurhash ? blurhashUrl(blurhash, width / height) : null;
  // Another image begins anew; the same one with another token goes on.
  const image = props.src.replace(/[?#].*/s, '');
  return <LiveImage {...rest} key={image} lqip={placeholder === 'lqip'} backdrop={backdrop} />;
}
