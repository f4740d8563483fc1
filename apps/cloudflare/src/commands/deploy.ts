import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWrangler, deploy, secretsFolder } from './deployment.js';

// `npm run deploy:cloudflare`, after `npx wrangler login`.

const APP = fileURLToPath(new URL('../../..', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('wrangler/package.json');

deploy({
  wrangler: createWrangler(join(dirname(manifest), 'bin/wrangler.js'), APP),
  folder: secretsFolder(),
  publicUrl: process.env['AURA_PUBLIC_URL'] || undefined,
  isTerminal: process.stdout.isTTY,
  write: (text) => void process.stdout.write(text),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
