import { html } from 'hono/html';
import { memberTable, row, table, typeOf } from './schemas.js';
import { address, anchorOf, type Html, inline, paragraphs } from './text.js';
import type { Operation, ResponseView, SchemaView } from './view.js';

/** The section of an operation: description, security, parameters, body, responses and errors. */
export function operationSection(operation: Operation): Html {
  const { operationId, summary, description, method, path } = operation;
  const id = anchorOf(operationId);
  return html`<section class="operation">
<h3 id="${id}"><a href="#${id}">${summary}</a></h3>
<p class="address"><span class="method ${method.toLowerCase()}">${method}</span> <code>${address(path)}</code></p>
${paragraphs(description)}
${securityLine(operation)}
${parameterTable(operation)}
${bodyTable(operation)}
${successes(operation)}
${errorList(operation)}
</section>`;
}

function securityLine({ security = [] }: Operation): Html {
  const names = security.map((scheme) => Object.keys(scheme)[0]);
  if (names.every((name) => name === undefined))
    return html`<p class="security">No credentials required.</p>`;
  const links = names.map((name, index) => {
    const text =
      name === undefined ? html`nothing` : html`<a href="#auth-${anchorOf(name)}">${name}</a>`;
    return index === 0 ? text : html` or ${text}`;
  });
  return html`<p class="security">Send: ${links}.</p>`;
}

function parameterTable({ parameters = [] }: Operation): Html {
  if (parameters.length === 0) return html``;
  const rows = parameters.map(({ name, in: place, required, description, schema = {} }) => {
    const mark =
      required === true
        ? html`<span class="required">${place}</span>`
        : html`<span class="place">${place}</span>`;
    return row(name, schema, mark, description);
  });
  return html`<h4>Parameters</h4>${table(rows)}`;
}

function bodyTable({ requestBody }: Operation): Html {
  if (requestBody === undefined) return html``;
  const [[type, { schema = {} }] = ['', {} as { schema?: SchemaView }]] = Object.entries(
    requestBody.content,
  );
  const optional = requestBody.required === true ? '' : ', optional';
  return html`<h4>Body <small>${type}${optional}</small></h4>${memberTable(schema, true)}`;
}

function successes({ responses }: Operation): readonly Html[] {
  return Object.entries(responses)
    .filter(([, response]) => !isError(response))
    .map(([status, { description, content }]) => {
      const schema = content?.['application/json']?.schema;
      const type = schema?.$ref === undefined ? html`` : html`: ${typeOf(schema)}`;
      return html`<h4>Response <small>${status}</small></h4>
<p>${inline(description)}${type}</p>${schema === undefined ? '' : memberTable(schema, false)}`;
    });
}

function errorList({ responses }: Operation): Html {
  const errors = Object.entries(responses).filter(([, response]) => isError(response));
  if (errors.length === 0) return html``;
  const items = errors.flatMap(([status, { description }]) =>
    description
      .split('\n\n')
      .map((line) => html`<li><span class="status">${status}</span> ${inline(line)}</li>`),
  );
  return html`<details class="errors"><summary>Errors</summary><ul>${items}</ul></details>`;
}

function isError({ headers }: ResponseView): boolean {
  return headers?.['X-Aura-Error'] !== undefined;
}
