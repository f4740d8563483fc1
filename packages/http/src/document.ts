import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { ERRORS, type ErrorCode } from '@auraimage/protocol';
import type { Route } from './route.js';
import { z } from './schemas.js';

/** An OpenAPI 3.1 document: {@link https://spec.openapis.org/oas/v3.1.1}. */
export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

export interface DocumentOptions {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** The API's base URL, without a trailing slash. */
  readonly url: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By name. The `security` of an access check refers to these names. */
  readonly securitySchemes: Readonly<Record<string, Parameters<Schemes>[2]>>;
}

type Schemes = OpenAPIRegistry['registerComponent'];

/**
 * Builds an OpenAPI 3.1 document of the routes that have a `doc` and a `success`, in the order given. Error
 * responses come from each route's `errors`.
 *
 * @example
 * const document = describeRoutes([...edge.routes, ...control.routes], {
 *   title: 'AuraImage API', version, description, url: 'https://app.example', tags, securitySchemes,
 * });
 */
export function describeRoutes(
  routes: readonly Route[],
  { title, version, description, url, tags, securitySchemes }: DocumentOptions,
): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(securitySchemes)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  for (const route of routes) {
    const config = describeRoute(route);
    if (config !== null) registry.registerPath(config);
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title, version, description },
    servers: [{ url }],
    tags: [...tags],
  });
}

function describeRoute(route: Route): RouteConfig | null {
  const { doc, params, query, body, form, success } = route;
  if (doc === undefined || success === undefined) return null;
  const content = body
    ? { 'application/json': { schema: body } }
    : form && { 'multipart/form-data': { schema: form } };
  return {
    method: route.method.toLowerCase() as Lowercase<Route['method']>,
    path: route.path.replace('+}', '}'),
    ...doc,
    tags: [...doc.tags],
    ...(route.permission !== undefined && { 'x-permission': route.permission }),
    security: route.security.map((one) =>
      Object.fromEntries(Object.entries(one).map(([name, scopes]) => [name, [...scopes]])),
    ),
    request: {
      ...(params instanceof z.ZodObject && { params }),
      ...(query instanceof z.ZodObject && { query }),
      ...(content && { body: { required: route.bodyIsOptional !== true, content } }),
    },
    responses: {
      [success.status]: {
        description: success.description,
        ...('schema' in success && {
          content: {
            'application/json': { schema: success.schema },
            ...(route.hasCsv === true && { 'text/csv': { schema: z.string() } }),
          },
        }),
        ...('file' in success && {
          content: { [success.file]: { schema: z.string().openapi({ format: 'binary' }) } },
        }),
      },
      ...errorResponses(route.errors),
    },
  };
}

const errorBody = z
  .object({
    message: z.string().openapi({
      description: 'For people; the wording may change',
      example: ERRORS.project_not_found.message,
    }),
  })
  .openapi('Error');

/** OpenAPI has one response per status, so codes with the same status share one. */
function errorResponses(codes: readonly ErrorCode[]): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
        headers: { 'X-Aura-Error': { schema: { type: 'string', enum: group } } },
        content: { 'application/json': { schema: errorBody } },
      },
    ]),
  );
}
