import { transformUrl } from '@auraimage/sdk/client';
import type { Image } from '../api/types.js';

/** Whether browsers show what the plain address of an image gives: not that of a HEIC, TIFF or JPEG XL file. */
export const isShowable = ({ url, displayUrl }: Pick<Image, 'url' | 'displayUrl'>): boolean =>
  displayUrl === url;

/**
 * An address of an image as one that browsers show: the same, or, if the file is of a type that most of them do not
 * show, the picture in a format that the browser chooses.
 *
 * @param url with or without a token
 */
export const showableUrl = (image: Pick<Image, 'url' | 'displayUrl'>, url: string): string =>
  isShowable(image) ? url : transformUrl(url, { format: 'auto' });

/** Why the address has a format. */
export const showableNote = ({ format }: Pick<Image, 'format'>): string =>
  `Most browsers cannot show ${format === 'jxl' ? 'JPEG XL' : format.toUpperCase()} files. With fmt=auto, the address gives a format that they show.`;
