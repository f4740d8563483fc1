import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { AuraImage } from '@auraimage/sdk';
import type { EnvBlock } from './provision.js';

/** Drawn by scripts/draw-sample.mjs. */
const PICTURE = new URL('../../assets/northern-lights.jpg', import.meta.url);

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
  const { status, text } = await postForm(`${localUrl}/v1/upload`, form, {
    'X-Aura-Signature': token,
    Host: new URL(block.cdnUrl).host,
  });
  if (status !== 201) throw new Error(`the sample upload was answered ${status}`);
  const { url, key } = JSON.parse(text) as { url: string; key: string };
  return { unsigned: url, signed: await aura.getSignedUrl(key) };
}

/** Sends a form the way `fetch` does, which takes no `Host` from anyone. */
async function postForm(url: string, form: FormData, headers: Readonly<Record<string, string>>) {
  const encoded = new Response(form);
  const sent = request(url, {
    method: 'POST',
    agent: false, // a connection that is kept would keep a stop waiting
    headers: { ...headers, 'Content-Type': encoded.headers.get('content-type') ?? '' },
  });
  sent.end(new Uint8Array(await encoded.arrayBuffer()));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await readText(response) };
}
