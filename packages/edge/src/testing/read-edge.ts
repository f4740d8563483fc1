import type { RequestFacts } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import {
  bytesBody,
  type DerivedBody,
  type DerivedSide,
  type EncodeWork,
  fileBody,
  type ImageRecord,
  type PresetRules,
  type ReadBatch,
  type Rendering,
  type RenderJob,
} from '@auraimage/ports';
import { type ImageAddress, signServeToken } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRead, createReadBlurhash, readAddress } from '../read/route.js';

/** Of every read. */
export const BATCH: ReadBatch = {};
export const SECRET = 'psk_live_for-tests';
/** Whole Unix seconds. */
export const NOW = 1_900_000_000;
const RENDERED = {
  ok: true,
  bytes: new Uint8Array([1, 2, 3]),
  timings: { decode: 1, resize: 1, encode: 1 },
} satisfies Rendering;

/** As a store returns what it has in a file. */
function inFile(path: string, bytes: Uint8Array<ArrayBuffer>): DerivedBody {
  const read = (target: Uint8Array, position: number) => {
    target.set(bytes.subarray(position, position + target.length));
    return undefined;
  };
  return fileBody({ path, start: 0, length: bytes.length, open: () => ({ read, close() {} }) });
}

/**
 * An edge with one image and others beside it, and a note of each side of the derived store that was touched.
 *
 * @param engine what it has instead
 */
export function createReadEdge(image: ImageRecord, engine: object = {}) {
  const state = {
    unsignedTransforms: 'any',
    variantSizes: [] as readonly number[],
    rendered: RENDERED.bytes,
    isBroken: false,
    /** Whether an object is missing from the store. */
    isGone: (_: string) => false,
  };
  const touched = new Set<string>();
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  /** By name. */
  const presets = new Map<string, PresetRules>();
  /** By key. */
  const images = new Map([[image.key, image]]);
  /** Those of the queries for images and recipients. */
  const batches: (ReadBatch | undefined)[] = [];
  /** Names of presets that were looked up. */
  const lookedUp: string[] = [];
  /** Whom image work was counted for. */
  const work: EncodeWork[] = [];
  /** What the engine was asked for. */
  const jobs: string[] = [];
  const sideOf = (side: string): DerivedSide => {
    const note = <T>(value: T) => {
      touched.add(side);
      return Promise.resolve(value);
    };
    return {
      maxEntryBytes: 1000,
      get(_, name) {
        const bytes = entries.get(`${side} ${name}`);
        if (bytes === undefined) return note(null);
        return note(bytes.length > 1000 ? inFile(name, bytes) : bytesBody(bytes));
      },
      set(_, name, bytes) {
        entries.set(`${side} ${name}`, bytes);
        return note(true);
      },
      remove: () => note(undefined),
      names: () => note([]),
    };
  };
  const ports = {
    images: {
      async find({ key }: ImageAddress, batch?: ReadBatch) {
        batches.push(batch);
        const image = images.get(key);
        if (image === undefined) return null;
        return {
          image,
          serveSecrets: () => [SECRET],
          rotationsSinceRevoked: 0,
          ...state,
          masterMetadata: 'keep' as const,
        };
      },
      setFocus: async () => {},
    },
    presets: {
      async find(_: string, name: string) {
        lookedUp.push(name);
        return presets.get(name) ?? null;
      },
    },
    objects: {
      read: async (id: string) => (state.isGone(id) ? null : bytesBody(new Uint8Array(3))),
    },
    derived: { public: sideOf('public'), private: sideOf('private'), drop: async () => {} },
    engine: {
      version: '1',
      thoroughFormats: new Set(['webp']),
      async render(_: unknown, { format, effort, scaled }: RenderJob) {
        jobs.push(`${effort} ${format} ${scaled.width}`);
        if (state.isBroken) return { ok: false, code: 'render_failed' };
        return { ...RENDERED, bytes: state.rendered };
      },
      async findFocus(_: unknown, __: unknown, kind: string) {
        jobs.push(kind);
        return null;
      },
      async findBorder(_: unknown, __: unknown, tolerance: number) {
        jobs.push(`border ${tolerance}`);
        return { left: 30, top: 0, width: 60, height: 60 };
      },
      ...engine,
    },
    encodeBudget: {
      async check(of: EncodeWork) {
        work.push(of);
        return null;
      },
      spend: async () => {},
    },
    recipients: {
      async revokedAt(_: string, __: string, batch?: ReadBatch) {
        batches.push(batch);
        return null;
      },
    },
    clock: { now: () => NOW * 1000 },
  } as unknown as EdgePorts;
  const options = Object.assign(state, { maxVariantsPerImage: 9 }) as unknown as EdgeOptions;
  const reads = {
    image: createRead(ports, options),
    blurhash: createReadBlurhash(ports, options),
  };
  let facts: RequestFacts = {};
  /** @param path behind the project */
  const answerAt = (
    path: string,
    method = 'GET',
    headers: Record<string, string> = {},
    of: keyof typeof reads = 'image',
  ) => {
    const request = {
      method,
      target: `/${image.project}/${path}`,
      headers: new Headers(headers),
      signal: new AbortController().signal,
    };
    facts = {};
    const context = testContext({ facts, batch: BATCH });
    const address = readAddress('GET', request.target);
    if (address === null) throw new Error(`${request.target} names no image`);
    return reads[of](request, address, context);
  };
  const answer = (
    query: string,
    ...how: [string?, Record<string, string>?, (keyof typeof reads)?]
  ) => answerAt(`${image.key}?${query}`, ...how);
  const ask = async (query: string) => {
    const { status, headers } = await answer(query);
    return headers['X-Aura-Error'] ?? status;
  };
  const token = (claims: object = {}) =>
    signServeToken({ p: image.project, f: image.key, exp: NOW + 60, ...claims }, SECRET);
  const made = { batches, presets, images, lookedUp, work, jobs, state, image };
  return { ask, answer, answerAt, token, ...made, touched: () => [...touched], facts: () => facts };
}
