import { html } from 'hono/html';
import { anchorOf, type Html, inline } from './text.js';
import type { SchemaView } from './view.js';

/** Maximum depth of nested members in one table. Deeper schemas are named, and have their own table. */
const MAX_DEPTH = 4;

/** The type of a value, with links to the schemas that have names. */
export function typeOf(schema: SchemaView): Html {
  const { $ref, type, format, items } = schema;
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return html`<a href="#schema-${anchorOf(name)}">${name}</a>`;
  }
  if (schema.enum !== undefined) return choices(schema.enum, schema);
  if (parts !== undefined) return joined(parts.map(typeOf));
  if (items !== undefined) return html`array of ${typeOf(items)}`;
  if (typeof schema.additionalProperties === 'object') {
    return html`map of ${typeOf(schema.additionalProperties)}`;
  }
  const types = typeof type === 'string' ? [type] : (type ?? ['any']);
  return html`${types.join(' or ')}${format === undefined ? '' : ` (${format})`}`;
}

function choices(values: readonly unknown[], { type }: SchemaView): Html {
  const texts = values
    .filter((value) => value !== null)
    .map((value) => html`<code>${value}</code>`);
  const nullable = Array.isArray(type) && type.includes('null');
  return joined(nullable ? [...texts, html`null`] : texts);
}

function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html` or ${part}`))}`;
}

/** The limits and the default of a value. */
function boundsOf(schema: SchemaView): readonly Html[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const bounds = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
  ].filter((text) => text !== '');
  return [
    ...bounds.map((text) => html`<span class="bound">${text}</span>`),
    ...(schema.default === undefined
      ? []
      : [html`<span class="bound">default <code>${JSON.stringify(schema.default)}</code></span>`]),
  ];
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`;
  if (to !== undefined) return `at most ${to}${unit}`;
  return from === undefined || from === 0 ? '' : `at least ${from}${unit}`;
}

interface Member {
  readonly name: string;
  readonly schema: SchemaView;
  readonly required: boolean;
}

/** A table of an object's members, including nested ones. Empty for other values. */
export function memberTable(schema: SchemaView, isRequest: boolean): Html {
  const members = membersOf(schema, '', MAX_DEPTH);
  if (members.length === 0) return html``;
  const rows = members.map(({ name, schema, required }) =>
    row(
      name,
      schema,
      isRequest && required ? html`<span class="required">required</span>` : html``,
    ),
  );
  return table(rows);
}

/** A table of rows that {@link row} made. */
export function table(rows: readonly Html[]): Html {
  return html`<div class="table"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

export function row(name: string, schema: SchemaView, mark: Html, meaning?: string): Html {
  const text = meaning ?? schema.description ?? '';
  return html`<tr><th scope="row"><code>${name}</code>${mark}</th>
<td>${typeOf(schema)}</td><td>${inline(text)} ${boundsOf(schema)}</td></tr>`;
}

function membersOf(schema: SchemaView, prefix: string, depth: number): readonly Member[] {
  const inner = [schema, ...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])];
  if (depth === 0) return [];
  return inner.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, member]) => {
      const path = `${prefix}${name}`;
      const suffix = member.items === undefined ? '.' : '[].';
      return [
        { name: path, schema: member, required: required.includes(name) },
        ...membersOf(member, path + suffix, depth - 1),
      ];
    }),
  );
}
