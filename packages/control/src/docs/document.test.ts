import { ERRORS, type ErrorCode } from '@auraimage/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTestApp } from '../testing/control-app.js';
import { type DocumentView, type Operation, operationsOf } from './reference/view.js';

const PATH = /^\/v1\//;

describe('the API document', () => {
  let document: DocumentView & { openapi: string };
  let operations: readonly Operation[];
  const test = createTestApp();
  beforeAll(async () => {
    document = (await test.call('nobody', 'GET', '/openapi.json')).json;
    operations = operationsOf(document);
  });

  it('is OpenAPI 3.1 of this server', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
    expect(document.servers).toEqual([{ url: 'https://app.example' }]);
  });

  it('has every route of the control plane', () => {
    const routed = test.routes
      .filter(({ path }) => PATH.test(path))
      .map(({ method, path }) => `${method} ${path.replace('+}', '}')}`);
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described).toEqual(expect.arrayContaining(routed));
    expect(new Set(described).size).toBe(described.length);
  });

  it('gives every operation a unique id, a summary and an existing tag', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const groups = document.tags.map(({ name }) => name);
    for (const { operationId, summary, tags } of operations) {
      expect(summary, operationId).toBeTruthy();
      for (const tag of tags) expect(groups, operationId).toContain(tag);
    }
  });

  it('lists error codes of the catalogue under their status', () => {
    for (const { operationId, responses } of operations) {
      for (const [status, response] of Object.entries(responses)) {
        const header = response.headers?.['X-Aura-Error'] as { schema: { enum: ErrorCode[] } };
        if (Number(status) < 400) expect(header, operationId).toBeUndefined();
        else
          for (const code of header.schema.enum) expect(ERRORS[code].status).toBe(Number(status));
      }
    }
  });

  it('lists existing security schemes', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { operationId, security } of operations) {
      expect(security, operationId).toBeDefined();
      for (const way of security ?? []) {
        for (const name of Object.keys(way)) expect(schemes, operationId).toContain(name);
      }
    }
  });

  it('has every schema that it refers to', () => {
    const text = JSON.stringify(document);
    const named = Object.keys(document.components.schemas);
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(named).toContain(name);
    }
  });
});
