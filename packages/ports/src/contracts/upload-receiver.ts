import { describe, expect, it } from 'vitest';
import { ReceiveError, type ReceiveErrorCode, type UploadReceiver } from '../index.js';
import { expectEqual, joinBytes, someBytes } from './bytes.js';
import { BOUNDARY, chunkedRequest, cut, filePart, form, streamRequest, textPart } from './forms.js';
import { declareReceiverFlow } from './upload-receiver-flow.js';

const FILE = someBytes(300_000);
/** Made for each test: in a Worker a signal belongs to its request. */
const never = () => new AbortController().signal;

/** Declares the suite of `UploadReceiver`. Every test gets its own receiver from `make`. */
export function describeUploadReceiver(name: string, make: () => UploadReceiver): void {
  describe(`${name} as UploadReceiver`, () => {
    const receive = async (request: Request, maxFileBytes = 1_000_000) => {
      const chunks: Uint8Array[] = [];
      const limits = { maxFileBytes, signal: never() };
      const { filename } = await make().receive(request, limits, async (chunk) => {
        chunks.push(chunk.slice());
      });
      return { filename, bytes: joinBytes(chunks) };
    };
    const receiveForm = (...parts: readonly Uint8Array[]) =>
      receive(chunkedRequest(cut(form(...parts), 10_000)));

    const expectRefusal = async (received: Promise<unknown>, code: ReceiveErrorCode) => {
      const error = await received.then(
        () => 'it was accepted',
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ReceiveError);
      expect(error).toMatchObject({ code });
    };

    describe('a form', () => {
      it('may have a file name with quotes, as browsers escape them', async () => {
        const form = new FormData();
        form.append('file', new Blob(['x']), 'Größe "1" 50%.png');
        const request = new Request('http://localhost', { method: 'POST', body: form });
        const limits = { maxFileBytes: 1000, signal: never() };
        const { filename } = await make().receive(request, limits, async () => {});
        expect(filename).toBe('Größe "1" 50%.png');
      });

      it('may have its file before and after its filename', async () => {
        for (const parts of [
          [filePart(FILE), textPart('filename', 'given.png')],
          [textPart('filename', 'given.png'), filePart(FILE)],
        ]) {
          const { filename, bytes } = await receiveForm(...parts);
          expect(filename).toBe('given.png');
          expectEqual(bytes, FILE);
        }
      });

      it('falls back to the name of the file itself, then to none', async () => {
        expect((await receiveForm(filePart(FILE))).filename).toBe('photo.jpg');
        expect((await receiveForm(filePart(FILE, 'name="file"; filename=""'))).filename).toBe('');
        const { filename, bytes } = await receiveForm(filePart(FILE, 'name="file"'));
        expect(filename).toBe('');
        expectEqual(bytes, FILE);
      });

      it('keeps names unchanged', async () => {
        const name = 'Été à Paris 写真.jpg';
        expect((await receiveForm(textPart('filename', name), filePart(FILE))).filename).toBe(name);
        const own = `name="file"; filename="${name}"`;
        expect((await receiveForm(filePart(FILE, own))).filename).toBe(name);
      });

      it('may have an empty file', async () => {
        const { filename, bytes } = await receiveForm(filePart(someBytes(0)));
        expect(filename).toBe('photo.jpg');
        expect(bytes).toHaveLength(0);
      });

      it.each([1, 2, 7, 63, 1000, 65_536])('may come in chunks of %i', async (size) => {
        const file = someBytes(size < 100 ? 2000 : 300_000);
        const whole = form(textPart('filename', 'a.png'), filePart(file));
        const { filename, bytes } = await receive(chunkedRequest(cut(whole, size)));
        expect(filename).toBe('a.png');
        expectEqual(bytes, file);
      });

      it('may have a file with text in it that looks like boundaries', async () => {
        const file = new TextEncoder().encode(
          `\r\n--\r\n--${BOUNDARY.slice(0, -1)}\r\n-${BOUNDARY}--\r\n${BOUNDARY}\r\n\r\n--`,
        );
        for (const size of [1, 5, 10_000]) {
          const { bytes } = await receive(chunkedRequest(cut(form(filePart(file)), size)));
          expectEqual(bytes, file);
        }
      });

      it('may be encoded by the runtime itself', async () => {
        const data = new FormData();
        data.append('file', new Blob([FILE]), 'from a browser.jpg');
        data.append('filename', 'given.jpg');
        const request = new Request('http://localhost/', { method: 'POST', body: data });
        const { filename, bytes } = await receive(request);
        expect(filename).toBe('given.jpg');
        expectEqual(bytes, FILE);
      });

      it.each([
        `multipart/form-data; boundary="${BOUNDARY}"`,
        `Multipart/Form-Data; charset=utf-8; Boundary=${BOUNDARY}`,
      ])('may be announced as %s', async (contentType) => {
        const request = chunkedRequest(cut(form(filePart(FILE)), 10_000), contentType);
        expectEqual((await receive(request)).bytes, FILE);
      });
    });

    describe('the limit', () => {
      it.each([0, 1, 1000, 300_000])('accepts a file of %i bytes, and none above', async (max) => {
        const exact = chunkedRequest(cut(form(filePart(someBytes(max))), 4096));
        expectEqual((await receive(exact, max)).bytes, someBytes(max));
        const over = chunkedRequest(cut(form(filePart(someBytes(max + 1))), 4096));
        await expectRefusal(receive(over, max), 'body_too_large');
      });

      it('never passes on more bytes than the limit', async () => {
        let handed = 0;
        const limits = { maxFileBytes: 1000, signal: never() };
        const request = chunkedRequest(cut(form(filePart(FILE)), 10_000));
        const received = make().receive(request, limits, async (chunk) => {
          handed += chunk.length;
        });
        await expectRefusal(received, 'body_too_large');
        expect(handed).toBeLessThanOrEqual(1000);
      });
    });

    describe('a body', () => {
      it.each([
        null,
        'image/jpeg',
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/mixed; boundary=x',
        'multipart/form-datas; boundary=x',
      ])('of type %s is no form', async (contentType) => {
        const request = chunkedRequest([form(filePart(FILE))], contentType);
        await expectRefusal(receive(request), 'multipart_required');
      });

      it.each([
        'multipart/form-data',
        'multipart/form-data; boundary=',
        'multipart/form-data; b=x',
      ])('of type %s is malformed', async (contentType) => {
        const request = chunkedRequest([form(filePart(FILE))], contentType);
        await expectRefusal(receive(request), 'multipart_malformed');
      });

      it('without a file is refused', async () => {
        await expectRefusal(receiveForm(textPart('filename', 'a.png')), 'file_missing');
        await expectRefusal(receiveForm(), 'file_missing');
      });

      it('with two files is refused, wherever the second stands', async () => {
        const [file, text] = [filePart(FILE), textPart('filename', 'a.png')];
        await expectRefusal(receiveForm(file, file), 'file_repeated');
        await expectRefusal(receiveForm(file, text, file), 'file_repeated');
        await expectRefusal(receiveForm(text, file, file), 'file_repeated');
      });

      it('with two filenames is refused', async () => {
        const [file, text] = [filePart(FILE), textPart('filename', 'a.png')];
        await expectRefusal(receiveForm(text, text, file), 'multipart_malformed');
        await expectRefusal(receiveForm(text, file, text), 'multipart_malformed');
      });

      it('that ends early is incomplete, wherever it ends', async () => {
        const whole = form(textPart('filename', 'a.png'), filePart(someBytes(5000)));
        const ends = [0, 1, 30, 80, 120, 200, 260, 1000, 5000, whole.length - BOUNDARY.length - 8];
        for (const end of ends) {
          const request = chunkedRequest(cut(whole.slice(0, end), 100));
          await expectRefusal(receive(request), 'body_incomplete');
        }
        await expectRefusal(receive(streamRequest(null)), 'body_incomplete');
      });

      it('that is cut off is incomplete', async () => {
        const start = filePart(FILE).slice(0, 100_000);
        const chunks = cut(start, 10_000);
        const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
          pull(controller) {
            const { value, done } = chunks.next();
            if (done) controller.error(new Error('the client went away'));
            else controller.enqueue(value);
          },
        });
        await expectRefusal(receive(streamRequest(body)), 'body_incomplete');
      });
    });

    it.each([
      ['preamble', 'x'],
      ['part header', `--${BOUNDARY}\r\nX: y`],
      ['row of part headers', `--${BOUNDARY}\r\n${'X: y\r\n'.repeat(1000)}`],
      ['text part', `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n`],
      ['row of parts', `--${BOUNDARY}\r\n\r\n\r\n`.repeat(1000)],
    ])('a %s without an end is refused after a few bytes', async (_what, start) => {
      let sent = 0;
      function* endless() {
        yield new TextEncoder().encode(start);
        for (; sent < 10_000_000; sent += 10_000) yield someBytes(10_000, 97);
      }
      const refusal = await receive(chunkedRequest(endless()), 1000).catch((error) => error.code);
      expect(['multipart_malformed', 'body_too_large']).toContain(refusal);
      expect(sent).toBeLessThan(1_000_000);
    });

    declareReceiverFlow(make);
  });
}
