import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addProject } from '../harness/projects.js';
import type { TestServer } from '../harness/server.js';
import { type Gallery, openGallery } from './support/serve-gallery.js';
import { ask, expectError, json } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import { patch, setTo, visibilityToken } from './support/serve-visibility.js';

describe('AURA_LEGACY_VISIBILITY_TOKENS', () => {
  let legacy: Gallery<TestServer>;
  beforeAll(async () => {
    legacy = await openGallery({ AURA_LEGACY_VISIBILITY_TOKENS: 'true' });
  });
  afterAll(() => legacy?.server.kill());

  it('lets a plain upload token of the project change visibility, and no other token', async () => {
    const { server, closed } = legacy;
    const image = `${legacy.project}/${closed.key}`;
    const token = await server.aura.signUpload();
    expect(json(await patch(server.url, image, token, setTo('public')))).toEqual({
      visibility: 'public',
    });
    expect((await ask(closed.url)).status).toBe(200);
    expect((await patch(server.url, image, token, setTo('private'))).status).toBe(200);
    expect((await ask(closed.url)).status).toBe(403);
    const foreign = await addProject(server, 'other-app');
    const upload = { maxSize: 9, allowedTypes: ['image/*'], iat: now(), exp: now() + 60 };
    const refused = [
      handToken({ ...upload, projectName: foreign.projectName }, foreign.secretKey),
      visibilityToken(server.credentials.secretKey, legacy.project, legacy.open.key, 'public'),
      visibilityToken(server.credentials.secretKey, legacy.project, closed.key, 'private'),
    ];
    for (const wrong of refused) {
      expectError(
        await patch(server.url, image, wrong, setTo('public')),
        403,
        'visibility_token_scope',
      );
    }
    const expired = handToken(
      { ...upload, projectName: legacy.project, exp: now() - 1 },
      server.credentials.secretKey,
    );
    expect((await patch(server.url, image, expired, setTo('public'))).status).toBe(401);
    expect((await ask(closed.url)).status).toBe(403);
  });
});
