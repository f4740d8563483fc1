import { transformUrl } from '@auraimage/sdk/client';
import { isTransformable } from './image-source.js';

/** The server's own stand-in, 50 pixels wide; a signed address keeps its token. */
export function lqipUrl(url: string): string | null {
  return isTransformable(url) ? transformUrl(url, { lqip: true }) : null;
}

/** An address as the value of a CSS property. */
export function cssUrl(url: string): string {
  return `url("${url.replace(/["\\\n\r\f]/g, encodeURIComponent)}")`;
}
