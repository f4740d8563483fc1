/** The parts of an OpenAPI document that the reference page shows. */

export interface SchemaView {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaView>>;
  readonly required?: readonly string[];
  readonly items?: SchemaView;
  readonly anyOf?: readonly SchemaView[];
  readonly oneOf?: readonly SchemaView[];
  readonly allOf?: readonly SchemaView[];
  readonly enum?: readonly unknown[];
  readonly additionalProperties?: boolean | SchemaView;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type ContentView = Readonly<Record<string, { readonly schema?: SchemaView }>>;

interface ParameterView {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: SchemaView;
}

export interface ResponseView {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: ContentView;
}

interface OperationView {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly ParameterView[];
  readonly requestBody?: { readonly required?: boolean; readonly content: ContentView };
  readonly responses: Readonly<Record<string, ResponseView>>;
}

interface SecurityView {
  readonly type: string;
  readonly in?: string;
  readonly name?: string;
  readonly description: string;
}

export interface DocumentView {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationView>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaView>>;
    readonly securitySchemes: Readonly<Record<string, SecurityView>>;
  };
}

/** An operation with its method and path. */
export interface Operation extends OperationView {
  readonly method: string;
  readonly path: string;
}

/** Every operation, in the document's order. */
export function operationsOf({ paths }: DocumentView): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}
