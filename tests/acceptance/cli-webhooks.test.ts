import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { createDesk, type Desk } from './support/cli.js';

let desk: Desk;
const received: { body: string; headers: Record<string, string> }[] = [];
/** The app of a developer. */
const app = createServer(async (request, response) => {
  const body = (await request.setEncoding('utf8').toArray()).join('');
  received.push({ body, headers: request.headers as Record<string, string> });
  response.writeHead(204).end();
});

beforeAll(async () => {
  await once(app.listen(0, '127.0.0.1'), 'listening');
  desk = await createDesk();
  await desk.signIn();
  await desk.aura(['init', '--project', 'holiday', '--create']);
});
afterAll(async () => {
  app.close();
  app.closeAllConnections();
  await desk.close();
});

it('aura listen gives the events of a project to an app on this machine, until Ctrl-C', async () => {
  const { port } = app.address() as AddressInfo;
  await desk.put('photo.png', await drawing(40, 30).png().toBuffer());
  let uploading: Promise<unknown> | undefined;
  const { exit, out, err } = await desk.aura(
    ['listen', '--forward-to', `http://127.0.0.1:${port}/hook`, '--events', 'image.uploaded'],
    {
      watch: (out, err, interrupt) => {
        if (err.includes('until you press Ctrl-C')) {
          uploading ??= desk.aura(['upload', 'photo.png', '--name', 'trip/photo']);
        }
        if (out.includes('image.uploaded')) interrupt();
      },
    },
  );
  await uploading;
  expect(exit).toBe(0);
  expect(out).toMatch(/^image\.uploaded {7}trip\/photo {2}204 {2}\d+ ms\n$/);
  const secret = /AURA_WEBHOOK_SECRET=(whsec_\S+)/.exec(err)?.[1] ?? '';
  const [first, ...others] = received;
  expect(others).toEqual([]);
  expect(new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {})).toMatchObject({
    type: 'image.uploaded',
    data: { project: 'holiday', key: 'trip/photo' },
  });
});
