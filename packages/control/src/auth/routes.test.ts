import { expect, it } from 'vitest';
import { createAuthApp } from '../testing/auth-app.js';

it.each([
  ['POST', '/invitations/check', '/v1/auth/invitations/check'],
  ['POST', '/invitations/accept', '/v1/auth/invitations/accept'],
  ['DELETE', '/invitations/check', '/v1/auth/invitations/{id}'],
  ['DELETE', '/cli-tokens/me', '/v1/auth/cli-tokens/me'],
  ['DELETE', '/cli-tokens/other', '/v1/auth/cli-tokens/{id}'],
  ['PUT', '/cli-tokens/other', undefined],
  ['GET', '/me', '/v1/auth/me'],
  ['GET', '/nothing', undefined],
])('%s %s has the route %s in its facts', async (method, path, route) => {
  const app = createAuthApp();
  await app.call(method, path, method === 'POST' ? { body: {} } : {});
  expect(app.facts.at(-1)?.route).toBe(route);
});
