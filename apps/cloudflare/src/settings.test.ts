import { readFileSync } from 'node:fs';
import { ConfigError } from '@auraimage/host';
import { expect, it } from 'vitest';
import { readConfig, SETTINGS } from './settings.js';

const GUIDE = new URL('../../../docs/guides/cloudflare-workers.md', import.meta.url);

it('are listed in the guide', () => {
  const names = Object.values(SETTINGS).map(({ name }) => `\`${name}\``);
  expect(readFileSync(GUIDE, 'utf8')).toContain(`\n\n${names.toSorted().join(', ')}.\n\n`);
});

it('keep tokens out of what Cloudflare stores', () => {
  const text = readFileSync(new URL('../wrangler.jsonc', import.meta.url), 'utf8');
  const { observability } = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ''));
  expect(observability).toEqual({ enabled: false });
});

it('need a master key and an address, and none of earlier versions', () => {
  expect(() => readConfig({})).toThrow(ConfigError);
  expect(() => readConfig({})).toThrow(/^AURA_MASTER_KEY: not set\..*\nAURA_PUBLIC_URL: not set\./);
  const key = { AURA_MASTER_KEY: 'ab'.repeat(32) };
  expect(readConfig({ ...key, AURA_PUBLIC_URL: 'https://i.example' })).toMatchObject({
    masterKey: new Uint8Array(32).fill(0xab),
  });
  const gone = { ...key, AURA_PUBLIC_URL: 'https://i.example', AURA_UPLOAD_TIMEOUT: '9' };
  expect(() => readConfig(gone)).toThrow(/^AURA_UPLOAD_TIMEOUT: no longer a setting\. Remove it/);
  const both = { AURA_CDN_URL: 'https://c.example', AURA_APP_URL: 'https://a.example' };
  expect(readConfig({ ...key, ...both }).cdnUrl).toBe('https://c.example');
});
