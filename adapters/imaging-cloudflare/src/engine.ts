import { megapixels, removeMetadata } from '@auraimage/image-files';
import {
  EngineBusyError,
  type ImageEngine,
  type Inspection,
  MAX_REASON_LENGTH,
  type ObjectBody,
  type Rendering,
  type RenderJob,
  type Size,
  type Watermark,
  type WorkOptions,
} from '@auraimage/ports';
import { type MasterType, sniffMasterType } from '@auraimage/protocol';
import { codeOf, type ImagesBinding, type ImageTransformer } from './binding.js';
import {
  canRender,
  isDecoded,
  MAX_ANIMATION_PIXELS,
  MAX_BYTES,
  MAX_PIXELS,
  outputOf,
  resultOf,
  stepsOf,
  watermarkOn,
} from './plan.js';
import { type Header, readHeader } from './read-header.js';
import { readThumbnail, THUMBNAIL } from './thumbnail.js';

export interface CloudflareEngineOptions {
  /** `env.IMAGES`. */
  readonly images: ImagesBinding;
  /** Most pixels of a picture, or of one frame of an animation. 100 million by default, which is the binding's limit. */
  readonly maxPixels?: number;
  /** Most frames of an animation. 1000 by default. */
  readonly maxFrames?: number;
  /**
   * Most bytes of files that are worked on at a time. 30 MB by default: the binding makes copies of a file, and a Worker
   * has 128 MB for everything.
   */
  readonly maxBytesAtOnce?: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Incremented when a change of our code may change the bytes of variants. */
const OUR_VERSION = 1;

const UNDECODABLE = { ok: false, code: 'image_not_decodable' } as const;
const FAILED = { ok: false, code: 'render_failed' } as const;
const NOT_REMOVABLE = { ok: false, code: 'metadata_not_removable' } as const;

// https://developers.cloudflare.com/images/reference/errors/
/** The file is of a type that the binding does not decode. */
const NOT_SUPPORTED: ReadonlySet<number> = new Set([9412, 9420, 9520]);
const TOO_LARGE: ReadonlySet<number> = new Set([9402, 9413, 9529]);
/** The file is broken, as far as the binding can tell. */
const BROKEN: ReadonlySet<number> = new Set([9416, 9516, 9517, 9523]);
const BUSY: ReadonlySet<number> = new Set([9522, 9527, 9528]);

/**
 * The image engine of Cloudflare Workers. Every call of the binding counts as a transformation, which Cloudflare
 * charges for. An inspection makes one, as a variant does: what a file says of itself is read here.
 *
 * @example
 * createCloudflareEngine({ images: env.IMAGES });
 */
export function createCloudflareEngine({
  images,
  maxPixels = MAX_PIXELS,
  maxFrames = 1000,
  maxBytesAtOnce = 30_000_000,
}: CloudflareEngineOptions): ImageEngine {
  let bytesAtOnce = 0;

  /**
   * Runs work on a file that is in memory until its end. There is no queue: what exceeds the memory of the Worker is
   * refused. The CPU time of the binding is not known, so the time of the work stands for it.
   */
  async function run<T>(
    body: ObjectBody,
    { signal, onBegin, onSpent }: WorkOptions,
    work: (bytes: Bytes) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (bytesAtOnce > 0 && bytesAtOnce + body.length > maxBytesAtOnce) throw new EngineBusyError();
    bytesAtOnce += body.length;
    const started = performance.now();
    onBegin?.();
    try {
      return await work(await bytesOf(body));
    } finally {
      bytesAtOnce -= body.length;
      // The clock of a Worker stands still while it computes.
      onSpent?.(Math.max(1, performance.now() - started));
    }
  }

  async function inspect(bytes: Bytes, type: MasterType): Promise<Inspection> {
    const header = sniffMasterType(bytes) === type ? readHeader(bytes, type) : null;
    if (header === null) return UNDECODABLE;
    const size = shownSize(header);
    const excess = excessOf(size, header.frames);
    if (excess !== null) return excess;
    try {
      const thumbnail = readThumbnail(await thumbnailOf(bytes));
      if (thumbnail === null) return UNDECODABLE;
      const { width, height, blurhash } = thumbnail;
      // What the binding shows counts, whatever orientations it applies.
      const isTurned = (size.width - size.height) * (width - height) < 0;
      const { frames, hasAlpha } = header;
      return { ok: true, type, ...(isTurned ? turned(size) : size), frames, hasAlpha, blurhash };
    } catch (error) {
      return refusalOf(error, type);
    }
  }

  async function thumbnailOf(bytes: Bytes): Promise<Bytes> {
    const small = { width: THUMBNAIL, height: THUMBNAIL, fit: 'scale-down' } as const;
    const made = await images
      .input(streamOf(bytes))
      .transform(small)
      .output({ format: 'image/png', anim: false });
    return new Uint8Array(await made.response().arrayBuffer());
  }

  function excessOf({ width, height }: Size, frames: number): Inspection | null {
    const tooLarge = (size: string, limit: string): Inspection => {
      const message = `The image has ${size}; this server accepts up to ${limit}`;
      return { ok: false, code: 'image_too_large', message };
    };
    const pixels = width * height;
    if (pixels > maxPixels) return tooLarge(megapixels(pixels), megapixels(maxPixels));
    if (frames > maxFrames) return tooLarge(`${frames} frames`, `${maxFrames}`);
    const all = pixels * frames;
    if (frames === 1 || all <= MAX_ANIMATION_PIXELS) return null;
    return tooLarge(`${megapixels(all)} in all frames`, megapixels(MAX_ANIMATION_PIXELS));
  }

  async function render(bytes: Bytes, job: RenderJob): Promise<Rendering> {
    const { type, format, watermark } = job;
    if (sniffMasterType(bytes) !== type) return UNDECODABLE;
    const started = performance.now();
    let made: Bytes;
    try {
      const chain = stepsOf(job).reduce(
        (picture, step) => picture.transform(step),
        images.input(streamOf(bytes)),
      );
      const marked = watermark === undefined ? chain : await draw(chain, resultOf(job), watermark);
      const result = await marked.output(outputOf(job));
      if (result.contentType() !== `image/${format}`) {
        return failed(`the result is ${result.contentType()} instead of ${format}`);
      }
      made = new Uint8Array(await result.response().arrayBuffer());
    } catch (error) {
      const code = codeOf(error);
      if (code !== null && BUSY.has(code)) throw new EngineBusyError();
      return failed(error instanceof Error ? error.message : String(error));
    }
    return checked(made, job, performance.now() - started);
  }

  async function draw(
    under: ImageTransformer,
    size: Size,
    watermark: Watermark,
  ): Promise<ImageTransformer> {
    const bytes = await bytesOf(watermark.body);
    const mark = readHeader(bytes, watermark.type);
    if (mark === null) throw new Error('the watermark is damaged');
    const { step, options } = watermarkOn(size, mark, watermark);
    return under.draw(images.input(streamOf(bytes)).transform(step), options);
  }

  return {
    version: `cloudflare-${OUR_VERSION}`,
    thoroughFormats: new Set(),
    hasFlatCost: true,
    canRender,
    inspect: (body, type, options = {}) => {
      if (!isDecoded(type)) return Promise.resolve(notSupported(type));
      if (body.length > MAX_BYTES) return Promise.resolve(FILE_TOO_LARGE);
      return run(body, options, (bytes) => inspect(bytes, type));
    },
    render: (body, job, options) => {
      const isPossible = isDecoded(job.type) && body.length <= MAX_BYTES;
      if (!isPossible) return Promise.resolve(failed('the binding does not decode such a file'));
      return run(body, options, (bytes) => render(bytes, job));
    },
    removeMetadata: (body, type, options) => {
      if (body.length > MAX_BYTES) return Promise.resolve(NOT_REMOVABLE);
      return run(body, options, async (bytes) => {
        const stripped = removeMetadata(bufferOf(bytes), type);
        return stripped === null ? NOT_REMOVABLE : { ok: true, bytes: stripped };
      });
    },
  };
}

/** EXIF orientations from this one on swap width and height (Exif 2.32 §4.6.4 A). */
const FIRST_TRANSPOSED = 5;

function shownSize({ width, height, orientation }: Header): Size {
  return orientation >= FIRST_TRANSPOSED ? turned({ width, height }) : { width, height };
}

function turned({ width, height }: Size): Size {
  return { width: height, height: width };
}

/**
 * The binding may return a picture unchanged that it finds too large, and it keeps the copyright of a JPEG. Neither may
 * be sent: a token may allow no more than a size.
 */
function checked(made: Bytes, job: RenderJob, ms: number): Rendering {
  const type = `image/${job.format}` as MasterType;
  const header = readHeader(made, type);
  const { width, height } = resultOf(job);
  if (header?.width !== width || header.height !== height) {
    const found = header === null ? 'damaged' : `${header.width} × ${header.height}`;
    return failed(`the result is ${found} instead of ${width} × ${height}`);
  }
  const bytes = removeMetadata(bufferOf(made), type);
  if (bytes === null) return failed('the metadata of the result cannot be removed');
  return { ok: true, bytes, timings: { decode: 0, resize: 0, encode: ms } };
}

function failed(message: string): Rendering {
  const reason = message.replaceAll('×', 'x').replace(/[^ -~]/g, '?');
  return { ...FAILED, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function refusalOf(error: unknown, type: MasterType): Inspection {
  const code = codeOf(error);
  if (code === null) throw error;
  if (BUSY.has(code)) throw new EngineBusyError();
  if (NOT_SUPPORTED.has(code)) return notSupported(type);
  if (TOO_LARGE.has(code)) return { ok: false, code: 'image_too_large' };
  if (BROKEN.has(code)) return UNDECODABLE;
  throw error;
}

function notSupported(type: MasterType): Inspection {
  const message = `This server does not decode ${type}: convert the file to JPEG, PNG or WebP`;
  return { ok: false, code: 'image_kind_not_supported', message };
}

const FILE_TOO_LARGE: Inspection = {
  ok: false,
  code: 'image_too_large',
  message: `The file has more than the ${MAX_BYTES / 1e6} MB that this server can decode`,
};

async function bytesOf(body: ObjectBody): Promise<Bytes> {
  return body.bytes ?? new Uint8Array(await new Response(body.stream()).arrayBuffer());
}

function bufferOf({ buffer, byteOffset, byteLength }: Bytes): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function streamOf(bytes: Bytes): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
