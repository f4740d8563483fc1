import { UploadError, uploadMany, uploadOne } from '@auraimage/sdk/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { startTestServer, type TestServer, takesBounds } from '../harness/server.js';
import { filesUnder } from './support/upload-store.js';

describe('the browser client against a server', () => {
  let server: TestServer;
  let file: File;

  beforeAll(async () => {
    const env = { AURA_MAX_UPLOAD_SIZE: '100kb' };
    const bounds = takesBounds() && { bounds: { uploadsPerProject: 20 } };
    server = await startTestServer({ env, ...bounds });
    file = new File([new Uint8Array(await pictures.jpeg())], 'Été à Paris.jpg');
  });

  afterAll(async () => {
    await server.kill();
  });

  async function refusal(blob: Blob, token: string): Promise<unknown> {
    const url = server.url;
    return uploadOne(blob, { url, token, maxAttempts: 1 }).catch((error: unknown) => error);
  }

  it('returns what the server has stored', async () => {
    const token = await server.aura.signUpload({ visibility: 'private' });
    const result = await uploadOne(file, { url: server.url, token });
    expect(result).toMatchObject({
      key: expect.stringMatching(/-ete-a-paris\.jpg$/),
      width: 64,
      height: 48,
      size: file.size,
      visibility: 'private',
    });
    const response = await fetch(await server.aura.getSignedUrl(result.key));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(
      new Uint8Array(await file.arrayBuffer()),
    );
  });

  it('reports refusals with the code of the server', async () => {
    const token = await server.aura.signUpload();
    const small = await server.aura.signUpload({ maxSize: 100 });
    const answers = await Promise.all([
      refusal(file, 'no.token'),
      refusal(file, small),
      refusal(new Blob(['text']), token),
      refusal(file.slice(0, 200), token),
    ]);
    expect(
      answers.map((error) => error instanceof UploadError && [error.kind, error.code]),
    ).toEqual([
      ['rejected', 'upload_token_invalid'],
      ['rejected', 'body_too_large'],
      ['rejected', 'type_not_allowed'],
      ['rejected', 'image_not_decodable'],
    ]);
  });

  it('leaves nothing in storage when aborted', async () => {
    const token = await server.aura.signUpload();
    const before = await filesUnder(server.dataDir);
    const leaving = new AbortController();
    const { results, errors } = await uploadMany([file, file, file], {
      url: server.url,
      token: async () => {
        leaving.abort();
        return token;
      },
      signal: leaving.signal,
    });
    expect([results.size, [...errors.values()].map(({ kind }) => kind)]).toEqual([
      0,
      ['aborted', 'aborted', 'aborted'],
    ]);
    expect(await filesUnder(server.dataDir)).toEqual(before);
  });

  if (takesBounds())
    it('reports a rate limit, and how long to wait', async () => {
      const token = await server.aura.signUpload();
      const many = Array.from({ length: 25 }, () => new Blob(['text']));
      const options = { url: server.url, token, maxAttempts: 1, maxDelayMs: 0 };
      const { results, errors } = await uploadMany(many, options);
      expect([results.size, errors.size]).toEqual([0, 25]);
      const limited = [...errors.values()].filter(({ kind }) => kind === 'rate_limited');
      expect(limited.length).toBeGreaterThan(0);
      for (const { status, code, retryAfterSeconds } of limited) {
        expect([status, code]).toEqual([429, 'rate_limited']);
        expect(retryAfterSeconds).toBeGreaterThan(0);
      }
    });
});
