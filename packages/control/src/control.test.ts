import { describe, expect, it } from 'vitest';
import { createControl } from './control.js';
import type { ControlPorts } from './ports.js';

const control = createControl({} as ControlPorts, {
  publicUrl: 'https://cdn.example',
  appUrl: 'https://app.example',
  version: '1',
  onFailure: () => {},
});

describe('the control plane', () => {
  it.each([
    '/v1/auth/sign-in',
    '/v1/auth/cli-tokens/me',
    '/v1/projects',
    '/v1/projects/my-app',
    '/v1/projects/my-app/secret-keys/1',
    '/v1/projects/my-app/images/more',
    '/v1/projects/images',
    '/v1/project-names/my-app',
    '/v1/deletions/1',
    '/v1/audit',
    '/v1/sign',
    '/openapi.json',
    '/docs/api',
    '/docs/api.css',
  ])('answers %s', (path) => expect(control.handles(path)).toBe(true));

  it.each([
    '/',
    '/v1/upload',
    '/v1/images/my-app/abc123xyz0-photo.jpg',
    '/v1/projects/my-app/images',
    '/v1/blurhash/my-app/abc123xyz0-photo.jpg',
    '/v1/signature',
    '/v1/projectsx',
    '/my-app/abc123xyz0-photo.jpg',
    '/v1/auditor',
    '/docs/apis',
    '/docs/api/x',
    '/openapi.json/x',
    '//v1/projects',
    '/V1/projects',
    '/health',
    '/dashboard',
  ])('leaves %s to others', (path) => expect(control.handles(path)).toBe(false));

  it('answers what it has no route for, too', async () => {
    const env = { requestId: 'id', client: '192.0.2.7', facts: {} };
    const request = new Request('https://app.example/v1/projects/my-app/nothing');
    const { status, headers } = await control.fetch(request, env);
    expect([status, headers.get('x-aura-error')]).toEqual([404, 'route_not_found']);
    expect(env.facts).toEqual({ route: 'unknown', code: 'route_not_found' });
  });
});
