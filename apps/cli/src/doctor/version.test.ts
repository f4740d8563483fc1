import { afterEach, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { checkVersion } from './version.js';

let server: FakeServer | undefined;
afterEach(() => server?.close());

async function check(own: string, body: unknown) {
  server = await startFakeServer({ 'GET /packages': () => ({ body }) });
  return { url: server.url, check: await checkVersion(server.url, own) };
}

const offering = (version: string) => ({ packages: [{ name: '@auraimage/cli', version }] });

it.each([
  ['1.2.0', '1.3.0'],
  ['1.3.0', '1.2.0'],
  ['0.0.0-dev-01234567', '0.0.0-dev-89abcdef'],
])('aura %s is told that the server has %s', async (own, offered) => {
  const { url, check: found } = await check(own, offering(offered));
  expect(found).toEqual({
    id: 'version',
    status: 'warn',
    text: `This is aura ${own}, and the server hands out ${offered}`,
    fix: `npm install --global ${url}/packages/cli-${offered}.tgz`,
  });
});

it.each([
  ['the same', offering('1.2.0')],
  ['a build between two releases', offering('1.2.0-dev-01234567')],
  ['no packages', { packages: [] }],
  ['a text that is no version', offering('1.0.0; rm -rf ~')],
  ['another answer', 'hello'],
])('nothing is said where the server has %s', async (_, body) => {
  expect((await check('1.2.0', body)).check).toBeNull();
});
