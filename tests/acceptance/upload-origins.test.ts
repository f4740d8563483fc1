import { beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { sign, uploadClaims } from './support/upload-tokens.js';

const APP = 'https://app.example';

describe('a project that names the origins which may upload', () => {
  let server: SharedServer;
  let jpeg: Buffer;

  beforeAll(async () => {
    jpeg = await pictures.jpeg();
    const { owner, ...started } = await sharedServer();
    server = started;
    const body = { allowedOrigins: [APP] };
    await owner.json('PATCH', `/v1/projects/${server.credentials.projectName}`, body);
  });

  async function upload(headers: Readonly<Record<string, string>>): Promise<Response> {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(jpeg)]), 'a.jpg');
    const token = sign(uploadClaims(server.credentials), server.credentials.secretKey);
    return fetch(`${server.url}/v1/upload`, {
      method: 'POST',
      headers: { ...headers, 'X-Aura-Signature': token },
      body,
    });
  }

  it('takes uploads from them, from servers, and from the dashboard', async () => {
    for (const headers of [{ Origin: APP }, {}, { Origin: server.appUrl }]) {
      expect([headers, (await upload(headers)).status]).toEqual([headers, 201]);
    }
  });

  it('refuses every other page, whatever it calls itself', async () => {
    for (const Origin of [
      'https://evil.example',
      'null',
      `${APP}.evil.example`,
      `${server.appUrl}.evil.example`,
      `${server.appUrl}/`,
      server.appUrl.replace('http:', 'https:'),
    ]) {
      const response = await upload({ Origin });
      expect([Origin, response.status]).toEqual([Origin, 403]);
      expect(response.headers.get('X-Aura-Error')).toBe('origin_not_allowed');
    }
  });
});
