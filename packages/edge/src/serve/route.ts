import {
  type Answer,
  ApiError,
  type PlainRequest,
  queryOf,
  type RequestContext,
  step,
} from '@auraimage/http';
import type { ImageRecord } from '@auraimage/ports';
import type { ImageAddress } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createSeekFocus } from '../variants/focus.js';
import { createVariantMaker } from '../variants/make.js';
import { authorize } from './authorize.js';
import { blurhashOf } from './blurhash.js';
import { deliver } from './deliver.js';
import { locate } from './locate.js';
import { createMasters } from './master.js';
import { plan } from './plan.js';
import type { Representation } from './representation.js';
import { createCacheControl } from './respond.js';
import { variantOf } from './variant.js';

/** Answers a read of the image at an address. */
export type Serve = (
  request: PlainRequest,
  address: ImageAddress,
  env: RequestContext,
) => Promise<Answer>;

/** `GET|HEAD /{project}/{key}`: locate → authorize → plan → master or variant → deliver. */
export function createServe(ports: EdgePorts, options: EdgeOptions): Serve {
  const maker = createVariantMaker(ports, options);
  const cacheControl = createCacheControl(options.sharedMaxAgeSeconds);
  const masters = createMasters(ports, cacheControl);
  const seekFocus = createSeekFocus(ports, options.onFailure);
  const shop = { ports, masters, maker, seekFocus, cacheControl };
  return async (request, address, env) => {
    const started = performance.now();
    const query = queryOf(request.target);
    const image = await readable(ports, address, query, env);
    const planned = step(env, 'plan', () =>
      plan(query, request.headers.get('accept'), image, options.variantSizes),
    );
    const send = (found: Representation) =>
      step(env, 'deliver', () => deliver(request, found, env));
    switch (planned.kind) {
      case 'blurhash':
        return send(blurhashOf(image, ['blurhash'], cacheControl, started));
      case 'master':
        return send(masters.of(image, started));
      case 'variant':
        return send(
          await step(env, 'variant', () =>
            variantOf(shop, image, planned.wish, request, env.facts, started),
          ),
        );
    }
  };
}

/** `GET|HEAD /v1/blurhash/{project}/{key}`, behind the same access check. */
export function createServeBlurhash(ports: EdgePorts, options: EdgeOptions): Serve {
  const cacheControl = createCacheControl(options.sharedMaxAgeSeconds);
  return async (request, address, env) => {
    const started = performance.now();
    const image = await readable(ports, address, queryOf(request.target), env);
    const members = ['blurhash', 'width', 'height'] as const;
    return deliver(request, blurhashOf(image, members, cacheControl, started), env);
  };
}

/** The image's row, once the request has been found to be allowed to read it. */
async function readable(
  { images, clock }: EdgePorts,
  address: ImageAddress,
  query: URLSearchParams,
  env: RequestContext,
): Promise<ImageRecord> {
  const { facts } = env;
  facts.isRead = true;
  const { image, serveSecrets } = await step(env, 'locate', () => locate(images, address));
  facts.project = image.project;
  const access = await step(env, 'authorize', () =>
    authorize(image, query.getAll('token'), serveSecrets, clock.now()),
  );
  if (access.granted) {
    if (access.previousSecret) facts.previousSecret = true;
    return image;
  }
  facts.refusal = access.refusal;
  const missing = access.refusal === 'missing';
  throw new ApiError(missing ? 'signed_token_required' : 'serve_token_invalid');
}
