import type { ImageRecord } from '../ports.js';

/** What an API answer tells about an image's master. */
export interface MasterFacts {
  /** Address without a token: it opens a public image only. */
  readonly url: string;
  readonly key: string;
  readonly blurhash: string;
  /** Pixels as shown. */
  readonly width: number;
  readonly height: number;
  /** Format in which the address answers without transform parameters: the master's. */
  readonly format: string;
  readonly masterFormat: string;
  /** Bytes. */
  readonly size: number;
  readonly visibility: ImageRecord['visibility'];
}

export function masterFacts(image: ImageRecord, publicUrl: string): MasterFacts {
  const { project, key, blurhash, width, height, size, visibility, type } = image;
  const format = type.slice('image/'.length);
  return {
    url: `${publicUrl}/${project}/${key}`,
    key,
    blurhash,
    width,
    height,
    format,
    masterFormat: format,
    size,
    visibility,
  };
}
