import {
  type Access,
  ApiError,
  answerJson,
  defineRawRoute,
  type RequestContext,
  type Route,
  step,
  toUploadedImage,
  uploadedImage,
  z,
} from '@auraimage/http';
import type { ImageRecord } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { authorizeUpload, type UploadGrant } from './authorize.js';
import { inspect } from './inspect.js';
import { checkDeclaredLength, receive } from './receive.js';
import { store } from './store.js';

const uploadForm = z.object({
  file: z.string().openapi({ format: 'binary', description: 'The image' }),
  filename: z.string().optional().openapi({ description: 'Becomes the readable part of the key' }),
});

/** `POST /v1/upload`: authorize → receive → inspect → store. */
export function uploadRoute(ports: EdgePorts, options: EdgeOptions): Route {
  const withSlot = createSlots(options.maxConcurrentUploads);
  const access: Access<UploadGrant> = {
    security: [{ uploadToken: [] }],
    errors: [
      'draining',
      'upload_token_required',
      'upload_token_invalid',
      'origin_not_allowed',
      'rate_limited',
      'quota_exceeded',
    ],
    async check({ request, context }) {
      if (options.isDraining()) {
        const headers = { 'X-Aura-Origin-State': 'draining' };
        throw new ApiError('draining', { headers, retryAfterSeconds: 5 });
      }
      const { facts, client } = context;
      const grant = await step(context, 'authorize', () =>
        authorizeUpload(ports, options, request.headers, client, facts),
      );
      facts.project = grant.claims.projectName;
      return grant;
    },
  };
  return defineRawRoute({
    method: 'POST',
    path: '/v1/upload',
    hosts: ['cdn'],
    access,
    cors: { requestHeaders: 'X-Aura-Signature, Content-Type' },
    doc: {
      operationId: 'upload',
      tags: ['Images'],
      summary: 'Upload an image',
      description:
        'Takes one file as multipart form, checked in this order: token, origin, rate, quota, size, type, and whether it is an image. Answered once the image is durable.',
    },
    form: uploadForm,
    errors: [
      'multipart_required',
      'multipart_malformed',
      'file_missing',
      'file_repeated',
      'body_incomplete',
      'body_timeout',
      'body_too_large',
      'type_not_allowed',
      'image_not_decodable',
      'image_too_large',
      'too_many_uploads',
      'storage_unavailable',
      'storage_full',
    ],
    success: { status: 201, schema: uploadedImage, description: 'The image' },
    async raw({ request, context, access: grant }) {
      const image = await withSlot(() => take(ports, options, request, grant, context));
      context.facts.uploadedBytes = image.size;
      const body = toUploadedImage(image, options.publicUrl);
      return answerJson(context, 'anyone', 201, body, { Location: body.url });
    },
  });
}

/** Bounds how many uploads run at once: each may hold a connection, a file and a decoder's memory. */
function createSlots(limit: number) {
  let taken = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (taken >= limit) throw new ApiError('too_many_uploads', { retryAfterSeconds: 1 });
    taken++;
    try {
      return await work();
    } finally {
      taken--;
    }
  };
}

async function take(
  ports: EdgePorts,
  options: EdgeOptions,
  request: Request,
  { claims }: UploadGrant,
  env: Pick<RequestContext, 'step'>,
): Promise<ImageRecord> {
  const { projectName: project, allowedTypes, visibility = 'public' } = claims;
  const maxBytes = Math.min(claims.maxSize, options.maxUploadBytes);
  checkDeclaredLength(request.headers, maxBytes);
  const draft = await ports.objects.create();
  try {
    const rules = { maxBytes, allowedTypes };
    const { filename, type } = await step(env, 'receive', () =>
      receive(ports.receiver, request, draft, rules, options),
    );
    const inspected = await step(env, 'inspect', () => inspect(ports.engine, draft, type));
    const newImage = { project, filename, visibility, inspected };
    return await step(env, 'store', () => store(ports, draft, newImage));
  } finally {
    await draft.discard();
  }
}
