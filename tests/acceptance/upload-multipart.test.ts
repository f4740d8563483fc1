import { beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { BOUNDARY, filePart, form, part, postRaw, textPart } from './support/upload-form.js';
import { type Traces, tracesOf } from './support/upload-store.js';

type Form = (file: Buffer) => Buffer;

const MALFORMED = [400, 'multipart_malformed'];
const INCOMPLETE = [400, 'body_incomplete'];
const REQUIRED = [400, 'multipart_required'];
const MISSING = [400, 'file_missing'];
const REPEATED = [400, 'file_repeated'];
const ACCEPTED = [201, null];

/** Forms that a browser would not send. */
const FORMS: readonly (readonly [string, readonly unknown[], Form])[] = [
  ['no part', MISSING, () => form()],
  ['no file', MISSING, () => form(textPart('filename', 'a.jpg'))],
  ['the file twice', REPEATED, (file) => form(filePart(file), filePart(file))],
  ['a second file of no bytes', REPEATED, (file) => form(filePart(file), filePart(''))],
  ['a file of another name', MALFORMED, (file) => form(named('photo', file))],
  ['two files of two names', MALFORMED, (file) => form(filePart(file), named('photo', file))],
  ['the file named FILE', MALFORMED, (file) => form(named('FILE', file))],
  [
    'two file names',
    MALFORMED,
    (file) => form(textPart('filename', 'a'), textPart('filename', 'b'), filePart(file)),
  ],
  [
    'two file names around the file',
    MALFORMED,
    (file) => form(textPart('filename', 'a'), filePart(file), textPart('filename', 'a')),
  ],
  ['a file name that is a file', MALFORMED, (file) => form(filePart(file), named('filename', 'x'))],
  [
    'other text parts',
    ACCEPTED,
    (file) => form(textPart('a', '1'), filePart(file), textPart('b', '')),
  ],
  [
    'too many text parts',
    MALFORMED,
    (file) =>
      form(...Array.from({ length: 1000 }, (_, i) => textPart(`t${i}`, '')), filePart(file)),
  ],
  ['a part without a name', ACCEPTED, (file) => form(part([disposition('')], 'x'), filePart(file))],
  ['a part without header fields', ACCEPTED, (file) => form(part([], 'x'), filePart(file))],
  [
    'a file without a name',
    MALFORMED,
    (file) => form(part([disposition('; filename="a.jpg"')], file)),
  ],
  ['the file without header fields', MISSING, (file) => form(part([], file))],
  [
    'the file without a file name',
    ACCEPTED,
    (file) => form(part([disposition('; name="file"')], file)),
  ],
  ['a text named file', [415, 'type_not_allowed'], () => form(textPart('file', 'a.jpg'))],
  [
    'a form within the form',
    [415, 'type_not_allowed'],
    (file) =>
      form(
        part(
          [disposition('; name="file"'), 'Content-Type: multipart/mixed; boundary=b'],
          nest(file),
        ),
      ),
  ],
  ['a part header without a colon', MISSING, (file) => form(part(['Content-Disposition'], file))],
  ['a part header of 100 KB', MISSING, (file) => form(part([`X: ${'x'.repeat(100_000)}`], file))],
  ['1,000 part headers', MISSING, (file) => form(part(Array(1000).fill('X: y'), file))],
  ['a name of 50 KB', MISSING, (file) => form(named('x'.repeat(50_000), file))],
  [
    'a disposition that is none',
    MISSING,
    (file) => form(part(['Content-Disposition: ;;;=;'], file)),
  ],
  [
    'an attachment',
    MISSING,
    (file) => form(part(['Content-Disposition: attachment; name="file"'], file)),
  ],
  [
    'text before the first boundary',
    ACCEPTED,
    (file) => wrap('preamble', form(filePart(file)), ''),
  ],
  ['text behind the last boundary', ACCEPTED, (file) => wrap('', form(filePart(file)), 'epilogue')],
  [
    'no last boundary',
    INCOMPLETE,
    (file) => form(filePart(file)).subarray(0, -BOUNDARY.length - 8),
  ],
  ['half of the last boundary', INCOMPLETE, (file) => form(filePart(file)).subarray(0, -9)],
  ['half of its file', INCOMPLETE, (file) => form(filePart(file)).subarray(0, 400)],
  ['a part header cut off', INCOMPLETE, (file) => form(filePart(file)).subarray(0, 60)],
  ['another boundary in its body', INCOMPLETE, (file) => swap(form(filePart(file)))],
  ['nothing but a boundary', INCOMPLETE, () => Buffer.from(`--${BOUNDARY}`)],
  ['nothing but noise', INCOMPLETE, () => Buffer.alloc(5000, 'noise')],
  [
    'a boundary line within the file',
    [422, 'image_not_decodable'],
    (file) => form(filePart(splice(file))),
  ],
];

/** Values of `Content-Type` for a valid form. */
const CONTENT_TYPES: readonly (readonly [string | null, readonly unknown[]])[] = [
  [null, REQUIRED],
  ['', REQUIRED],
  ['application/json', REQUIRED],
  ['image/jpeg', REQUIRED],
  ['application/x-www-form-urlencoded', REQUIRED],
  ['multipart/mixed; boundary=acceptance-boundary', REQUIRED],
  ['multipart/form-data2; boundary=acceptance-boundary', REQUIRED],
  ['text/plain, multipart/form-data; boundary=acceptance-boundary', REQUIRED],
  ['multipart/form-data', MALFORMED],
  ['multipart/form-data; boundary=', MALFORMED],
  ['multipart/form-data; boundary=""', MALFORMED],
  ['multipart/form-data; boundary=" "', MALFORMED],
  [`multipart/form-data; boundary=${'x'.repeat(71)}`, MALFORMED],
  [`multipart/form-data; boundary=${'x'.repeat(5000)}`, MALFORMED],
  ['multipart/form-data; boundary="a\\"b"', MALFORMED],
  ['multipart/form-data; boundary=a; boundary=acceptance-boundary', MALFORMED],
  ['multipart/form-data; boundary=(a)[b]', MALFORMED],
  ['multipart/form-data; boundary=other', INCOMPLETE],
  ['Multipart/Form-Data; Boundary=acceptance-boundary', ACCEPTED],
];

describe('hostile forms', () => {
  let server: SharedServer;
  let token: string;
  let jpeg: Buffer;
  /** What earlier tests have left. */
  let before: Traces;

  beforeAll(async () => {
    [server, jpeg] = await Promise.all([sharedServer(), pictures.jpeg()]);
    token = await server.aura.signUpload();
    before = await tracesOf(server);
  });

  async function expectAnswer(expected: readonly unknown[], body: Buffer, fields = {}) {
    const { status, headers, body: text } = await postRaw(server, token, body, fields);
    const { files, rows } = before;
    before = await tracesOf(server);
    expect([status, headers.get('x-aura-error')]).toEqual(expected);
    expect(JSON.parse(text)).toEqual(expect.any(Object));
    const images = status === 201 ? 1 : 0;
    expect(before).toEqual({ files: files + images, rows: rows + images });
  }

  it.each(FORMS)('answers a form with %s', async (_what, expected, make) => {
    await expectAnswer(expected, make(jpeg));
  });

  it.each(CONTENT_TYPES)('answers Content-Type %j', async (type, expected) => {
    await expectAnswer(expected, form(filePart(jpeg)), { 'Content-Type': type });
  });

  it.each([
    ['JSON', '{"file":"x"}', 'application/json'],
    ['the bare image', 'the image', 'image/jpeg'],
    ['no', '', null],
  ])('answers a request with %s body', async (_what, body, type) => {
    await expectAnswer(REQUIRED, Buffer.from(body), { 'Content-Type': type });
  });

  it('answers a form without a byte', async () => {
    await expectAnswer(INCOMPLETE, Buffer.alloc(0));
  });
});

function disposition(parameters: string): string {
  return `Content-Disposition: form-data${parameters}`;
}

/** A file part of any name. */
function named(name: string, content: string | Uint8Array): Buffer {
  return part([disposition(`; name="${name}"; filename="a.jpg"`)], content);
}

function nest(file: Buffer): Buffer {
  return wrap('--b\r\nContent-Disposition: file; filename="a.jpg"\r\n\r\n', file, '\r\n--b--');
}

function wrap(before: string, middle: Buffer, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), middle, Buffer.from(after)]);
}

function swap(body: Buffer): Buffer {
  return Buffer.from(body.toString('latin1').replaceAll(BOUNDARY, 'another'), 'latin1');
}

/** Ends the part early, so that the rest is not a valid part. */
function splice(file: Buffer): Buffer {
  const at = file.length >> 1;
  const line = Buffer.from(`\r\n--${BOUNDARY}\r\n`);
  return Buffer.concat([file.subarray(0, at), line, file.subarray(at)]);
}
