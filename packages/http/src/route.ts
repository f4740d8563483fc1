import type { ErrorCode } from '@auraimage/protocol';
import { type Answer, type Audience, answer, answerJson, NO_STORE } from './answer.js';
import { ApiError } from './api-error.js';
import { type BodyRules, bodyErrorsOf, describeIssue, readBody } from './body.js';
import type { Host, RequestContext } from './context.js';
import { pathOf, queryOf, targetOf } from './context.js';
import { type CsvTable, toCsv, wantsCsv } from './csv.js';
import type { z } from './schemas.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** After a body that took longer, in milliseconds, access is checked again. */
const SLOW_BODY_MS = 1000;

/** A request after routing. */
export interface RoutedRequest {
  readonly request: Request;
  /** The path parameters, without decoding. */
  readonly params: Readonly<Record<string, string>>;
  readonly context: RequestContext;
}

/** Decides who may use a route. It runs before the rest of the request is read. */
export interface Access<Granted> {
  /** Alternative ways to authenticate, by the names of the API document's security schemes. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Codes that `check` throws. */
  readonly errors: readonly ErrorCode[];
  /** Name of the permission that it asks for, if there is one. */
  readonly permission?: string | undefined;
  /**
   * It may be called twice for one request, and has no effects that add up.
   *
   * @throws {ApiError}
   */
  check(routed: RoutedRequest): Promise<Granted>;
}

/** Allows every request. */
export const everyone: Access<null> = { security: [], errors: [], check: async () => null };

/** The description of a route in the API document. */
export interface RouteDoc {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
}

interface JsonSuccess<Schema extends z.ZodType> {
  readonly status: 200 | 201 | 202;
  readonly schema: Schema;
  readonly description: string;
}

interface EmptySuccess {
  readonly status: 204;
  readonly description: string;
}

/** A file of one of several types, which only a raw route sends. */
interface FileSuccess {
  readonly status: 200;
  /** Media type or range of the file. */
  readonly file: string;
  readonly description: string;
}

type Success<Schema extends z.ZodType> = JsonSuccess<Schema> | EmptySuccess;

/**
 * A handler's result with cookies, each as the value of a `Set-Cookie` header.
 *
 * @example
 * return new Reply(me, [cookie]);
 */
export class Reply<Value> {
  constructor(
    readonly value: Value,
    readonly cookies: readonly string[],
  ) {}
}

interface RouteInput<Granted, Params, Query, Body> {
  /** The result of the access check. */
  readonly access: Granted;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly context: RequestContext;
}

interface Frame<Granted> {
  readonly method: Method;
  /**
   * Such as `/v1/projects/{project}/images`. One parameter may be `{name+}`, which matches slashes as well: several
   * pieces.
   */
  readonly path: `/${string}`;
  /** The virtual hosts that serve the route. Ignored when one host serves every route. */
  readonly hosts: readonly Host[];
  readonly access: Access<Granted>;
  /** Pages of other sites may load the response. With `requestHeaders`, preflights succeed as well. */
  readonly cors?: { readonly requestHeaders?: string };
  readonly doc?: RouteDoc;
  /** Error codes in addition to those of the access check, the query and the body. */
  readonly errors?: readonly ErrorCode[];
}

interface JsonRouteSpec<
  Granted,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Schema extends z.ZodType,
> extends Frame<Granted>,
    BodyRules {
  readonly params?: Params;
  readonly query?: Query;
  /** The JSON body. */
  readonly body?: Body;
  readonly success: Success<Schema>;
  readonly handler: (
    input: RouteInput<Granted, z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<Value<Schema>> | Value<Schema>;
  /** The handler's value as a table, for a request that asks for one: the query has `csvQuery`. */
  readonly csv?: (
    value: z.input<Schema>,
    input: Pick<
      RouteInput<Granted, z.output<Params>, z.output<Query>, z.output<Body>>,
      'access' | 'query'
    >,
  ) => CsvTable;
}

type Value<Schema extends z.ZodType> = z.input<Schema> | Reply<z.input<Schema>>;

interface RawRouteSpec<Granted> extends Frame<Granted> {
  readonly params?: z.ZodType;
  /** Describes a multipart form, which the handler reads itself, in the API document. */
  readonly form?: z.ZodType;
  readonly success?: Success<z.ZodType> | FileSuccess;
  readonly raw: (
    routed: RoutedRequest & { readonly access: Granted },
  ) => Promise<Answer | Response> | Answer | Response;
}

/** An entry of the route table. {@link defineRoute} and {@link defineRawRoute} make it. */
export interface Route extends Omit<Frame<unknown>, 'access' | 'errors'> {
  readonly audience: Audience;
  readonly security: Access<unknown>['security'];
  readonly permission: Access<unknown>['permission'];
  /** Every error code of the route, except `internal` and those of the router. */
  readonly errors: readonly ErrorCode[];
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  readonly bodyIsOptional?: true | undefined;
  readonly form?: z.ZodType | undefined;
  readonly success?: Success<z.ZodType> | FileSuccess | undefined;
  /** Whether the result can be had as a table, too. */
  readonly hasCsv?: boolean | undefined;
  /** @throws {ApiError} */
  run(routed: RoutedRequest): Promise<Answer | Response>;
}

/**
 * Declares a route that takes and returns JSON. A request passes the access check first, then the query's
 * schema, the body's schema and the handler. A body has at most 64 KiB, and arrives within 30 seconds; after a slow one,
 * the request passes the access check once more.
 *
 * `run` throws an {@link ApiError}: those of the access check and of the handler, `json_required`,
 * `json_malformed`, `json_too_large` and `body_timeout` for the body, and `field_invalid`, with the field's name, for a
 * query or a body that does not match its schema (`page_malformed` for the query's `limit` and `cursor`).
 *
 * @example
 * const getProject = defineRoute({
 *   method: 'GET',
 *   path: '/v1/projects/{project}',
 *   hosts: ['app'],
 *   access: inProject,
 *   doc: { operationId: 'getProject', tags: ['Projects'], summary: 'Get a project' },
 *   params: projectParam,
 *   success: { status: 200, schema: projectBody, description: 'The project' },
 *   handler: ({ access: { project } }) => toProjectBody(project),
 * });
 */
export function defineRoute<
  Granted,
  Params extends z.ZodType = z.ZodType<Record<never, never>>,
  Query extends z.ZodType = z.ZodType<Record<never, never>>,
  Body extends z.ZodType = z.ZodType<undefined>,
  Schema extends z.ZodType = z.ZodType<undefined>,
>(spec: JsonRouteSpec<Granted, Params, Query, Body, Schema>): Route {
  const { access, handler, bodyError, success, cors, csv } = spec;
  const audience: Audience = cors === undefined ? 'owner' : 'anyone';
  const bodyErrors = spec.body === undefined ? [] : bodyError ? [bodyError] : bodyErrorsOf(spec);
  const queryErrors = spec.query === undefined ? [] : (['field_invalid'] as const);
  return {
    ...spec,
    audience,
    hasCsv: csv !== undefined,
    security: access.security,
    permission: access.permission,
    errors: unique([...access.errors, ...bodyErrors, ...queryErrors, ...(spec.errors ?? [])]),
    async run(routed) {
      const { request, params, context } = routed;
      let granted = await access.check(routed);
      const checked = performance.now();
      const query = (spec.query && readQuery(spec.query, request)) as z.output<Query>;
      const body = (await readBody(spec, routed)) as z.output<Body>;
      // Whoever has lost the access meanwhile must not use it by a body that was held back.
      if (performance.now() - checked > SLOW_BODY_MS) granted = await access.check(routed);
      const input = { access: granted, params: params as z.output<Params>, query, body };
      const result = await handler({ ...input, request, context });
      const { value, cookies } = result instanceof Reply ? result : { value: result, cookies: [] };
      if (csv !== undefined && wantsCsv(request)) {
        return answerCsv(context, audience, csv(value, { access: granted, query }));
      }
      const { status } = success;
      const reply =
        status === 204
          ? answer(context, audience, status, { 'Cache-Control': 'no-store' })
          : answerJson(context, audience, status, value);
      return { ...reply, cookies };
    },
  };
}

function answerCsv(context: RequestContext, audience: Audience, table: CsvTable): Answer {
  const headers = {
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${table.fileName}"`,
    'Cache-Control': NO_STORE,
  };
  return answer(context, audience, 200, headers, toCsv(table));
}

/**
 * Declares a route whose handler builds the response itself, and reads the body itself if there is one: an
 * image, an upload, a page. The access check runs first, as for {@link defineRoute}.
 *
 * @example
 * const health = defineRawRoute({
 *   method: 'GET',
 *   path: '/health',
 *   hosts: ['cdn', 'app', 'unknown'],
 *   access: everyone,
 *   raw: ({ context }) => answerJson(context, 'anyone', 200, { status: 'ok' }),
 * });
 */
export function defineRawRoute<Granted>(spec: RawRouteSpec<Granted>): Route {
  const { access, raw, cors } = spec;
  return {
    ...spec,
    audience: cors === undefined ? 'owner' : 'anyone',
    security: access.security,
    permission: access.permission,
    errors: unique([...access.errors, ...(spec.errors ?? [])]),
    run: async (routed) => raw({ ...routed, access: await access.check(routed) }),
  };
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

/** Unknown parameters are ignored. A repeated one becomes an array, which every schema rejects. */
function readQuery(schema: z.ZodType, request: Request): unknown {
  const query = queryOf(targetOf(request.url));
  const values = new Map<string, string[]>();
  for (const [name, value] of query) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  const parameters = Object.fromEntries(
    [...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]),
  );
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const field = String(parsed.error.issues[0]?.path[0] ?? '');
  const isPage = field === 'limit' || field === 'cursor';
  throw new ApiError(isPage ? 'page_malformed' : 'field_invalid', {
    message: describeIssue(parsed.error),
  });
}

/**
 * The path parameters of a request, without decoding.
 *
 * @param pattern path of a route that matches the target
 *
 * @example
 * paramsOf('/v1/projects/{project}', '/v1/projects/my-app?limit=1'); // { project: 'my-app' }
 */
export function paramsOf(pattern: string, target: string): Record<string, string> {
  const pieces = pathOf(target).split('/');
  const patterns = pattern.split('/');
  /** Pieces that `{name+}` matches beyond one. */
  const surplus = pieces.length - patterns.length;
  const params: Record<string, string> = {};
  let at = 0;
  for (const piece of patterns) {
    const name = /^\{([^}+]+)(\+?)\}$/.exec(piece);
    const end = at + (name?.[2] === '+' ? 1 + surplus : 1);
    if (name?.[1] !== undefined) params[name[1]] = pieces.slice(at, end).join('/');
    at = end;
  }
  return params;
}
