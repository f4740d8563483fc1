/** Unpacked pixels, as shown: orientation already applied. */
export interface RawPicture {
  /** Red, green, blue, alpha of each pixel, rows from the top, in sRGB. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What a header announces, as shown. */
export interface RawHeader {
  readonly width: number;
  readonly height: number;
}
