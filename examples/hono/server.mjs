// Signs uploads and URLs of private images. The images themselves never pass through this server.
import { readFile } from 'node:fs/promises';
import { AuraImage } from '@auraimage/sdk';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';

const {
  AURA_SECRET_KEY: secretKey,
  AURA_SERVE_SECRET: serveSecret,
  NEXT_PUBLIC_AURA_PROJECT_NAME: projectName,
  NEXT_PUBLIC_AURA_CDN_URL: cdnUrl,
  GALLERY_PASSWORD: password,
  PORT = '3000',
} = process.env;
if (!password) throw new Error('set GALLERY_PASSWORD: everyone who has it may upload and view');

// Throws an error that names the setting if one is missing, so the server does not start.
const aura = new AuraImage({ secretKey, serveSecret, projectName, cdnUrl });
const page = await readFile(new URL('page.html', import.meta.url), 'utf8');

const app = new Hono();

// Replace this with your own sign-in. Every route below requires it.
app.use(basicAuth({ username: 'me', password }));

app.get('/', (c) => c.html(page));

app.post('/api/sign', async (c) => {
  const signature = await aura.signUpload({
    visibility: 'private',
    maxSize: '10mb',
    allowedTypes: ['image/*'],
    expiresIn: 600,
  });
  return c.json({ signature, uploadUrl: `${cdnUrl}/v1/upload` });
});

// Here, everyone who is signed in may see every image. Check your own database instead.
app.get('/api/pictures/:key{[a-z0-9.-]+}/url', async (c) => {
  const url = await aura.getSignedUrl(c.req.param('key'), { expiresIn: 300 });
  return c.json({ url }, 200, { 'Cache-Control': 'no-store' });
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) => {
  console.log(`Open http://localhost:${port} as "me" with your GALLERY_PASSWORD`);
});
