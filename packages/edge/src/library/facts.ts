import type { ImageRecord } from '@auraimage/ports';
import type { EdgeContext } from '../context.js';
import { type Answer, answerOwn } from '../http.js';
import type { EdgeOptions } from '../options.js';
import { addressIn } from '../path.js';
import type { EdgePorts } from '../ports.js';
import { locate } from '../serve/locate.js';
import { authorizeProject } from './authorize.js';

/** What an API answer tells about an image's master. */
export interface MasterFacts {
  /** Address without a token: it opens a public image only. */
  readonly url: string;
  readonly key: string;
  readonly blurhash: string;
  /** Pixels as shown. */
  readonly width: number;
  readonly height: number;
  /** Format in which the address answers without transform parameters: the master's. */
  readonly format: string;
  readonly masterFormat: string;
  /** Bytes. */
  readonly size: number;
  readonly visibility: ImageRecord['visibility'];
}

/** What the project's owner is told about an image. Times are of ISO 8601, in UTC. */
export interface ImageFacts extends MasterFacts {
  readonly sha256: string;
  readonly version: number;
  readonly uploadedAt: string;
  /** Serve tokens that were issued before have ended; `null`: none was stopped. */
  readonly linksRevokedAt: string | null;
}

/** `GET /v1/images/{project}/{key}`: what is known about one image. */
export function factsRoute({ access, images }: EdgePorts, { publicUrl }: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'facts';
    const address = addressIn(c.req.path, '/v1/images/');
    await authorizeProject(access, c.req.raw, address.project, facts);
    facts.project = address.project;
    const { image } = await locate(images, address);
    return answerOwn(requestId, 200, imageFacts(image, publicUrl));
  };
}

export function masterFacts(image: ImageRecord, publicUrl: string): MasterFacts {
  const { project, key, blurhash, width, height, size, visibility, type } = image;
  const format = type.slice('image/'.length);
  return {
    url: `${publicUrl}/${project}/${key}`,
    key,
    blurhash,
    width,
    height,
    format,
    masterFormat: format,
    size,
    visibility,
  };
}

export function imageFacts(image: ImageRecord, publicUrl: string): ImageFacts {
  const { sha256, version, createdAt, linksRevokedAt } = image;
  return {
    ...masterFacts(image, publicUrl),
    sha256,
    version,
    uploadedAt: new Date(createdAt).toISOString(),
    linksRevokedAt: linksRevokedAt === null ? null : secondAsText(linksRevokedAt),
  };
}

/** A whole Unix second in ISO 8601. */
export function secondAsText(second: number): string {
  return new Date(second * 1000).toISOString();
}
