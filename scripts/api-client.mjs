import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { createControl } from '../packages/control/dist/index.js';
import { createEdge } from '../packages/edge/dist/index.js';
import { createRouter } from '../packages/http/dist/index.js';

// Writes the types of packages/client from the OpenAPI document of the built server.

const target = fileURLToPath(
  new URL('../packages/client/src/generated/schema.ts', import.meta.url),
);

const BLOB = ts.factory.createTypeReferenceNode('Blob');
const types = astToString(
  await openapiTS(await openApiDocument(), {
    transform: ({ format }) => (format === 'binary' ? BLOB : undefined),
  }),
);
// An unchanged file keeps its time, so that nothing that uses it is compiled again.
if (!existsSync(target) || readFileSync(target, 'utf8') !== types) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, types);
}

async function openApiDocument() {
  const publicUrl = 'http://localhost:8787';
  const options = /** @type {any} */ ({ publicUrl, appUrl: publicUrl, version: '1' });
  const routes = () => [...edge.routes, ...control.routes];
  // The document describes the routes alone: no port is called.
  const edge = createEdge(/** @type {any} */ ({ engine: {} }), options);
  const control = createControl(/** @type {any} */ ({ provider: {} }), { ...options, routes });
  const request = new Request(`${publicUrl}/openapi.json`);
  const context = /** @type {any} */ ({ requestId: '', host: null, facts: {} });
  const response = await createRouter(routes()).fetch(request, context);
  if (!response.ok) throw new Error(`/openapi.json answered ${response.status}`);
  return /** @type {import("openapi-typescript").OpenAPI3} */ (await response.json());
}
