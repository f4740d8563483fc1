import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS } from './support/browser.js';
import { copyBy, openStage, type Stage } from './support/dashboard.js';

const WALK_MS = 180_000;

interface Received {
  readonly body: string;
  readonly headers: Record<string, string>;
}

let stage: Stage;
/** What the app of a developer responds with a 500; empty while it works. */
let failure = '';
const received: Received[] = [];
const app = createServer(async (request, response) => {
  const body = (await request.setEncoding('utf8').toArray()).join('');
  received.push({ body, headers: request.headers as Record<string, string> });
  response.writeHead(failure === '' ? 204 : 500).end(failure);
});

const isTest = ({ body }: Received) => body.includes('webhook.test');

beforeAll(async () => {
  await once(app.listen(0, '127.0.0.1'), 'listening');
  stage = await openStage({ AURA_WEBHOOK_NETWORKS: '127.0.0.0/8' });
}, BROWSER_START_MS);
afterAll(async () => {
  app.close();
  app.closeAllConnections();
  await stage?.close();
});

describe('the webhooks of a project', () => {
  it(
    'are added, tested, seen in the log, sent again, rotated, disabled and deleted',
    async () => {
      const page = await stage.visitAs(await stage.owner(), '/dashboard/projects/my-app');
      const dialog = page.getByRole('dialog');
      await page.getByRole('link', { name: 'Webhooks' }).click();
      await page.getByText('No webhooks yet').waitFor();
      await page.getByRole('button', { name: 'New webhook' }).first().click();
      await dialog.getByLabel('URL').fill('app.example/hook');
      await dialog.getByText('Use a complete address').waitFor();
      await dialog.getByLabel('URL').fill('https://169.254.169.254/hook');
      await dialog.getByRole('button', { name: 'Add webhook' }).click();
      await dialog.getByRole('alert').getByText('in a private network').waitFor();
      const { port } = app.address() as AddressInfo;
      await dialog.getByLabel('URL').fill(`http://127.0.0.1:${port}/hook`);
      await dialog.getByLabel('All, also those').uncheck();
      await dialog.getByLabel('Visibility changed').uncheck();
      expect(await axeProblems(page)).toEqual([]);
      await dialog.getByLabel('URL').press('Enter');
      await dialog.getByText('AURA_WEBHOOK_SECRET=whsec_').waitFor();
      await dialog.getByRole('button', { name: 'Open the webhook' }).click();
      await page.getByText('Nothing was sent yet').waitFor();
      const secret = await copyBy(page.getByRole('button', { name: 'Copy Webhook secret' }));

      await page.getByRole('button', { name: 'Send a test event' }).click();
      await page.getByRole('button', { name: /Test event Delivered/ }).waitFor();
      const [first] = received;
      if (first === undefined) throw new Error('the app got nothing');
      const event = new Webhook(secret).verify(first.body, first.headers);
      expect(event).toMatchObject({ type: 'webhook.test' });

      failure = '<h1>No disk\u001b</h1>';
      const { key } = await upload(stage.server, await drawing(40, 30).png().toBuffer(), 'private');
      // Before the page is loaded anew: a change of the theme is a transition.
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.reload();
      await page.getByRole('button', { name: new RegExp(`Image uploaded Waiting ${key}`) }).click();
      const attempts = page.getByRole('list', { name: 'Attempts' });
      await attempts.getByText('Status 500').first().waitFor();
      await attempts.getByText('<h1>No disk\ufffd</h1>').first().waitFor();
      expect(await axeProblems(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      failure = '';
      await page.getByRole('button', { name: /^Send (?:now|again)$/ }).click();
      await attempts.getByText('Status 204').waitFor();
      await page.getByText('Failed', { exact: true }).click();
      await page.getByText('No such deliveries').waitFor();
      await page.getByText('All', { exact: true }).click();
      await page.getByRole('button', { name: /Test event/ }).click();
      await page.getByRole('button', { name: 'Send again' }).click();
      await expect.poll(() => received.filter(isTest).length).toBe(2);

      await page.getByRole('button', { name: 'Rotate…' }).click();
      await dialog.getByRole('button', { name: 'Rotate secret' }).click();
      await page.getByText('Both secrets sign').waitFor();
      const next = await copyBy(page.getByRole('button', { name: 'Copy Webhook secret' }));
      await page.getByRole('button', { name: 'Send a test event' }).click();
      await expect.poll(() => received.filter(isTest).length).toBe(3);
      const last = received.filter(isTest).at(-1);
      for (const each of [secret, next]) {
        new Webhook(each).verify(last?.body ?? '', last?.headers ?? {});
      }

      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await page.getByText('This webhook is disabled').waitFor();
      await page.getByRole('button', { name: 'Enable' }).click();
      await page.getByText('The webhook is enabled').first().waitFor();
      await page.getByRole('button', { name: 'Delete…' }).click();
      await dialog.getByRole('button', { name: 'Delete webhook' }).click();
      await page.getByText('No webhooks yet').waitFor();
      await page.context().close();
    },
    WALK_MS,
  );

  it('cause no errors in the browser', () => {
    expect(stage.complaints).toEqual([]);
  });
});
