import { describe, expect, it } from 'vitest';
import { parseD1Place } from './place-text.js';

const PLACE = 'd1://0123456789abcdef0123456789abcdef/6f1a1f0e-3b0c-4e0c-9a3e-2f4c5d6e7f80';
const TOKEN = 'a-token';

describe('parseD1Place', () => {
  it('takes the token from the environment', () => {
    const { token, api } = parseD1Place(PLACE, { CLOUDFLARE_API_TOKEN: TOKEN });
    expect([token, api]).toEqual([TOKEN, undefined]);
  });

  it.each(['https://api.example/client/v4', 'http://127.0.0.1:8787'])(
    'takes the API at %s',
    (url) => {
      expect(parseD1Place(PLACE, withApi(url)).api).toBe(url);
    },
  );

  const withApi = (url: string) => ({ CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_API_BASE_URL: url });
  it.each<[Readonly<Record<string, string>>, RegExp]>([
    [{}, /set CLOUDFLARE_API_TOKEN/],
    [{ CLOUDFLARE_API_TOKEN: `${TOKEN}\n` }, /set CLOUDFLARE_API_TOKEN/],
    [{ CLOUDFLARE_API_TOKEN: 'a'.repeat(501) }, /set CLOUDFLARE_API_TOKEN/],
    [withApi('http://api.example'), /an https URL/],
    [withApi('http://127.0.0.1.example'), /an https URL/],
    [withApi('http://127.0.0.1:x@evil.example'), /an https URL/],
    [withApi('https://someone:x@api.example'), /an https URL/],
    [withApi('https://'), /an https URL/],
    [withApi(''), /an https URL/],
  ])('refuses %j without showing the token', (environment, says) => {
    const parse = () => parseD1Place(PLACE, environment);
    expect(parse).toThrow(says);
    expect(parse).not.toThrow(TOKEN);
  });
});
