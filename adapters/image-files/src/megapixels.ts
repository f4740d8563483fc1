/** A number of pixels for a message: `12.5 megapixels`, with up to three decimal places. */
export function megapixels(pixels: number): string {
  return `${(pixels / 1e6).toLocaleString('en', { maximumFractionDigits: 3 })} megapixels`;
}
