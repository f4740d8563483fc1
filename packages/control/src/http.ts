import type { AuditAction, NewAuditEntry } from '@auraimage/ports';
import type { Hook } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import type { z } from 'zod';
import type { Caller } from './auth/authenticate.js';
import type { ControlApp, ControlContext, ControlEnv } from './context.js';
import { ControlError } from './errors.js';

type Env = { Bindings: ControlEnv };

/** Most bytes of a body. */
const MAX_BODY_BYTES = 64 * 1024;
/** Longest address that is looked at, in characters. */
const MAX_TARGET_LENGTH = 8192;

/** On every answer: nothing here is ever kept by a cache, framed, or read by another site. */
const ALWAYS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

/** Gives every answer, errors included, the fields that none may lack, and tells the host the route. */
export const everyAnswer: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  c.env.facts.route ??= patternOf(c);
  const { headers } = c.res;
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value);
  headers.set('X-Request-Id', c.env.requestId);
  if (!headers.has('content-security-policy')) headers.set('Content-Security-Policy', NO_PAGE);
};

/** The path and query of an absolute URL, as they stand. */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/** The path of a request target as it stands: what is routed is what came over the wire. */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** Refuses what is too long to be looked at. */
export const bounded: MiddlewareHandler<Env> = async (c, next) => {
  if (targetOf(c.req.raw.url).length > MAX_TARGET_LENGTH) throw new ControlError('uri_too_long');
  return limitBody(c, next);
};

const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new ControlError('json_too_large');
  },
});

/** Turns what a schema refuses into an error that names the field. */
export const refuseInvalid: Hook<unknown, Env, string, undefined> = (result) => {
  if (result.success) return undefined;
  const field = String(result.error.issues[0]?.path[0] ?? '');
  const isPage = result.target === 'query' && (field === 'limit' || field === 'cursor');
  const message = describe(result.error);
  throw new ControlError(isPage ? 'page_malformed' : 'field_invalid', { message });
};

function describe({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'The request is malformed';
  if (issue.code === 'unrecognized_keys') return `Unknown field "${issue.keys[0]?.slice(0, 100)}"`;
  const path = issue.path.map(String).join('.');
  return path === '' ? `Send a JSON object: ${issue.message}` : `"${path}": ${issue.message}`;
}

/** To be called after the last route: answers the other methods of every address with what it takes. */
export function refuseOtherMethods(app: ControlApp): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === 'GET') known.add('HEAD');
  }
  for (const [path, known] of methods) {
    const headers = { Allow: [...known].join(', ') };
    app.all(path, () => {
      throw new ControlError('method_not_allowed', { headers });
    });
  }
}

/** An entry of the audit log about what a caller does. */
export function by(
  { kind, user }: Pick<Caller, 'kind' | 'user'>,
  c: { readonly env: Pick<ControlEnv, 'client'> },
  action: AuditAction,
  subject: Partial<Pick<NewAuditEntry, 'project' | 'target' | 'details'>> = {},
): NewAuditEntry {
  const { project = null, target = null, details = {} } = subject;
  const actor = { kind, name: user.email };
  return {
    accountId: user.accountId,
    actor,
    action,
    project,
    target,
    details,
    address: c.env.client,
  };
}

function patternOf(c: ControlContext): string {
  const path = routePath(c); // of the handler that ran last: others may match too
  return path === '/*' ? 'unknown' : path;
}
