import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { ask, json, type Reply } from './serve-request.js';

/** The parts of a JSON Schema that these tests read. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: Schema;
}

interface Described {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

interface DescribedAnswer {
  readonly headers?: { readonly 'X-Aura-Error'?: { schema: { enum: readonly string[] } } };
  readonly content?: { readonly 'application/json'?: { readonly schema: object } };
}

/** One operation of `/openapi.json`. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  /** Alternative security schemes. */
  readonly security: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Schema of its JSON body, if it has one. */
  readonly body: Schema | undefined;
  readonly bodyRequired: boolean;
  /** Every documented error code, by status. */
  readonly errors: Readonly<Record<string, readonly string[]>>;
}

export interface ApiDocument {
  readonly operations: readonly Operation[];
  /** Throws unless the document describes this response: status, code, and every member of the body. */
  check(operation: Operation, reply: Reply): void;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'head', 'options', 'trace'];

/** By its text: its schemas are compiled once for all files of this worker. */
const known = new Map<string, ApiDocument>();

/** Reads the API's description from a server. */
export async function readDocument(url: string): Promise<ApiDocument> {
  const text = (await ask(`${url}/openapi.json`)).body.toString();
  const document = known.get(text) ?? parseDocument(text);
  known.set(text, document);
  return document;
}

function parseDocument(text: string): ApiDocument {
  const document: {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  } = JSON.parse(text);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed(document) as object, 'api');
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, described]) => ({ path, method, described })),
  );
  const answers = new Map(found.map((each) => [each.described.operationId, each]));
  return {
    operations: found.map(({ path, method, described }) => toOperation(path, method, described)),
    check({ id }, reply) {
      const { path = '', method = '', described } = answers.get(id) ?? {};
      const described200 = described?.responses[String(reply.status)];
      if (described200 === undefined) {
        throw new Error(`${id} answered ${reply.status}, which is not described: ${reply.body}`);
      }
      const code = reply.headers['x-aura-error'];
      const codes = described200.headers?.['X-Aura-Error']?.schema.enum;
      if (codes === undefined) expect(code, id).toBeUndefined();
      else expect(codes, id).toContain(code);
      if (described200.content === undefined) {
        expect(reply.body.toString(), id).toBe('');
        return;
      }
      const [range = ''] = Object.keys(described200.content);
      if (range !== 'application/json') {
        expect(reply.headers['content-type'], id).toMatch(range.replace('*', ''));
        return;
      }
      expect(reply.headers['content-type'], id).toMatch(/^application\/json\b/);
      const steps = ['paths', path, method, 'responses', String(reply.status), 'content'];
      const pointer = [...steps, 'application/json', 'schema'].map(escapeStep).join('/');
      const validate = ajv.getSchema(`api#/${pointer}`);
      if (validate === undefined) throw new Error(`no schema at ${pointer}`);
      const isValid = validate(json(reply));
      expect(isValid ? [] : validate.errors, `${id}: ${reply.body}`).toEqual([]);
    },
  };
}

function toOperation(path: string, method: string, described: Described): Operation {
  const { operationId, security, parameters = [], requestBody, responses } = described;
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    security: security.flatMap((way) => Object.keys(way)),
    parameters,
    body: requestBody?.content['application/json']?.schema,
    bodyRequired: requestBody?.required ?? false,
    errors: Object.fromEntries(
      Object.entries(responses).map(([status, { headers }]) => {
        return [status, headers?.['X-Aura-Error']?.schema.enum ?? []];
      }),
    ),
  };
}

/** A JSON pointer's step (RFC 6901 §3), in an address. */
function escapeStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** A copy in which objects may have only described members. Errors may have more. */
function closed(part: unknown, name = ''): unknown {
  if (Array.isArray(part)) return part.map((each) => closed(each));
  if (typeof part !== 'object' || part === null) return part;
  const copy = Object.fromEntries(
    Object.entries(part).map(([key, each]) => [key, closed(each, key)]),
  );
  const isObject = 'properties' in part && 'type' in part && name !== 'Error';
  return isObject ? { additionalProperties: false, ...copy } : copy;
}
