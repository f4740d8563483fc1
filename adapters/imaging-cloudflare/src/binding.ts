/**
 * What the engine uses of the Images binding, as `env.IMAGES` has it
 * (https://developers.cloudflare.com/images/optimization/binding/).
 */
export interface ImagesBinding {
  input(stream: ReadableStream<Uint8Array>): ImageTransformer;
}

export interface ImageTransformer {
  /** Adds a step, which is done after those before it. */
  transform(step: TransformStep): ImageTransformer;
  /** Draws another picture over this one. */
  draw(image: ImageTransformer, options: DrawOptions): ImageTransformer;
  /** Does all steps. Rejects with an error that has a numeric code, see {@link codeOf}. */
  output(options: OutputOptions): Promise<{ contentType(): string; response(): Response }>;
}

/** The options of a step that the engine uses (https://developers.cloudflare.com/images/optimization/features/). */
export interface TransformStep {
  readonly width?: number;
  readonly height?: number;
  /** `squeeze`: exactly `width` × `height`. `cover`: the same, and what has other proportions is cropped. */
  readonly fit?: 'squeeze' | 'cover' | 'scale-down';
  readonly gravity?: 'auto' | 'face';
  /** Cuts a part out, before the picture is resized. */
  readonly trim?: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Before `rotate`. */
  readonly flip?: 'h' | 'v';
  readonly rotate?: 90 | 180 | 270;
  /** 0 is grey. */
  readonly saturation?: number;
  readonly sharpen?: number;
  /** CSS colour under the picture. */
  readonly background?: string;
  /** Widths in pixels. */
  readonly border?: {
    readonly color: string;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
    readonly left: number;
  };
}

/** https://developers.cloudflare.com/images/optimization/draw-overlays/ */
export interface DrawOptions {
  readonly left: number;
  readonly top: number;
  readonly opacity: number;
  readonly repeat?: boolean;
}

export interface OutputOptions {
  readonly format: `image/${string}`;
  readonly quality?: number;
  /** Under what is transparent. */
  readonly background?: string;
  /** Whether all frames of an animation are kept. */
  readonly anim: boolean;
}

/** The code of a rejection by the binding (https://developers.cloudflare.com/images/reference/errors/); else `null`. */
export function codeOf(error: unknown): number | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'number' ? code : null;
}
