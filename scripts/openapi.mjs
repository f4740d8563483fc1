import { execSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the dashboard's typed client finds the API's description. */
export const OPENAPI_FILE = 'apps/dashboard/src/api/openapi.json';

/** The API's description as the code makes it. Run after the build. */
export async function openApiText() {
  const { createControl } = await import('../packages/control/dist/index.js');
  const options = {
    publicUrl: 'http://localhost:8787',
    appUrl: 'http://localhost:8787',
    version: '1',
    onFailure: () => {},
  };
  // No port is asked for anything.
  const control = createControl(/** @type {any} */ ({}), options);
  const request = new Request(`${options.appUrl}/openapi.json`);
  const env = { requestId: '', client: '', facts: {} };
  const document = await (await control.fetch(request, env)).json();
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Whether the dashboard's copy is not what the code makes. */
export async function isOpenApiStale() {
  return (await openApiText()) !== readFileSync(OPENAPI_FILE, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(OPENAPI_FILE, await openApiText());
  execSync('npm run --silent --workspace apps/dashboard api', { stdio: 'ignore' });
}
