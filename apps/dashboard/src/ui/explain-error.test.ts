import { ERRORS } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { explainError } from './explain-error.js';

const apiError = (facts: Partial<ConstructorParameters<typeof ApiError>[0]>) =>
  new ApiError({ status: 400, code: 'field_invalid', message: 'projectName is missing', ...facts });

describe('explainError', () => {
  it('says what has failed in the server’s words, and what to do in ours', () => {
    const error = apiError({ status: 409, code: 'project_name_taken', message: 'Taken' });
    expect(explainError(error)).toEqual({
      title: 'Taken',
      advice: texts.errors.advice.project_name_taken,
      requestId: null,
    });
  });

  it('says how long to wait', () => {
    const error = apiError({ status: 429, code: 'too_many_attempts', retryAfterSeconds: 90 });
    expect(explainError(error).advice).toBe('Try again in 2 minutes.');
  });

  it('names the request where the server is at fault, and only there', () => {
    expect(
      explainError(apiError({ status: 500, code: 'internal', requestId: 'r1' })),
    ).toMatchObject({
      advice: texts.errors.server,
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
    expect(explainError(error).title).toBe(texts.errors.signedOut);
  });

  it('takes no code for a property that every object has', () => {
    expect(explainError(apiError({ code: 'constructor' })).advice).toBe(texts.errors.waitABit);
  });

  it('shows nothing of an error that is not the server’s', () => {
    const { title, advice } = explainError(new TypeError('x is undefined'));
    expect(`${title} ${advice}`).not.toContain('undefined');
  });

  it('has advice for codes that the server can send, and for no other', () => {
    const known = new Set([...Object.keys(ERRORS), 'network']);
    expect(Object.keys(texts.errors.advice).filter((code) => !known.has(code))).toEqual([]);
  });
});
