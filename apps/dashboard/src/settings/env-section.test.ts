import { expect, it } from 'vitest';
import { formatEnv } from './env-section.js';

it('the .env lines are the documented ones', () => {
  const block = formatEnv({
    projectName: 'my-app',
    cdnUrl: 'https://cdn.example',
    serveSecret: 'psk_live_x',
    secretKey: 'sk_live_y',
  });
  expect(block).toBe(`AURA_SECRET_KEY=sk_live_y
AURA_SERVE_SECRET=psk_live_x
NEXT_PUBLIC_AURA_PROJECT_NAME=my-app
NEXT_PUBLIC_AURA_CDN_URL=https://cdn.example
`);
});
