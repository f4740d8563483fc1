import { expect } from 'vitest';
import { drawing } from '../../files/pictures.js';
import { startTestServer, type TestServer } from '../../harness/server.js';
import { type OwnedServer, type SharedServer, sharedServer } from '../../harness/shared-server.js';
import { type Uploaded, upload } from '../../harness/upload.js';
import { ask } from './serve-request.js';
import { now } from './serve-token.js';

/** A server with a public and a private copy of the same image. */
export interface Gallery<Server = SharedServer> {
  readonly server: Server;
  readonly project: string;
  readonly file: Buffer;
  readonly open: Uploaded;
  readonly closed: Uploaded;
  /** Of the private copy. */
  readonly signedUrl: string;
}

export const TOKEN_MISSING = '{"message":"Signed token required for private image"}';
export const TOKEN_INVALID = '{"message":"Invalid or expired signature"}';
export const NOT_FOUND = '{"message":"Image not found"}';

/** In a new project on the shared server. */
export async function sharedGallery(): Promise<Gallery<OwnedServer>> {
  return fill(await sharedServer());
}

/** On a separate server. */
export async function openGallery(
  env: Readonly<Record<string, string>> = {},
): Promise<Gallery<TestServer>> {
  const server = await startTestServer({ env: { AURA_LOG_LEVEL: 'warn', ...env } });
  try {
    return await fill(server);
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function fill<Server extends SharedServer>(server: Server): Promise<Gallery<Server>> {
  const file = await drawing(64, 48).jpeg().toBuffer();
  const open = await upload(server, file, 'public');
  const closed = await upload(server, file, 'private');
  const signedUrl = await server.aura.getSignedUrl(closed.key);
  return { server, project: server.credentials.projectName, file, open, closed, signedUrl };
}

/** Adds query parameters to a URL. */
export function withQuery(url: string, query: string): string {
  return query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/** The URL with another token. */
export function withToken(url: string, token: string): string {
  return `${url}?token=${encodeURIComponent(token)}`;
}

/** Claims of a serve token for the private copy, with changes. */
export function goodClaims(
  { project, closed }: Gallery,
  changes: Readonly<Record<string, unknown>> = {},
) {
  return { p: project, f: closed.key, exp: now() + 600, ...changes };
}

export function expectTokenRefused({ closed }: Gallery, token: string): Promise<void> {
  return expectRefused(withToken(closed.url, token), token);
}

/** @param why part of the failure message */
export async function expectRefused(url: string, why: string): Promise<void> {
  const { status, headers, body } = await ask(url);
  expect(status, why).toBe(403);
  expect(body.toString(), why).toBe(TOKEN_INVALID);
  expect(headers['cache-control'], why).toBe('no-store');
}
