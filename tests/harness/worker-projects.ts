import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiClient, unwrap } from '@auraimage/client';
import { parseSize } from '@auraimage/sdk';
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
 * Makes a project on a Worker, as `aura-server seed` does on a Node server.
 *
 * @param args of that command
 */
export async function seedOnWorker({ dataDir, appUrl }: Started, args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      project: { type: 'string', default: '' },
      quota: { type: 'string' },
      origin: { type: 'string', multiple: true },
    },
  });
  const { api } = await openAdministrator({ dataDir, appUrl });
  const made = await makeProject(api, values.project, appUrl);
  const { quota, origin: allowedOrigins } = values;
  const body = {
    ...(quota !== undefined && { quotaBytes: parseSize(quota) }),
    ...(allowedOrigins !== undefined && { allowedOrigins }),
  };
  if (Object.keys(body).length > 0) {
    const params = { path: { project: values.project } };
    await unwrap(api.PATCH('/v1/projects/{project}', { params, body }));
  }
  return made;
}
