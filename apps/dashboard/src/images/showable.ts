import { transformUrl } from '@auraimage/sdk/client';
import type { Image } from '../api/types.js';

/** What every current browser shows in an `<img>`. */
const SHOWN = new Set(['jpeg', 'png', 'gif', 'webp', 'avif', 'bmp']);

/** Whether browsers show what the plain address of an image gives: not that of a HEIC, TIFF or JPEG XL file. */
export const isShowable = ({ format }: Pick<Image, 'format'>): boolean => SHOWN.has(format);

/**
 * An address of an image as one that browsers show: the same, or, if the file is of a type that most of them do not
 * show, the picture in a format that the browser chooses.
 *
 * @param url with or without a token
 */
export const showableUrl = (image: Pick<Image, 'format'>, url: string): string =>
  isShowable(image) ? url : transformUrl(url, { format: 'auto' });

/** Why the address has a format. */
export const showableNote = ({ format }: Pick<Image, 'format'>): string =>
  `Most browsers cannot show ${format === 'jxl' ? 'JPEG XL' : format.toUpperCase()} files. With fmt=auto, the address gives a format that they show.`;
