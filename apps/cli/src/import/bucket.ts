import { AwsClient } from 'aws4fetch';
import { XMLParser } from 'fast-xml-parser';
import { pause } from '../api.js';
import { CliError, usageError } from '../errors.js';
import { printable } from '../output.js';
import { NOT_AN_IMAGE } from '../upload/files.js';
import type { AwsSettings } from './aws.js';
import { download } from './download.js';
import { notTaken } from './folder.js';
import { mayBeImage, type Source, SourceError, type SourceItem } from './source.js';

const LIST_MS = 30_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export interface BucketLocation {
  readonly bucket: string;
  /** Prefix of the keys: empty, or with a slash at the end. */
  readonly prefix: string;
}

/**
 * Reads `s3://bucket/prefix`.
 *
 * @throws a usage error for anything else
 */
export function parseBucket(text: string): BucketLocation {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/?#]*)(?:\/(.*))?$/.exec(text) ?? [];
  if (!BUCKET.test(bucket)) {
    throw usageError(
      'This is not the address of a bucket',
      'Give s3://bucket/folder; the server of the bucket is in AWS_ENDPOINT_URL.',
    );
  }
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}

interface BucketOptions {
  readonly settings: AwsSettings;
  readonly all: boolean;
  /** Ends the pauses between attempts. */
  readonly signal: AbortSignal;
}

/** The objects of a bucket below a prefix, in the order in which it lists them: of their keys' bytes. */
export function openBucket(
  { bucket, prefix }: BucketLocation,
  { settings, all, signal }: BucketOptions,
): Source {
  const { endpoint, region } = settings;
  const base = endpoint ?? `https://s3.${region}.amazonaws.com`;
  const aws = new AwsClient({ ...settings, service: 's3', retries: 0 });
  const request = async (path: string, late: AbortSignal) =>
    fetch(await aws.sign(`${base}/${bucket}${path}`), { signal: late, redirect: 'manual' });

  const list = async (query: Readonly<Record<string, string>>): Promise<Page> => {
    const path = `?${new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix, ...query })}`;
    for (let attempt = 1; ; attempt++) {
      const answer = await request(path, AbortSignal.timeout(LIST_MS))
        .then(async (response) => ({ response, text: await response.text() }))
        .catch((error: unknown) => unanswered(base, error));
      if ('problem' in answer) {
        if (attempt === ATTEMPTS) throw answer.problem;
      } else if (answer.response.ok) return pageOf(answer.text);
      else {
        const { status } = answer.response;
        if ((status < 500 && status !== 429) || attempt === ATTEMPTS) {
          throw refused(answer.response, answer.text, { bucket, region });
        }
      }
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
    }
  };

  const get = async (key: string, temporary: string): Promise<string> => {
    const path = `/${key.split('/').map(encodeURIComponent).join('/')}`;
    try {
      await download((late) => request(path, late), temporary, {
        signal,
        refusalOf: async (response) => {
          const text = await response.text();
          const code = codeOf(text);
          const message = `The bucket answered with status ${response.status} ${code}`.trim();
          const { status } = response;
          if (status === 404) return { code: 'source_not_found', message, passing: false };
          if (code === 'AccessDenied' || code === 'InvalidObjectState') {
            return { code: 'source_forbidden', message, passing: false };
          }
          // Keys that have expired, for example: every other object would meet them.
          if (status < 500 && status !== 429) throw refused(response, text, { bucket, region });
          return { code: 'source_failed', message, passing: true };
        },
      });
      return temporary;
    } catch (error) {
      if (!(error instanceof CliError) || error instanceof SourceError) throw error;
      if (error.code === 'source_unreachable') throw unanswered(base, error).problem;
      throw notTaken(error, key);
    }
  };

  return {
    identity: `s3://${bucket}/${prefix} ${base}`,
    async *items(after) {
      let last = after === null ? '' : prefix + after;
      let from: Readonly<Record<string, string>> = last === '' ? {} : { 'start-after': last };
      for (;;) {
        const { keys, next } = await list(from);
        for (const key of keys) {
          // An import continues behind the last key, which needs this order.
          if (Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0) {
            throw new SourceError(
              'The bucket does not list its objects in the order of their keys',
              {
                code: 'source_failed',
              },
            );
          }
          last = key;
          // A folder, as consoles make them.
          if (key.endsWith('/')) continue;
          const path = key.slice(prefix.length);
          yield itemOf(path, all, (temporary) => get(key, temporary));
        }
        if (next === '') return;
        from = { 'continuation-token': next };
      }
    },
  };
}

function itemOf(path: string, all: boolean, fetch: SourceItem['fetch']): SourceItem {
  const fileName = path.split('/').at(-1) ?? path;
  const skip = all || mayBeImage(fileName) ? {} : { skip: NOT_AN_IMAGE };
  return { source: path, path, fileName, fetch, ...skip };
}

interface Page {
  readonly keys: readonly string[];
  /** Empty on the last page. */
  readonly next: string;
}

const parser = new XMLParser({
  parseTagValue: false,
  ignoreDeclaration: true,
  isArray: (name) => name === 'Contents',
});

function pageOf(text: string): Page {
  const result = childOf(parsed(text), 'ListBucketResult');
  if (result === null) {
    throw new SourceError('The address answers, but not as a bucket does', {
      code: 'source_failed',
      fix: 'Check AWS_ENDPOINT_URL.',
    });
  }
  const contents = Array.isArray(result['Contents']) ? result['Contents'] : [];
  return {
    keys: contents.map((object: unknown) => keyOf(textOf(object, 'Key'))),
    next: textOf(result, 'IsTruncated') === 'true' ? textOf(result, 'NextContinuationToken') : '',
  };
}

/** A key from a list with `encoding-type=url`. */
function keyOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new SourceError(`The bucket has a key that is not UTF-8: ${printable(encoded)}`, {
      code: 'source_failed',
    });
  }
}

function codeOf(text: string): string {
  const code = textOf(childOf(parsed(text), 'Error'), 'Code');
  return /^\w{1,60}$/.test(code) ? code : '';
}

function parsed(text: string): unknown {
  try {
    return parser.parse(text);
  } catch {
    return null;
  }
}

function childOf(value: unknown, name: string): Readonly<Record<string, unknown>> | null {
  const child: unknown = Object(value)[name];
  return typeof child === 'object' && child !== null ? { ...child } : null;
}

function textOf(value: unknown, name: string): string {
  const text: unknown = Object(value)[name];
  return typeof text === 'string' ? text : '';
}

function unanswered(base: string, cause: unknown): { readonly problem: SourceError } {
  const problem = new SourceError(`${new URL(base).origin} did not answer`, {
    code: 'source_unreachable',
    fix: 'Check AWS_ENDPOINT_URL and your connection, then run the import again: it continues.',
    cause,
  });
  return { problem };
}

/** A refusal that concerns the bucket, not one object. */
function refused(
  response: Response,
  text: string,
  { bucket, region }: { readonly bucket: string; readonly region: string },
): SourceError {
  const code = codeOf(text);
  const actual = response.headers.get('x-amz-bucket-region');
  if (actual !== null && actual !== region && /^[a-z0-9-]{1,40}$/.test(actual)) {
    return new SourceError(`The bucket ${bucket} is in ${actual}, not in ${region}`, {
      code: 'source_failed',
      fix: `Set AWS_REGION=${actual}.`,
    });
  }
  const what = `The bucket ${bucket} answered with status ${response.status} ${printable(code)}`;
  return new SourceError(what.trim(), {
    code: response.status === 404 ? 'source_not_found' : 'source_forbidden',
    fix: 'Check the name of the bucket, AWS_REGION and the keys. They need s3:ListBucket and s3:GetObject.',
  });
}
