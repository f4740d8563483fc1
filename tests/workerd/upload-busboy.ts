import { describeUploadReceiver } from '@auraimage/ports/contracts';
import { createBusboyReceiver } from '@auraimage/upload-busboy';
import { expect, it } from 'vitest';

describeUploadReceiver('busboy in workerd', () => createBusboyReceiver());

it('a host can read what is left of a body that was refused early', async () => {
  const head = '--b\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\n';
  const chunks = [new TextEncoder().encode(head)];
  for (let count = 0; count < 32; count++) chunks.push(new Uint8Array(64 * 1024));
  const body = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  const request = new Request('http://worker.test/', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    body,
  });
  const limits = { maxFileBytes: 4 * 1024 * 1024, signal: request.signal };
  const refused = createBusboyReceiver().receive(request, limits, async () => {});
  await expect(refused).rejects.toMatchObject({ code: 'multipart_malformed' });
  expect(chunks.length).toBeGreaterThan(0);
  const reader = request.body?.getReader();
  while ((await reader?.read())?.done === false);
  expect(chunks.length).toBe(0);
});
