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
      /** Frames of an animation; 1 for a still picture, however many pages it has. */
      readonly frames: number;
      readonly hasAlpha: boolean;
      readonly blurhash: string;
    }
  | {
      readonly ok: false;
      readonly code:
        | 'image_not_decodable'
        | 'image_too_large'
        | 'image_too_slow'
        | 'image_kind_not_supported';
      /** What exactly the engine refuses, for the client; absent if it knows no more than the code says. */
      readonly message?: string;
    };

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

/**
 * How a picture is mirrored and rotated (Exif 2.32 §4.6.4 A). 2: mirrored, left to right; 3: by 180°; 4: mirrored, top to
 * bottom; 6: by 90° clockwise; 8: by 270°; 5 and 7: mirrored left to right, then by 270° or 90°.
 */
export type Orientation = 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A second picture that is drawn over a variant, on every frame of an animation. */
export interface Watermark {
  readonly body: ObjectBody;
  readonly type: MasterType;
  /** Pixels of the file. */
  readonly pixels: number;
  /**
   * Width as a share of the variant's width, above 0 and at most 1. The height keeps the proportions; where it would
   * exceed the variant's, both are smaller.
   */
  readonly scale: number;
  /** Where it lies in the width and height that it leaves free: 0 is left or top, 1 is right or bottom. */
  readonly at: { readonly x: number; readonly y: number };
  /** 0 is invisible, 1 is the picture as it is. */
  readonly opacity: number;
  /** Whether it is repeated to all sides, from the one place. */
  readonly tile: boolean;
}

/** How to make a variant of a master. The steps run in the order of the members. */
export interface RenderJob {
  readonly type: MasterType;
  /** Part of the picture, as shown, that counts as the picture; absent: all of it. Only for one frame. */
  readonly trim?: Region;
  /** Size that the whole picture, as shown, is scaled to. Never larger than the master. */
  readonly scaled: Size;
  /** Part of the scaled picture that is kept; absent: all of it. */
  readonly crop?: Region;
  /**
   * Instead of `crop`: size of the part that is kept, around the focus, which the engine finds itself. One side is that
   * of the scaled picture. Only for an engine without {@link ImageEngine.findFocus}.
   */
  readonly cropAround?: Size & { readonly focus: FocusKind };
  /** Mirrors and rotates it, as a file with this EXIF orientation is shown. */
  readonly orientation?: Orientation;
  /** Takes the colours out: `grayscale(1)` of the CSS filter effects. */
  readonly gray?: boolean;
  /** Strength of an unsharp mask: above 0, at most 10. */
  readonly sharpen?: number;
  /**
   * Colour in sRGB under the picture and on the canvas: `rrggbb`, or `rrggbbaa`, in lower case. Absent: transparent. If
   * the format has no alpha, white is under it.
   */
  readonly background?: string;
  /** Size of the result, at least that of the picture, which is in its centre. */
  readonly canvas?: Size;
  /** Drawn over the result of all other steps. If it cannot be decoded, the job fails. */
  readonly watermark?: Watermark;
  /** `webp` and `gif` keep every frame of an animation; the others take the first. */
  readonly format: VariantFormat;
  /** 1 to 100, one scale for all formats; `png` and `gif` ignore it. */
  readonly quality: number;
  /**
   * How much time the encoder may take for fewer bytes. Formats that are not in the engine's
   * `thoroughFormats` ignore it.
   */
  readonly effort: 'fast' | 'thorough';
  /**
   * `made`: the result is a copy that stands for the master, so it has no rings at edges. `read`: the file is such a
   * copy, and every one of its pixels counts. Absent: the decoder may shrink roughly where that is faster.
   */
  readonly copy?: 'made' | 'read';
}

/** Duration of the steps in milliseconds. */
export interface RenderTimings {
  /** Opening the file and reading its header; for some types also unpacking all pixels. */
  readonly decode: number;
  /** Decoding and scaling: most decoders do both at once. */
  readonly resize: number;
  readonly encode: number;
}

/**
 * The result of a job. `image_not_decodable`: the master is broken. `render_failed`: a crash, a time or memory
 * limit, or an encoder error; another format may succeed.
 */
export type Rendering =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly timings: RenderTimings;
    }
  | {
      readonly ok: false;
      readonly code: 'image_not_decodable' | 'render_failed';
      /**
       * What the decoder or encoder said, for the log: at most {@link MAX_REASON_LENGTH} printable ASCII characters, and
       * nothing of the file. Absent for a crash and a limit, which the engine reports itself.
       */
      readonly reason?: string;
    };

/** Most characters of the reason why a job failed. */
export const MAX_REASON_LENGTH = 200;

/**
 * A master without its metadata. `metadata_not_removable`: the type has no such form (TIFF), or the file is damaged.
 * `render_failed`: a crash, or a time or memory limit.
 */
export type StrippedMaster =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly code: 'metadata_not_removable' | 'render_failed' };

/** How the focus of a picture is found: by its most salient part, or by its most prominent face. */
export type FocusKind = 'auto' | 'face';

/** A point of the picture as shown, each member from 0 to 1; `null`: searched, and nothing found. */
export type Focus = { readonly x: number; readonly y: number } | null;

export interface WorkOptions {
  /**
   * Removes the job from the queue: the call then rejects with the signal's reason. A job that has started
   * may complete.
   */
  readonly signal?: AbortSignal;
  /** The project's name. The queue serves projects round-robin. */
  readonly project?: string;
  /** The client's network. The queue serves the clients of a project round-robin. */
  readonly client?: string;
  /**
   * Pixels of the master, all frames together. With them the engine can tell short jobs, which have a process of
   * their own.
   */
  readonly pixels?: number;
  /** Run only while no other job waits. */
  readonly idle?: boolean;
  /** Called when the job leaves the queue, and never for a job that does not. */
  readonly onBegin?: () => void;
  /**
   * Called with milliseconds of CPU time when a process has ended its work on the job, however it ended. A job
   * may take several processes; one that never left the queue took none.
   */
  readonly onSpent?: (cpuMs: number) => void;
}

/** What an engine may need to know about a master to tell whether it can do a job. */
export interface MasterFacts {
  /** Length of its file. */
  readonly size: number;
  /** Of all frames. */
  readonly pixels: number;
  readonly frames: number;
  readonly hasWatermark: boolean;
}

/**
 * The image library. A few jobs run at a time; others wait in a bounded queue. When it is full, a method
 * rejects with {@link EngineBusyError}. A crash of the library fails only its job.
 */
export interface ImageEngine {
  /** Changes whenever the same job may produce other bytes. Letters, digits, `.` and `-`. */
  readonly version: string;
  /** Formats in which `effort: 'thorough'` may give fewer bytes than `fast` with the same look. */
  readonly thoroughFormats: ReadonlySet<VariantFormat>;
  /**
   * Decodes what is shown of a file, within the engine's limits: every frame of an animation, the first page of
   * anything else. A file that is broken (`image_not_decodable`), has too many pixels or needs too much memory
   * (`image_too_large`), or takes too much time (`image_too_slow`) gives a refusal and not an error.
   *
   * @param type the type by the file's first bytes; no other decoder is tried
   */
  inspect(
    body: ObjectBody,
    type: MasterType,
    options?: Omit<WorkOptions, 'idle' | 'pixels'>,
  ): Promise<Inspection>;
  /**
   * Whether each job costs the same, however large the master is: then no reduced copies of masters are made. Absent:
   * larger masters cost more.
   */
  readonly hasFlatCost?: true;
  /**
   * Whether the engine can do a job, as far as can be told without the file. Absent: it can do all.
   *
   * @param job without the watermark
   */
  canRender?(job: Omit<RenderJob, 'watermark'>, master: MasterFacts): boolean;
  /** Makes a variant: applies the orientation, converts colours to sRGB, removes all metadata. */
  render(body: ObjectBody, job: RenderJob, options: WorkOptions): Promise<Rendering>;
  /**
   * Removes EXIF, XMP, comments and other metadata from a file without decoding a pixel. Orientation and ICC profile
   * stay.
   */
  removeMetadata(body: ObjectBody, type: MasterType, options: WorkOptions): Promise<StrippedMaster>;
  /**
   * Finds the focus of a picture; of an animation, in its first frame. A file that cannot be decoded has none.
   * Rejects if the search itself fails. Absent: the engine only finds it while it crops, see
   * {@link RenderJob.cropAround}.
   */
  findFocus?(
    body: ObjectBody,
    type: MasterType,
    kind: FocusKind,
    options: WorkOptions,
  ): Promise<Focus>;
  /**
   * Finds the part of a picture inside a border of one colour: that of the pixel in the upper left corner. `null`: there
   * is no border, or nothing else. Looks at the first frame. Decodes every pixel. Absent: the engine cannot.
   *
   * @param tolerance largest difference from the colour in any channel, 1 to 100 of 255
   */
  findBorder?(
    body: ObjectBody,
    type: MasterType,
    tolerance: number,
    options: WorkOptions,
  ): Promise<Region | null>;
}

/** An engine that finds what it is asked for apart from a job. */
export type SearchingImageEngine = ImageEngine &
  Required<Pick<ImageEngine, 'findFocus' | 'findBorder'>>;
