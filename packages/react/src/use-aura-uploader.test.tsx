// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AuraUploader, type Uploader, type UploaderOptions, useAuraUploader } from './index.js';

const CDN = 'https://cdn.example';
const TOKEN = `eyJ9.${'A'.repeat(43)}`;

let root: Root;
let uploader: Uploader;
const requests: { url: string; token: string | null; body: unknown }[] = [];

beforeEach(() => {
  requests.length = 0;
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('XMLHttpRequest', undefined);
  vi.stubGlobal('fetch', async (url: string, { headers, body }: RequestInit) => {
    const token = new Headers(headers).get('x-aura-signature');
    requests.push({ url, token, body: typeof body === 'string' ? JSON.parse(body) : null });
    if (url === '/api/sign') return Response.json({ signature: TOKEN });
    return Response.json({ key: 'users/42/avatar', url: CDN }, { status: 201 });
  });
  root = createRoot(document.createElement('div'));
});
afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

function Shown(options: UploaderOptions) {
  uploader = useAuraUploader({ cdnUrl: CDN, ...options });
  return null;
}

async function add(options: UploaderOptions, size = 4): Promise<void> {
  await act(async () => root.render(<Shown {...options} />));
  const file = new File(['x'.repeat(size)], 'photo.png', { type: 'image/png' });
  await act(async () => uploader.add([file]));
  await act(() => vi.waitFor(() => expect(uploader.items[0]?.status).toMatch(/done|failed/)));
}

it.each<[string, UploaderOptions['signature'], number]>([
  ['an endpoint', '/api/sign', 2],
  ['a token', TOKEN, 1],
  ['a function', async () => TOKEN, 1],
])('uploads with %s as signature, and calls onUpload', async (_, signature, count) => {
  const uploaded: string[] = [];
  await add({ signature, project: 'my-app', onUpload: ({ key }) => uploaded.push(key) });
  expect(uploaded).toEqual(['users/42/avatar']);
  expect(requests.at(-1)).toMatchObject({ url: `${CDN}/v1/upload`, token: TOKEN });
  expect(requests).toHaveLength(count);
  if (count === 2) expect(requests[0]?.body).toMatchObject({ project: 'my-app', size: 4 });
});

it('passes project and visibility to a function', async () => {
  const given: object[] = [];
  const signature: UploaderOptions['signature'] = (_file, { signal: _, ...context }) => {
    given.push(context);
    return TOKEN;
  };
  await add({ signature, project: 'my-app', visibility: 'private' });
  expect(given).toEqual([{ project: 'my-app', visibility: 'private' }]);
});

it('says that the signature is missing, and sends nothing', async () => {
  await add({ project: 'my-app' } as unknown as UploaderOptions);
  expect(uploader.items[0]?.error).toMatchObject({
    kind: 'token',
    message: expect.stringContaining('pass signature'),
  });
  expect(requests).toEqual([]);
});

it('refuses files of more than maxSize as a text', async () => {
  await add({ signature: TOKEN, maxSize: '1kb' }, 1025);
  expect(uploader.items[0]?.error).toMatchObject({ code: 'body_too_large' });
  expect(requests).toEqual([]);
});

it('loads neither the file nor its preview again once both have failed', async () => {
  const page = document.createElement('div');
  root = createRoot(page);
  const made = `${CDN}/my-app/a.heic?fmt=auto`;
  vi.stubGlobal('fetch', async () =>
    Response.json({ key: 'a', url: made, displayUrl: made, visibility: 'public' }, { status: 201 }),
  );
  const rendered = <AuraUploader cdnUrl={CDN} signature={TOKEN} />;
  await act(async () => root.render(rendered));
  const input = page.querySelector('input') as HTMLInputElement;
  Object.defineProperty(input, 'files', { value: [new File(['x'], 'a.heic')] });
  await act(async () => input.dispatchEvent(new Event('change', { bubbles: true })));
  await act(() => vi.waitFor(() => expect(page.textContent).toContain('Uploaded')));
  const image = page.querySelector('img') as HTMLImageElement;
  const fail = () => act(async () => image.dispatchEvent(new Event('error')));
  expect(image.src).toMatch(/^blob:/);
  await fail();
  expect(image.src).toBe(`${made}&w=160`);
  expect(image.hidden).toBe(false);
  await fail();
  expect(image.src).toBe(`${made}&w=160`);
  expect(image.hidden).toBe(true);
});
