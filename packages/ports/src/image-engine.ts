import type { MasterType, VariantFormat } from '@auraimage/protocol';
import type { ObjectBody } from './objects.js';

/** What a decoder found in a file. */
export type Inspection =
  | {
      readonly ok: true;
      readonly type: MasterType;
      /** Pixels as shown: EXIF orientation applied; one frame of an animation. */
      readonly width: number;
      readonly height: number;
      /** Frames of an animation; 1 for a still picture, whatever pages it has. */
      readonly frames: number;
      readonly hasAlpha: boolean;
      readonly blurhash: string;
    }
  | { readonly ok: false; readonly code: 'image_not_decodable' | 'image_too_large' };

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels, `left` and `top` from the upper left corner. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/** What is to be made of a master. The steps are done in the order of the members. */
export interface RenderJob {
  readonly type: MasterType;
  /** Size that the whole picture, as shown, is scaled to. Never larger than the master. */
  readonly scaled: Size;
  /** Part of the scaled picture that is kept; absent: all of it. */
  readonly crop?: Region;
  /**
   * Ground that the picture is put on the middle of, at least as large as the picture: clear where the
   * format has alpha, else white.
   */
  readonly canvas?: Size;
  /** `webp` and `gif` keep every frame of an animation; the others take the first. */
  readonly format: VariantFormat;
  /** 1 to 100, one scale for all formats; means nothing to `png` and `gif`. */
  readonly quality: number;
  /**
   * How much time the encoder may take for fewer bytes. The same to formats that are not among the engine's
   * `thoroughFormats`.
   */
  readonly effort: 'fast' | 'thorough';
}

/** Milliseconds that the steps took. */
export interface RenderTimings {
  /** Opening the file and reading its header; for some types also unpacking all pixels. */
  readonly decode: number;
  /** Pixels in, scaled pixels out: most decoders work in step with the scaling. */
  readonly resize: number;
  readonly encode: number;
}

/**
 * What came of a job. `image_not_decodable`: the master is broken. `render_failed`: a crash, too much
 * time or memory, an encoder's error: another format may do.
 */
export type Rendering =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly timings: RenderTimings;
    }
  | { readonly ok: false; readonly code: 'image_not_decodable' | 'render_failed' };

/** How the part of a picture that matters is sought: what catches the eye, or the most prominent face. */
export type FocusKind = 'auto' | 'face';

/** A point of the picture as shown, each member from 0 to 1; `null`: sought, and nothing found. */
export type Focus = { readonly x: number; readonly y: number } | null;

export interface WorkOptions {
  /**
   * Takes the work out of the queue: the call then rejects with the signal's reason. Work that has begun
   * may go on to its end.
   */
  readonly signal: AbortSignal;
  /** For whom the work is done: nobody's work has to wait for all of another's. A project's name. */
  readonly owner?: string;
  /** Only when nobody waits for anything else. */
  readonly idle?: boolean;
  /** Called when the work leaves the queue. Never called for work that does not. */
  readonly onBegin?: () => void;
}

/**
 * The image library. Work is done a few jobs at a time and waits in a bounded queue: past that, a
 * method rejects with {@link EngineBusyError}. A crash of the library is a refusal of the one job.
 */
export interface ImageEngine {
  /** Changes whenever the same job may give other bytes. Letters, digits, `.` and `-`. */
  readonly version: string;
  /** Formats in which `effort: 'thorough'` may give fewer bytes of the same look than `fast`. */
  readonly thoroughFormats: ReadonlySet<VariantFormat>;
  /**
   * Decodes the whole file, all frames, within the engine's pixel, frame and time limits. A file that
   * breaks one of them, or is broken itself, is a refusal, not an error.
   *
   * @param type what the file's first bytes announce: another decoder is never tried
   */
  inspect(
    body: ObjectBody,
    type: MasterType,
    options?: Pick<WorkOptions, 'onBegin'>,
  ): Promise<Inspection>;
  /** Makes a variant: orientation applied, colours in sRGB, all metadata dropped. */
  render(body: ObjectBody, job: RenderJob, options: WorkOptions): Promise<Rendering>;
  /**
   * Seeks the part of a picture that matters; of an animation, in its first frame. A file that cannot
   * be decoded has none. Rejects where the search itself fails.
   */
  findFocus(
    body: ObjectBody,
    type: MasterType,
    kind: FocusKind,
    options: WorkOptions,
  ): Promise<Focus>;
}
