import { type ComponentPropsWithoutRef, type CSSProperties, type Ref, version } from 'react';
import { getImageProps, type ImageOptions } from './image-props.js';
import type { AuraSettings } from './image-source.js';

/** Attributes of an `<img>` that the component computes or requires itself. */
type OwnAttributes =
  | keyof ImageOptions
  | 'alt'
  | 'srcSet'
  | 'loading'
  | 'decoding'
  | 'fetchPriority';

export type ImageElementProps = Omit<ComponentPropsWithoutRef<'img'>, OwnAttributes>;

export interface PlainImageProps extends ImageElementProps, ImageOptions, AuraSettings {
  readonly alt: string;
  readonly imageRef?: Ref<HTMLImageElement>;
}

/** React 18 knows the attribute by its HTML name only. */
const PRIORITY = Number.parseInt(version, 10) < 19 ? 'fetchpriority' : 'fetchPriority';

/** An `<img>` with the attributes of {@link getImageProps}; the caller's style overrides theirs. */
export function PlainImage({
  src,
  width,
  height,
  fit,
  quality,
  format,
  transform,
  preset,
  maxEdge,
  sizes,
  priority,
  cdnUrl: _cdnUrl,
  projectName: _projectName,
  style,
  alt,
  imageRef,
  ...rest
}: PlainImageProps) {
  const options = {
    src,
    width,
    height,
    fit,
    quality,
    format,
    transform,
    preset,
    maxEdge,
    sizes,
    priority,
  };
  const { fetchPriority, style: own, ...computed } = getImageProps(options);
  const merged: CSSProperties = { ...own, ...style };
  return (
    <img
      {...rest}
      {...computed}
      {...(fetchPriority && { [PRIORITY]: fetchPriority })}
      {...(imageRef && { ref: imageRef })}
      alt={alt}
      style={merged}
    />
  );
}
