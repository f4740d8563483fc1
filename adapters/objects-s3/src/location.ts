/** Address and options of a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** Prefix of every key: empty, or a path that ends in `/`. */
  readonly prefix: string;
  /** Address of a store that is not Amazon's, without a trailing slash. */
  readonly endpoint?: string;
  readonly region: string;
  /** Whether to create the bucket if there is none. */
  readonly create: boolean;
  /** Seconds for an operation, retries included: 1 to 600. */
  readonly timeoutSeconds: number;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[\w-][\w.-]{0,99}\/){0,5}$/;
const REGION = /^[a-z0-9-]{1,40}$/;

/**
 * Parses `s3://bucket/prefix?endpoint=https://…&region=…&create=true&timeout=10`. Everything except the bucket is
 * optional; without an endpoint the bucket is Amazon's.
 *
 * @throws {TypeError} whose message says what is wrong. It repeats nothing of the text, which may contain a
 *   secret by mistake
 *
 * @example
 * parseS3Location('s3://pictures?endpoint=http://127.0.0.1:9000&create=true');
 */
export function parseS3Location(text: string): S3Location {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 's3:') {
    throw new TypeError('give s3://bucket?endpoint=https://…&region=…');
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('put the keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  if (!BUCKET.test(url.host)) {
    throw new TypeError('a bucket has 3 to 63 lower-case letters, digits, dots and hyphens');
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '').replace(/.$/, '$&/');
  if (!PREFIX.test(prefix)) {
    throw new TypeError('a prefix has letters, digits, dots, hyphens and up to 5 parts');
  }
  const query = readQuery(url.searchParams);
  const region = query.get('region') ?? 'us-east-1';
  if (!REGION.test(region)) throw new TypeError('region: give a name such as eu-central-1 or auto');
  const create = query.get('create') ?? 'false';
  if (create !== 'true' && create !== 'false') throw new TypeError('create: give true or false');
  const timeout = query.get('timeout') ?? '10';
  if (!/^[1-9]\d{0,2}$/.test(timeout) || Number(timeout) > 600) {
    throw new TypeError('timeout: give whole seconds from 1 to 600');
  }
  const endpoint = query.get('endpoint');
  return {
    bucket: url.host,
    prefix,
    ...(endpoint !== undefined && { endpoint: readEndpoint(endpoint) }),
    region,
    create: create === 'true',
    timeoutSeconds: Number(timeout),
  };
}

function readQuery(params: URLSearchParams): Map<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of params) {
    if (!['endpoint', 'region', 'create', 'timeout'].includes(name) || query.has(name)) {
      throw new TypeError(
        'after the ? there may be endpoint, region, create and timeout, each once',
      );
    }
    query.set(name, value);
  }
  return query;
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(text)) {
    throw new TypeError('endpoint: give an http or https URL such as https://s3.example');
  }
  return url.href.replace(/\/+$/, '');
}
