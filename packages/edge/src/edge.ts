import {
  ApiError,
  defineRawRoute,
  everyone,
  imageParams,
  plainRequestOf,
  type Route,
  whole,
  z,
} from '@auraimage/http';
import { parseImageAddress, type ReadAddress } from '@auraimage/protocol';
import { createCacheSweep } from './cache-sweep.js';
import type { EdgeOptions } from './options.js';
import type { EdgePorts } from './ports.js';
import { createRead, createReadBlurhash, parseAddress, type Read } from './read/route.js';
import { receiptKeysRoute } from './receipts.js';
import { statusRoutes } from './status/routes.js';
import { telemetryRoute } from './telemetry.js';
import { uploadRoute } from './upload/route.js';

/** The CDN: reads, uploads, telemetry of pages, status. */
export interface Edge {
  readonly routes: readonly Route[];
  /**
   * Responds to a read of an image, with plain data instead of web objects: a host that can use it saves their
   * cost. Never rejects: errors become error responses.
   */
  readonly read: Read;
  /**
   * Removes derived bytes of images that were deleted, replaced or flipped by other processes. The host calls it
   * at the start and at least every half minute. Rejects while the database does not respond.
   *
   * @param signal ends it before the next query
   */
  readonly sweepCache: (signal: AbortSignal) => Promise<void>;
}

/**
 * Creates the CDN. Uploads, queues and variants are bounded by its options. Its routes throw an `ApiError` for
 * every expected failure; unexpected ones become `internal`.
 *
 * @example
 * const edge = createEdge(
 *   {
 *     objects, images, presets, projects, receiptKeys, recipients, receiver, engine, derived, encodeBudget, uploadRate,
 *     clock,
 *   },
 *   options,
 * );
 * const router = createRouter([...edge.routes, ...control.routes]);
 */
export function createEdge(ports: EdgePorts, options: EdgeOptions): Edge {
  const read = createRead(ports, options);
  const readBlurhash = createReadBlurhash(ports, options);
  return {
    sweepCache: createCacheSweep(ports),
    routes: [
      uploadRoute(ports, options),
      defineRawRoute({
        method: 'GET',
        path: '/v1/blurhash/{project}/{key+}',
        hosts: ['cdn'],
        access: { ...everyone, security: [{}, { serveToken: [] }, { serveCookie: [] }] },
        cors: { requestHeaders: 'Range' },
        doc: {
          operationId: 'getBlurhash',
          tags: ['Images'],
          summary: 'Get a blurhash',
          description: 'A private image requires its serve token here, too.',
        },
        params: imageParams,
        errors: ['signed_token_required', 'serve_token_invalid', 'image_not_found'],
        success: {
          status: 200,
          schema: z.object({
            blurhash: z.string(),
            width: whole('Pixels'),
            height: whole('Pixels'),
          }),
          description: 'The blurhash',
        },
        raw: ({ request, params, context }) =>
          readBlurhash(plainRequestOf(request), keyOf(params), context),
      }),
      receiptKeysRoute(ports),
      telemetryRoute(ports),
      ...statusRoutes(ports, options),
      defineRawRoute({
        method: 'GET',
        path: '/{project}/{key+}',
        hosts: ['cdn'],
        access: everyone,
        cors: { requestHeaders: 'Range, If-None-Match' },
        raw: ({ request, params, context }) =>
          read(plainRequestOf(request), addressOf(params), context),
      }),
    ],
    read,
  };
}

/** @throws {ApiError} `image_not_found` for a path that names no image */
function addressOf({ project, key }: Readonly<Record<string, string>>): ReadAddress {
  const address = parseAddress(`${project}/${key}`);
  if (address === null) throw new ApiError('image_not_found');
  return address;
}

/** @throws {ApiError} `image_not_found` for a project or key that is not well-formed */
function keyOf({ project, key }: Readonly<Record<string, string>>): ReadAddress {
  const address = parseImageAddress(`${project}/${key}`);
  if (address === null) throw new ApiError('image_not_found');
  return { project: address.project, candidates: [{ key: address.key }], segment: null };
}
