import { ApiError } from '@auraimage/client';
import { ERRORS } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import { ADVICE, explainError } from './explain-error.js';

const apiError = (facts: Partial<ConstructorParameters<typeof ApiError>[0]>) =>
  new ApiError({ status: 400, code: 'field_invalid', message: 'projectName is missing', ...facts });

describe('explainError', () => {
  it('takes the title from the server and the advice from its own table', () => {
    const error = apiError({ status: 409, code: 'project_name_taken', message: 'Taken' });
    expect(explainError(error)).toEqual({
      title: 'Taken',
      advice: 'Choose another name.',
      requestId: null,
    });
  });

  it('says how long to wait', () => {
    const error = apiError({ status: 429, code: 'too_many_attempts', retryAfterSeconds: 90 });
    expect(explainError(error).advice).toBe('Try again in 2 minutes.');
  });

  it('gives the request ID for server errors only', () => {
    expect(
      explainError(apiError({ status: 500, code: 'internal', requestId: 'r1' })),
    ).toMatchObject({
      advice: expect.stringContaining('search the server’s log'),
      requestId: 'r1',
    });
    expect(explainError(apiError({ requestId: 'r1' })).requestId).toBeNull();
  });

  it('does not ask a browser for a bearer token', () => {
    const error = apiError({
      status: 401,
      code: 'sign_in_required',
      message: 'Send a bearer token',
    });
    expect(explainError(error).title).toBe('Your session expired');
  });

  it('does not look codes up on Object.prototype', () => {
    expect(explainError(apiError({ code: 'constructor' })).advice).toBe(
      'Wait a moment, then try again.',
    );
  });

  it('hides the message of an error that is not from the server', () => {
    const { title, advice } = explainError(new TypeError('x is undefined'));
    expect(`${title} ${advice}`).not.toContain('undefined');
  });

  it('has advice only for codes of the server and of the client', () => {
    const known = new Set([
      ...Object.keys(ERRORS),
      'network',
      'timeout',
      'redirected',
      'unexpected_response',
    ]);
    expect(Object.keys(ADVICE).filter((code) => !known.has(code))).toEqual([]);
  });
});
