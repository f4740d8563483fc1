import { ApiError } from '@auraimage/client';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../api.js';
import { awaitApproval } from './login.js';

const code = { expires_in: 60, interval: 5 };
const granted = { token: 'aura_cli_x', email: 'kim@example.com', expiresAt: null };

function refused(status: number, code: string): Error {
  return new RequestError(new ApiError({ status, code, message: 'Refused' }), {
    baseUrl: 'https://images.example',
    setting: 'AURA_API_URL',
    signal: new AbortController().signal,
  });
}

/** Approval with these responses in order (the last one repeatedly), and the waits before each. */
async function approve(...answers: readonly (Error | typeof granted)[]) {
  const waits: number[] = [];
  const poll = async () => {
    const answer = answers[Math.min(waits.length, answers.length) - 1] ?? granted;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const token = awaitApproval(poll, code, async (seconds) => {
    waits.push(seconds);
  });
  return { waits, result: await token.catch((error: unknown) => error) };
}

const pending = refused(400, 'authorization_pending');

describe('awaitApproval', () => {
  it('keeps to the interval', async () => {
    const { waits, result } = await approve(pending, pending, granted);
    expect(result).toEqual(granted);
    expect(waits).toEqual([5, 5, 5]);
  });

  it('increases the interval permanently after slow_down, and without a response', async () => {
    const away = refused(0, 'network');
    const { waits } = await approve(refused(400, 'slow_down'), pending, away, granted);
    expect(waits).toEqual([5, 10, 10, 15]);
    const { waits: limited } = await approve(refused(429, 'too_many_attempts'), granted);
    expect(limited).toEqual([5, 10]);
  });

  it('ends when the code expires, even without a response of the server', async () => {
    const { waits, result } = await approve(pending);
    expect(waits).toHaveLength(12);
    expect(result).toMatchObject({ code: 'expired_token' });
    expect((await approve(refused(400, 'expired_token'))).result).toMatchObject({
      code: 'expired_token',
    });
  });

  it('ends on a denial and on any other error', async () => {
    expect((await approve(refused(400, 'access_denied'))).result).toMatchObject({
      code: 'access_denied',
    });
    const { waits, result } = await approve(refused(500, 'internal'));
    expect(result).toMatchObject({ status: 500 });
    expect(waits).toEqual([5]);
  });
});
