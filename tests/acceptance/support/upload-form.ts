import type { TestServer } from '../../harness/server.js';
import { exchange, type RawAnswer } from './upload-raw.js';

export const BOUNDARY = 'acceptance-boundary';

/** Part headers, an empty line, the content. `headers` are whole lines. */
export function part(headers: readonly string[], content: string | Uint8Array): Buffer {
  const head = headers.map((line) => `${line}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.from(content)]);
}

export function filePart(content: string | Uint8Array, filename = 'photo.jpg'): Buffer {
  return part([`Content-Disposition: form-data; name="file"; filename="${filename}"`], content);
}

export function textPart(name: string, value: string): Buffer {
  return part([`Content-Disposition: form-data; name="${name}"`], value);
}

/** A multipart body (RFC 7578) of these parts. */
export function form(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts.flatMap((each) => [opening, each]), closing]);
}

const opening = Buffer.from(`\r\n--${BOUNDARY}\r\n`);
const closing = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

/** The request line and headers of an upload. A header set to `null` is omitted. */
export function uploadHead(
  token: string | null,
  fields: Readonly<Record<string, string | number | null>> = {},
): string {
  const all: Record<string, string | number | null> = {
    Host: 'test',
    'X-Aura-Signature': token,
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}\r\n`],
  );
  return `POST /v1/upload HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Sends a body unchanged, with its length. */
export function postRaw(
  { url }: Pick<TestServer, 'url'>,
  token: string | null,
  body: Uint8Array,
  fields: Readonly<Record<string, string | number | null>> = {},
): Promise<RawAnswer> {
  return exchange(url, [uploadHead(token, { 'Content-Length': body.length, ...fields }), body]);
}

/** One chunk of the chunked transfer coding (RFC 9112 §7.1). */
export function chunk(content: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${content.length.toString(16)}\r\n`),
    content,
    Buffer.from('\r\n'),
  ]);
}
