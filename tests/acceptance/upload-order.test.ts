import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { broken } from '../files/broken.js';
import { pictures } from '../files/pictures.js';
import { unsupported } from '../files/unsupported.js';
import { addProject } from '../harness/projects.js';
import {
  type Credentials,
  startTestServer,
  type TestServer,
  takesBounds,
} from '../harness/server.js';
import { filePart, form, postRaw, uploadHead } from './support/upload-form.js';
import { openRaw, type RawAnswer } from './support/upload-raw.js';
import { type Traces, tracesOf } from './support/upload-store.js';
import { sign, uploadClaims } from './support/upload-tokens.js';

const ORIGIN = 'https://app.example';
const MAX_SIZE = 20_000;
const UPLOADS_PER_MINUTE = 40;

/** Faults of an upload, in the order in which the server checks them. */
const FAULTS = {
  token: [401, 'upload_token_invalid'],
  origin: [403, 'origin_not_allowed'],
  rate: [429, 'rate_limited'],
  quota: [402, 'quota_exceeded'],
  declared: [413, 'body_too_large'],
  type: [415, 'type_not_allowed'],
  counted: [413, 'body_too_large'],
  image: [422, 'image_not_decodable'],
} as const;

type Fault = keyof typeof FAULTS;

// No test uses up the uploads of a project that has as many as the product allows.
const isPossible = (fault: Fault) => fault !== 'rate' || takesBounds();
const ALL = (Object.keys(FAULTS) as Fault[]).filter(isPossible);
const EARLY: readonly Fault[] = ['token', 'origin', 'rate', 'quota', 'declared'];
const BEFORE_BODY = EARLY.filter(isPossible);
const PAIRS = ALL.flatMap((first, at) =>
  ALL.slice(at + 1).map((second) => [first, second] as const),
);

describe('the order of the checks of an upload', () => {
  let server: TestServer;
  let jpeg: Buffer;
  /** By `rate` and `quota`: whether the project has used it up. */
  let projects: Record<string, Credentials>;
  let before: Traces;

  beforeAll(async () => {
    jpeg = await pictures.jpeg();
    server = await startTestServer({
      env: { AURA_UPLOADS_PER_MINUTE: '100000' },
      ...(takesBounds() && { bounds: { uploadsPerProject: UPLOADS_PER_MINUTE } }),
    });
    const quota = { quotaBytes: jpeg.length };
    projects = {
      '': await add('plain'),
      rate: await add('rate'),
      quota: await add('quota', quota),
      'rate quota': await add('rate-quota', quota),
    };
    for (const name of ['quota', 'rate quota']) {
      expect((await attempt([], projects[name])).status).toBe(201);
    }
    for (const name of takesBounds() ? ['rate', 'rate quota'] : []) {
      for (let sent = 0; sent < UPLOADS_PER_MINUTE; sent++) await attempt(['type'], projects[name]);
    }
    before = await tracesOf(server);
  });

  afterAll(async () => {
    await server.kill();
  });

  function add(name: string, changes: { readonly quotaBytes?: number } = {}): Promise<Credentials> {
    return addProject(server, name, { allowedOrigins: [ORIGIN], ...changes });
  }

  /** Sends an upload with these faults, and its body only if the fault is in the body. */
  async function attempt(faults: readonly Fault[], given?: Credentials): Promise<RawAnswer> {
    const has = (fault: Fault) => faults.includes(fault);
    const name = ['rate', 'quota'].filter((each) => has(each as Fault)).join(' ');
    const project = given ?? projects[name];
    if (project === undefined) throw new Error(`no project "${name}"`);
    const claims = uploadClaims(project, { maxSize: MAX_SIZE });
    const token = sign(claims, has('token') ? 'sk_live_wrong' : project.secretKey);
    const body = form(filePart(fileWith(has)));
    const connection = openRaw(server.url);
    connection.send(
      uploadHead(token, {
        Origin: has('origin') ? 'https://evil.example' : ORIGIN,
        'Content-Length': has('declared') ? 10_000_000 : body.length,
      }),
    );
    if (!faults.every((fault) => BEFORE_BODY.includes(fault)) || faults.length === 0) {
      connection.send(body);
    }
    try {
      return await connection.answer;
    } finally {
      connection.cut();
    }
  }

  function fileWith(has: (fault: Fault) => boolean): Buffer {
    const good = has('image') ? broken.jpegScript() : jpeg;
    const file = has('type') ? unsupported.html : good;
    return has('counted') ? Buffer.concat([file, Buffer.alloc(MAX_SIZE + 1)]) : file;
  }

  function expectFault({ status, headers, body }: RawAnswer, fault: Fault): void {
    expect([status, headers.get('x-aura-error')]).toEqual(FAULTS[fault]);
    expect(JSON.parse(body)).toEqual({ message: expect.any(String) });
    expect(headers.get('cache-control')).toBe('no-store');
  }

  it.each(BEFORE_BODY)('finds out about %s before a byte of the body is there', async (fault) => {
    expectFault(await attempt([fault]), fault);
  });

  it.each(['type', 'counted', 'image'] as const)(
    'finds out about %s from the body',
    async (fault) => {
      expectFault(await attempt([fault]), fault);
    },
  );

  it.each(PAIRS)('answers for %s where %s is wrong as well', async (first, second) => {
    expectFault(await attempt([first, second]), first);
  });

  it('answers for the first where everything is wrong', async () => {
    for (let at = 0; at < ALL.length; at++) {
      expectFault(await attempt(ALL.slice(at)), ALL[at] as Fault);
    }
  });

  if (takesBounds())
    it('says in whole seconds when to try again', async () => {
      const { headers } = await attempt(['rate']);
      const wait = headers.get('retry-after') ?? '';
      expect(wait).toMatch(/^\d+$/);
      expect(Number(wait)).toBeGreaterThanOrEqual(1);
      expect(Number(wait)).toBeLessThanOrEqual(60);
    });

  it('leaves nothing of all these refusals', async () => {
    expect(await tracesOf(server)).toEqual(before);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });

  it.each([null, ORIGIN])('takes an upload with the origin %s', async (origin) => {
    const { secretKey, projectName } = await add(`origin-${origin === null}`);
    const token = sign(uploadClaims({ projectName }), secretKey);
    const answer = await postRaw(server, token, form(filePart(jpeg)), { Origin: origin });
    expect(answer.status).toBe(201);
  });

  it.each([
    'null',
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil',
    ...(differs('empty') ? [] : ['']),
  ])('takes no upload with the origin "%s"', async (origin) => {
    const { secretKey, projectName } = projects[''] as Credentials;
    const token = sign(uploadClaims({ projectName }), secretKey);
    const answer = await postRaw(server, token, form(filePart(jpeg)), { Origin: origin });
    expectFault(answer, 'origin');
  });
});
