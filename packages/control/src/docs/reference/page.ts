import { html } from 'hono/html';
import { operationSection } from './operations.js';
import { memberTable } from './schemas.js';
import { anchorOf, type Html, inline, paragraphs } from './text.js';
import { type DocumentView, type Operation, operationsOf } from './view.js';

/** Content-Security-Policy: the page loads only its style sheet. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API reference: one HTML page without scripts. */
export function referencePage(document: DocumentView): Html {
  const { info, tags, components } = document;
  const operations = operationsOf(document);
  const groups = tags
    .map((tag) => ({ ...tag, own: operations.filter(({ tags: [first] }) => first === tag.name) }))
    .filter(({ own }) => own.length > 0);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}</title>
<link rel="stylesheet" href="/docs/api.css">
</head>
<body>
<a class="skip" href="#top">Skip to content</a>
<header class="bar"><a href="#top">${info.title}</a> <a href="/docs">Documentation</a> <a href="/openapi.json">openapi.json</a></header>
<div class="columns">
<details class="contents"><summary>Contents</summary>${contents(groups)}</details>
<div class="side">${contents(groups)}</div>
<main id="top" tabindex="-1">
<h1>${info.title} <small>${info.version}</small></h1>
${paragraphs(info.description)}
<p>Base URL: <code>${document.servers[0]?.url}</code></p>
${credentials(components.securitySchemes)}
${groups.map(
  ({ name, description, own }) => html`<section class="group">
<h2 id="${anchorOf(name)}"><a href="#${anchorOf(name)}">${name}</a></h2>
<p>${inline(description)}</p>
${own.map(operationSection)}
</section>`,
)}
${schemas(components.schemas)}
</main>
</div>
</body>
</html>`;
}

function contents(
  groups: readonly { readonly name: string; readonly own: readonly Operation[] }[],
): Html {
  return html`<nav aria-label="Contents"><ul>
<li><a href="#credentials">Credentials</a></li>
${groups.map(
  ({ name, own }) => html`<li><a class="tag" href="#${anchorOf(name)}">${name}</a><ul>
${own.map(
  ({ operationId, summary }) => html`<li><a href="#${anchorOf(operationId)}">${summary}</a></li>`,
)}
</ul></li>`,
)}
<li><a href="#schemas">Schemas</a></li>
</ul></nav>`;
}

function credentials(schemes: DocumentView['components']['securitySchemes']): Html {
  const items = Object.entries(schemes).map(
    ([name, { type, in: place, name: field, description }]) => {
      const how = type === 'http' ? 'Authorization: Bearer' : `${place} ${field}`;
      return html`<dt id="auth-${anchorOf(name)}">${name} <code>${how}</code></dt><dd>${inline(description)}</dd>`;
    },
  );
  return html`<section class="group">
<h2 id="credentials">Credentials</h2><dl>${items}</dl></section>`;
}

function schemas(named: DocumentView['components']['schemas']): Html {
  const items = Object.entries(named).map(([name, schema]) => {
    const id = `schema-${anchorOf(name)}`;
    return html`<section class="operation">
<h3 id="${id}"><a href="#${id}">${name}</a></h3>
${memberTable(schema, false)}</section>`;
  });
  return html`<section class="group"><h2 id="schemas">Schemas</h2>${items}</section>`;
}
