import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, unwrap } from '@auraimage/client';
import { openBrowser } from './control.js';

/** The first account of servers that tests share. */
export const ADMIN = { email: 'owner@example.com', password: 'violet ladder quiet harbour' };

/** Makes a project with a secret key. */
export async function makeProject(api: ApiClient, projectName: string, cdnUrl: string) {
  const inProject = { params: { path: { project: projectName } } };
  await unwrap(api.POST('/v1/projects', { body: { projectName } }));
  const key = await unwrap(
    api.POST('/v1/projects/{project}/secret-keys', { ...inProject, body: { name: 'tests' } }),
  );
  const serve = await unwrap(api.GET('/v1/projects/{project}/serve-secret', inProject));
  return { projectName, cdnUrl, secretKey: key.secret, serveSecret: serve.secret };
}

interface Started {
  readonly dataDir: string;
  readonly appUrl: string;
}

/** Signs in as the first account, which is made with the set-up link if there is none. */
async function openAdministrator({ dataDir, appUrl }: Started) {
  const browser = openBrowser({ appUrl });
  const { response } = await browser.api.POST('/v1/auth/sign-in', { body: ADMIN });
  if (response.ok) return browser;
  const shown = await readFile(join(dataDir, 'setup-link.txt'), 'utf8');
  const token = /token=([^\s&]+)/.exec(shown)?.[1] ?? '';
  await unwrap(browser.api.POST('/v1/auth/invitations/accept', { body: { token, ...ADMIN } }));
  return browser;
}

/**
 * Makes another project on a server through its API. The first account must be {@link ADMIN}, or is made.
 *
 * @param changes to its settings
 */
export async function addProject(
  { dataDir, appUrl }: Started,
  name: string,
  changes: { readonly quotaBytes?: number; readonly allowedOrigins?: string[] } = {},
) {
  const { api } = await openAdministrator({ dataDir, appUrl });
  const made = await makeProject(api, name, appUrl);
  if (Object.keys(changes).length > 0) {
    const params = { path: { project: name } };
    await unwrap(api.PATCH('/v1/projects/{project}', { params, body: changes }));
  }
  return made;
}
