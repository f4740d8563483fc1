import { readFile } from 'node:fs/promises';
import { AuraImage } from '@auraimage/sdk';
import type { EnvBlock } from './provision.js';

/** Drawn by scripts/draw-sample.mjs. */
const PICTURE = new URL('../assets/northern-lights.jpg', import.meta.url);

/** Two addresses of one private image. */
export interface SampleLinks {
  /** Answers 403. */
  readonly unsigned: string;
  /** Answers 200 for an hour. */
  readonly signed: string;
}

/**
 * Uploads a private picture the way any developer's code does, and signs a link to it.
 *
 * @param localUrl where this machine reaches the server
 */
export async function uploadSample(block: EnvBlock, localUrl: string): Promise<SampleLinks> {
  const aura = new AuraImage(block);
  const token = await aura.signUpload({ visibility: 'private', expiresIn: 60 });
  const form = new FormData();
  const jpeg = new Uint8Array(await readFile(PICTURE));
  form.append('file', new File([jpeg], 'northern-lights.jpg', { type: 'image/jpeg' }));
  const response = await fetch(`${localUrl}/v1/upload`, {
    method: 'POST',
    headers: { 'X-Aura-Signature': token, Host: new URL(block.cdnUrl).host },
    body: form,
  });
  if (!response.ok) throw new Error(`the sample upload was answered ${response.status}`);
  const { url, key } = (await response.json()) as { url: string; key: string };
  return { unsigned: url, signed: await aura.getSignedUrl(key) };
}
