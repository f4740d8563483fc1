import type { ImageRecord } from '@auraimage/ports';
import { type EdgeContext, type EdgeEnv, step } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answerJson } from '../http.js';
import { masterFacts } from '../library/facts.js';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { authorizeUpload, type UploadGrant } from './authorize.js';
import { inspect } from './inspect.js';
import { checkDeclaredLength, receive } from './receive.js';
import { createSlots } from './slots.js';
import { store } from './store.js';

/** `POST /v1/upload`: authorize → receive → inspect → store. */
export function uploadRoute(ports: EdgePorts, options: EdgeOptions) {
  const slots = createSlots(options.maxConcurrentUploads);
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, client, requestId } = c.env;
    facts.route = 'upload';
    if (options.isDraining()) {
      const headers = { 'Retry-After': '5', 'X-Aura-Origin-State': 'draining' };
      throw new EdgeError('draining', { headers });
    }
    const request = c.req.raw;
    const grant = await step(c.env, 'authorize', () =>
      authorizeUpload(ports, options, request.headers, client, facts),
    );
    facts.project = grant.claims.projectName;
    const image = await slots.run(() => take(ports, options, request, grant, c.env));
    facts.uploadedBytes = image.size;
    const { url, ...rest } = masterFacts(image, options.publicUrl);
    return answerJson(requestId, 201, { url, ...rest }, { Location: url });
  };
}

async function take(
  ports: EdgePorts,
  options: EdgeOptions,
  request: Request,
  { claims }: UploadGrant,
  env: Pick<EdgeEnv, 'step'>,
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
    const wish = { project, filename, visibility, inspected };
    return await step(env, 'store', () => store(ports, draft, wish));
  } finally {
    await draft.discard();
  }
}
