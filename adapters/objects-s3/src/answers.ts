import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { S3Failure } from './failure.js';
import { readXml, textOf } from './xml.js';

/** Most bytes of an XML response. A page of a listing is 400 KB. */
const MAX_XML_BYTES = 4 * 1024 * 1024;
const MAX_DETAIL_CHARACTERS = 300;

type Headers = Dispatcher.ResponseData['headers'];

export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Reads a body of known length into memory. Another length is a failure. */
export async function readBytes(body: Readable, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (at + chunk.length > length) throw new S3Failure('broken', { detail: 'body too long' });
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < length) throw new S3Failure('broken', { detail: 'body too short' });
  return bytes;
}

export async function readText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_XML_BYTES) throw new S3Failure('broken', { detail: 'response too long' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Reads the response to a PUT of an object; resolves with its entity tag. Every S3 store sends one, so a server
 * that does not is not an S3 store.
 */
export async function readStored({ headers, body }: Dispatcher.ResponseData): Promise<string> {
  await readText(body);
  const etag = headerOf(headers, 'etag') ?? '';
  if (/^"?[\w-]+"?$/.test(etag)) return etag;
  throw new S3Failure('NotS3', { status: 200, detail: 'no ETag' });
}

/** Reads an error response. */
export async function failureOf({
  statusCode: status,
  headers,
  body,
}: Dispatcher.ResponseData): Promise<S3Failure> {
  return failureIn(await readText(body), status, headers);
}

export function failureIn(text: string, status: number, headers: Headers): S3Failure {
  const element = readXml(text, 'Error');
  const code = textOf(element, 'Code');
  const region = textOf(element, 'Region') || headerOf(headers, 'x-amz-bucket-region') || '';
  const request = textOf(element, 'RequestId') || headerOf(headers, 'x-amz-request-id');
  const message = textOf(element, 'Message').slice(0, MAX_DETAIL_CHARACTERS);
  const skewMinutes = skewOf(headerOf(headers, 'date'));
  return new S3Failure(/^\w{1,60}$/.test(code) ? code : `status_${status}`, {
    status,
    detail: [message, request && `(request ${request.slice(0, 100)})`].filter(Boolean).join(' '),
    ...(/^[a-z0-9-]{1,40}$/.test(region) && { region }),
    ...(skewMinutes !== null && { skewMinutes }),
  });
}

function skewOf(date: string | undefined): number | null {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? null : Math.round((Date.now() - theirs) / 60_000);
}
