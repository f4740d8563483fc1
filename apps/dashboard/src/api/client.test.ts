import { describe, expect, it } from 'vitest';
import { answerOf } from './client.js';
import { ApiError } from './errors.js';

const refused = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Promise.resolve({ error: body, response: new Response(null, { status, headers }) });

const failure = (request: Parameters<typeof answerOf>[0]) =>
  answerOf(request).then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  );

describe('answerOf', () => {
  it('gives the body of a success', async () => {
    const response = new Response(null, { status: 200 });
    expect(await answerOf(Promise.resolve({ data: { a: 1 }, response }))).toEqual({ a: 1 });
  });

  it('throws what the server says of a refusal', async () => {
    const error = await failure(
      refused(
        429,
        { message: 'Too many' },
        {
          'X-Aura-Error': 'too_many_attempts',
          'Retry-After': '90',
          'X-Request-Id': 'r1',
        },
      ),
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 429,
      code: 'too_many_attempts',
      message: 'Too many',
      retryAfterSeconds: 90,
      requestId: 'r1',
    });
  });

  it.each([
    ['a proxy’s page', '<html>Bad gateway</html>'],
    ['nothing', undefined],
    ['an empty message', { message: '' }],
  ])('has words for a refusal with %s in place of a message', async (_what, body) => {
    expect(await failure(refused(502, body))).toMatchObject({
      code: 'http_502',
      message: 'The server answered 502',
    });
  });

  it('tells a server that did not answer from one that refused', async () => {
    const error = await failure(Promise.reject(new TypeError('Failed to fetch')));
    expect(error).toMatchObject({ status: 0, code: 'network' });
  });

  it('lets a request that was given up be given up', async () => {
    const given = new DOMException('The user aborted a request', 'AbortError');
    expect(await failure(Promise.reject(given))).toBe(given);
  });
});
