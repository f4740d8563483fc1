import {
  type Access,
  ApiError,
  answerJson,
  defineRawRoute,
  type RequestContext,
  type RequestFacts,
  type Route,
  step,
  toUploadedImage,
  uploadedImage,
  z,
} from '@auraimage/http';
import type { ImageRecord, ObjectDraft } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createSignReceipt } from '../receipts.js';
import { charged } from '../render/charge.js';
import { authorizeUpload, type UploadGrant } from './authorize.js';
import { bodyDeadline, checkDeclaredLength, receive } from './receive.js';
import { createUploadSlots, type UploadSlot } from './slots.js';
import { type InspectedImage, store } from './store.js';

const uploadForm = z.object({
  file: z.string().openapi({ format: 'binary', description: 'The image' }),
  filename: z
    .string()
    .optional()
    .openapi({ description: 'File name. The readable part of the key is made from it' }),
});

/** `POST /v1/upload`: authorize → receive → inspect → store. */
export function uploadRoute(ports: EdgePorts, options: EdgeOptions): Route {
  const signReceipt = createSignReceipt(ports, options);
  const withSlot = createUploadSlots(options.maxConcurrentUploads);
  const access: Access<UploadGrant> = {
    security: [{ uploadToken: [] }],
    errors: [
      'draining',
      'upload_token_required',
      'upload_token_invalid',
      'origin_not_allowed',
      'rate_limited',
      'encode_limit',
      'quota_exceeded',
      'name_taken',
      'name_reserved',
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
      const { projectName, name, overwrite } = grant.claims;
      facts.project = projectName;
      // Checked again at the commit. Here it saves the client the body.
      if (name !== undefined && overwrite !== true) await checkFree(ports, projectName, name);
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
        'Send one file as a multipart form. It is checked in this order: token, origin, rate, quota, size, type, and whether it is an image. The response is sent once the image is durable.',
    },
    form: uploadForm,
    errors: [
      'multipart_required',
      'multipart_malformed',
      'file_missing',
      'file_repeated',
      'body_incomplete',
      'body_timeout',
      'body_too_slow',
      'body_too_large',
      'type_not_allowed',
      'image_kind_not_supported',
      'image_not_decodable',
      'image_too_large',
      'image_too_slow',
      'engine_busy',
      'too_many_uploads',
      'storage_unavailable',
      'storage_full',
    ],
    success: { status: 201, schema: uploadedImage, description: 'The image' },
    async raw({ request, context, access: grant }) {
      const image = await withSlot(grant.work, (slot) =>
        upload(ports, options, { request, grant, slot }, context),
      );
      context.facts.uploadedBytes = image.size;
      // The image is stored, so a failure is only logged: the response then has no receipt.
      const receipt = await signReceipt(image).catch((error: unknown) => {
        context.facts.failure = error;
        return undefined;
      });
      const body = {
        ...toUploadedImage(image, options.publicUrl),
        ...(receipt !== undefined && { receipt }),
      };
      return answerJson(context, 'anyone', 201, body, { Location: body.url });
    },
  });
}

async function checkFree(
  { images }: Pick<EdgePorts, 'images'>,
  project: string,
  name: string,
): Promise<void> {
  if ((await images.find({ project, key: name })) !== null) throw new ApiError('name_taken');
}

interface Upload {
  readonly request: Request;
  readonly grant: UploadGrant;
  readonly slot: UploadSlot;
}

async function upload(
  ports: EdgePorts,
  options: EdgeOptions,
  { request, grant, slot }: Upload,
  context: Pick<RequestContext, 'step' | 'facts'>,
): Promise<ImageRecord> {
  const { claims, origin, policy } = grant;
  const { projectName: project, allowedTypes, name, overwrite, visibility, metadata } = claims;
  const maxBytes = Math.min(claims.maxSize, options.maxUploadBytes);
  checkDeclaredLength(request.headers, maxBytes);
  const draft = await ports.objects.create();
  try {
    const rules = { maxBytes, allowedTypes };
    const { filename, type } = await step(context, 'receive', () =>
      slot.whileReceiving(bodyDeadline(request.signal, options), (deadline) =>
        receive(ports.receiver, request, draft, rules, deadline),
      ),
    );
    const inspected = await step(context, 'inspect', () =>
      inspect(ports, draft, type, grant, request.signal, context.facts),
    );
    const naming = { filename, name, visibility, metadata, overwrite: overwrite === true };
    const newImage = { project, projectId: policy.projectId, ...naming, origin, inspected };
    const { image, replacedObjectId: replaced } = await step(context, 'store', () =>
      store(ports, draft, newImage),
    );
    // Committed, so a failure is only logged: at worst an orphan object stays.
    if (replaced !== null) {
      const cleanup = [ports.derived.drop(replaced), ports.objects.remove(replaced)];
      for (const result of await Promise.allSettled(cleanup)) {
        if (result.status === 'rejected') context.facts.failure = result.reason;
      }
    }
    return image;
  } finally {
    await draft.discard();
  }
}

/**
 * The time is charged to the project, and beyond its budget if need be: the budget was checked before the body
 * was received, and a body that has been received is not refused for its time.
 */
async function inspect(
  { engine, encodeBudget }: EdgePorts,
  draft: ObjectDraft,
  type: MasterType,
  { work }: UploadGrant,
  signal: AbortSignal,
  facts: RequestFacts,
): Promise<InspectedImage> {
  const onSpent = (ms: number) => {
    facts.encodeMs = (facts.encodeMs ?? 0) + ms;
  };
  const { project, client } = work;
  const inspection = await charged(encodeBudget, work, onSpent, async (onSpent) =>
    engine.inspect(await draft.readBack(), type, { project, client, signal, onSpent }),
  );
  if (inspection.ok) return inspection;
  const { code, message } = inspection;
  throw new ApiError(code, message === undefined ? {} : { message });
}
