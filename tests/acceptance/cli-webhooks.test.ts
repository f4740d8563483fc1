import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { createDesk, type Desk, newProject } from './support/cli.js';
import { type Consumer, startConsumer } from './support/consumer.js';

const PROJECT = newProject('holiday');
let desk: Desk;
/** The app of a developer. */
let app: Consumer;

beforeAll(async () => {
  app = await startConsumer();
  desk = await createDesk();
  await desk.signIn();
  await desk.aura(['init', '--project', PROJECT, '--create']);
});
afterAll(async () => {
  await app?.close();
  await desk?.close();
});

it('aura listen gives the events of a project to an app on this machine, until Ctrl-C', async () => {
  await desk.put('photo.png', await drawing(40, 30).png().toBuffer());
  let uploading: Promise<unknown> | undefined;
  const { exit, out, err } = await desk.aura(
    ['listen', '--forward-to', app.url, '--events', 'image.uploaded'],
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
  const [first, ...others] = app.received;
  if (first === undefined) throw new Error('nothing was received');
  expect(others).toEqual([]);
  expect(app.verify(first, secret)).toMatchObject({
    type: 'image.uploaded',
    data: { project: PROJECT, key: 'trip/photo' },
  });
});
