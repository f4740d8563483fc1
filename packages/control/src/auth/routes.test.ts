import { expect, it } from 'vitest';
import { createAuthApp } from '../testing/auth-app.js';

it.each([
  ['POST', '/invitations/check', '/v1/auth/invitations/check'],
  ['POST', '/invitations/accept', '/v1/auth/invitations/accept'],
  ['DELETE', '/invitations/check', '/v1/auth/invitations/:id'],
  ['DELETE', '/cli-tokens/me', '/v1/auth/cli-tokens/me'],
  ['DELETE', '/cli-tokens/other', '/v1/auth/cli-tokens/:id'],
  ['PUT', '/cli-tokens/other', '/v1/auth/cli-tokens/:id'],
  ['GET', '/me', '/v1/auth/me'],
  ['GET', '/nothing', 'unknown'],
])('%s %s is told the host as %s', async (method, path, route) => {
  const app = createAuthApp();
  await app.call(method, path, method === 'POST' ? { body: {} } : {});
  expect(app.told.at(-1)?.route).toBe(route);
});
