import { expect, it } from 'vitest';
import { formatEnv } from './env-block.js';

it('the lines are those that the documentation names', () => {
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
