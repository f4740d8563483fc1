import type { TestServer } from './server.js';

/** The body of a 201. */
export interface Uploaded {
  readonly url: string;
  readonly key: string;
  readonly blurhash: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly masterFormat: string;
  readonly displayUrl: string;
  readonly size: number;
  readonly visibility: 'public' | 'private';
  readonly receipt: string;
}

/** Uploads one file like a browser; returns any response. */
export function postUpload(
  url: string,
  token: string,
  file: Uint8Array,
  filename = 'photo.jpg',
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), filename);
  return fetch(`${url}/v1/upload`, {
    method: 'POST',
    headers: { 'X-Aura-Signature': token, ...headers },
    body: form,
  });
}

/** Signs and uploads; throws unless the response is 201. */
export async function upload(
  { aura, url }: Pick<TestServer, 'aura' | 'url'>,
  file: Uint8Array,
  visibility: 'public' | 'private',
  filename = 'photo.jpg',
): Promise<Uploaded> {
  const token = await aura.signUpload({ visibility });
  const response = await postUpload(url, token, file, filename);
  if (response.status !== 201) {
    throw new Error(`upload answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as Uploaded;
}
