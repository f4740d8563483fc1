import { testContext } from '@auraimage/http/testing';
import {
  bytesBody,
  type DerivedSide,
  type ImageRecord,
  type MasterMetadata,
  type ObjectBody,
  type PresetRules,
  type RenderJob,
  type UnsignedTransforms,
} from '@auraimage/ports';
import type { ImageAddress, VariantFormat } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRead, createReadBlurhash, readAddress } from '../read/route.js';
import { collect } from '../render/image.js';

/** Whole Unix seconds. */
export const NOW = 1_900_000_000;
export const SECRETS = ['psk_live_current', 'psk_live_previous'];
/** When links and the recipient `gone` were revoked. */
export const REVOKED = NOW - 100;
export const KEYS = [
  'abc123xyz0-photo.jpg',
  'users/42/a',
  'users/42/x/b',
  'users/421/a',
  'users/4',
] as const;
export const LOGO = 'brand/logo';

export const PRESETS = new Map<string, PresetRules>([
  ['small', { transform: 'w=40,h=30,fit=contain', open: true, watermark: null }],
  ['natural', { transform: 'fmt=webp', open: true, watermark: null }],
  [
    'marked',
    {
      transform: 'w=300,fmt=auto',
      open: true,
      watermark: { key: LOGO, position: 'center', scale: 0.5, opacity: 0.5, tile: true },
    },
  ],
  ['closed', { transform: 'w=700', open: false, watermark: null }],
]);
/** Longest sides of what the open presets show. */
export const PRESET_EDGES: Readonly<Record<string, number>> = {
  small: 40,
  natural: 8192,
  marked: 8192,
};

/** What is in a file of {@link createPictureEdge}, instead of pixels. */
export interface Picture {
  /** Object id of the master that it was made of. */
  readonly of: string;
  readonly kind: 'master' | 'stripped' | 'variant';
  /** Pixels; 0 of a master, whose size is in its record. */
  readonly width: number;
  readonly height: number;
  /** Longest side of the picture that a variant is cut from: crops at several places show no more pixels of it. */
  readonly edge?: number;
  /** Object id of the watermark's master. */
  readonly mark?: string;
}

/** The bytes of a picture. */
function bytesOf(picture: Picture): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(picture));
}

/** The bytes of a master. */
export function masterOf({ objectId }: Pick<ImageRecord, 'objectId'>): Uint8Array<ArrayBuffer> {
  return bytesOf({ of: objectId, kind: 'master', width: 0, height: 0 });
}

/** The picture in bytes. */
export function pictureIn(bytes: Uint8Array): Picture {
  return JSON.parse(new TextDecoder().decode(bytes)) as Picture;
}

const pictureOf = async (body: ObjectBody) => pictureIn(await collect(body));

export interface PictureWorld {
  /** Whole Unix seconds. */
  readonly now: number;
  /** Of each project. The size of each is the length of its {@link masterOf}. */
  readonly images: readonly ImageRecord[];
  /** Of `my-app`, by name. */
  readonly presets: ReadonlyMap<string, PresetRules>;
  readonly serveSecrets: readonly string[];
  /** When recipients were revoked, in whole Unix seconds. */
  readonly revoked: ReadonlyMap<string, number>;
  readonly masterMetadata: MasterMetadata;
  readonly unsignedTransforms: UnsignedTransforms;
  readonly variantSizes: readonly number[];
  /** Formats that the engine cannot make. */
  readonly broken: ReadonlySet<VariantFormat>;
}

/**
 * An edge whose files say what they were made of, so that a test sees in a response which image it shows, and in how
 * many pixels.
 */
export function createPictureEdge(world: PictureWorld) {
  const { images, masterMetadata, unsignedTransforms, serveSecrets } = world;
  const find = ({ project, key }: ImageAddress) =>
    images.find((image) => image.project === project && image.key === key);
  const ports = {
    images: {
      async find(address: ImageAddress) {
        const image = find(address);
        if (image === undefined) return null;
        const secrets = { serveSecrets: () => serveSecrets, rotationsSinceRevoked: 0 };
        return { image, ...secrets, masterMetadata, unsignedTransforms };
      },
      setFocus: async () => {},
    },
    presets: {
      find: async (project: string, name: string) =>
        (project === 'my-app' && world.presets.get(name)) || null,
    },
    recipients: { revokedAt: async (_: string, sub: string) => world.revoked.get(sub) ?? null },
    objects: {
      async read(objectId: string, { start, length }: { start: number; length: number }) {
        return bytesBody(masterOf({ objectId }).slice(start, start + length));
      },
    },
    derived: { public: side(), private: side(), drop: async () => {} },
    engine: {
      version: '1',
      thoroughFormats: new Set<VariantFormat>(),
      async render(body: ObjectBody, job: RenderJob) {
        const { of } = await pictureOf(body);
        if (world.broken.has(job.format)) return { ok: false, code: 'render_failed' };
        const mark = job.watermark && (await pictureOf(job.watermark.body)).of;
        const size = job.canvas ?? turned(job.crop ?? job.scaled, job.orientation);
        const { width, height } = size;
        const edge = Math.max(job.scaled.width, job.scaled.height);
        const made = { of, kind: 'variant', width, height, edge, ...(mark && { mark }) } as const;
        const timings = { decode: 0, resize: 0, encode: 0 };
        return { ok: true, bytes: bytesOf(made), timings };
      },
      findFocus: async () => ({ x: 0.3, y: 0.9 }),
      async findBorder(body: ObjectBody) {
        const { of } = await pictureOf(body);
        const image = images.find(({ objectId }) => objectId === of);
        if (image === undefined) return null;
        const half = (length: number) => Math.ceil(length / 2);
        return { left: 0, top: 0, width: half(image.width), height: half(image.height) };
      },
      async removeMetadata(body: ObjectBody) {
        return { ok: true, bytes: bytesOf({ ...(await pictureOf(body)), kind: 'stripped' }) };
      },
    },
    encodeBudget: { check: async () => null, spend: async () => {} },
    clock: { now: () => world.now * 1000 },
  } as unknown as EdgePorts;
  const options = {
    maxVariantsPerImage: 99,
    variantSizes: world.variantSizes,
    onFailure(failure: unknown) {
      throw failure;
    },
  } as unknown as EdgeOptions;
  const reads = { image: createRead(ports, options), blurhash: createReadBlurhash(ports, options) };

  /** @param target path and query */
  return async (
    target: string,
    { of = 'image', method = 'GET', headers = {} }: PictureRequest = {},
  ) => {
    const address = readAddress('GET', target);
    if (address === null) throw new Error(`${target} names no image`);
    const { signal } = new AbortController();
    const request = { method, target, headers: new Headers(headers), signal };
    const { status, headers: sent, body } = await reads[of](request, address, testContext());
    if (body === null) return { status, headers: sent, bytes: new Uint8Array(0) };
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : await collect(body);
    return { status, headers: sent, bytes };
  };
}

export interface PictureRequest {
  readonly of?: 'image' | 'blurhash';
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** One side of a derived store, in memory. */
function side(): DerivedSide {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    maxEntryBytes: 10_000,
    async get(objectId, name) {
      const bytes = entries.get(`${objectId} ${name}`);
      return bytes === undefined ? null : bytesBody(bytes);
    },
    async set({ objectId }, name, bytes) {
      entries.set(`${objectId} ${name}`, bytes);
      return true;
    },
    async remove(objectId, name) {
      entries.delete(`${objectId} ${name}`);
    },
    async names(objectId, prefix) {
      const start = `${objectId} `;
      const own = [...entries.keys()].filter((entry) => entry.startsWith(start + prefix));
      return own.map((entry) => entry.slice(start.length));
    },
  };
}

function turned({ width, height }: RenderJob['scaled'], orientation: RenderJob['orientation']) {
  return (orientation ?? 1) > 4 ? { width: height, height: width } : { width, height };
}
