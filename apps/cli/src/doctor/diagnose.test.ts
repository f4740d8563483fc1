import { ApiError } from '@auraimage/client';
import { describe, expect, it } from 'vitest';
import { type Api, RequestError } from '../api.js';
import type { RawResponse } from './checks.js';
import { diagnoseFromHere } from './diagnose.js';

const OPTIONS = {
  baseUrl: 'https://cdn.example',
  setting: 'AURA_API_URL',
  signal: new AbortController().signal,
} as const;
const MISSING = new ApiError({
  status: 404,
  code: 'image_not_found',
  message: 'Image not found',
});

/** A server that has one private image, `photo`. */
const api = (async (call: (client: unknown) => Promise<unknown>) =>
  call({
    async GET(_: string, { params }: { params: { path: { key: string } } }) {
      if (params.path.key === 'photo') return { visibility: 'private', linksRevokedAt: null };
      throw new RequestError(MISSING, OPTIONS);
    },
  })) as unknown as Api;

const verdictOf = async (path: string, status: number) => {
  const response = { status, headers: new Headers() } as unknown as RawResponse;
  const found = await diagnoseFromHere(api, `https://cdn.example/my-app/${path}`, response);
  return [found.verdict, found.key];
};

describe('a diagnosis with a secret key', () => {
  it('finds the image behind a preset, and whether the preset is open', async () => {
    expect(await verdictOf('card/photo', 403)).toEqual(['missing', 'photo']);
    expect(await verdictOf('card/photo', 200)).toEqual(['preset_open', 'photo']);
    expect(await verdictOf('photo?preset=card', 200)).toEqual(['preset_open', 'photo']);
    expect(await verdictOf('photo', 403)).toEqual(['missing', 'photo']);
    expect((await verdictOf('card/none', 404))[0]).toBe('image_not_found');
    expect((await verdictOf('a/b%20c', 404))[0]).toBe('not_a_link');
  });
});
