import type { Api } from './api.js';
import type { DeviceCode, DeviceToken } from './api-types.js';
import { CliError } from './errors.js';
import { RefusedError, UnreachableError } from './http.js';

/** RFC 8628 §3.5: seconds that each slow_down adds. */
const SLOW_DOWN_SECONDS = 5;

/**
 * Asks for the token until somebody has answered on the page or the code has expired.
 *
 * @param wait waits that many seconds
 * @throws {CliError} `access_denied`, `expired_token`
 */
export async function awaitApproval(
  api: Pick<Api, 'deviceToken'>,
  { device_code, expires_in, interval }: DeviceCode,
  wait: (seconds: number) => Promise<void>,
): Promise<DeviceToken> {
  // RFC 8628 §3.2: 5 where the server says nothing.
  let pace = interval > 0 ? interval : 5;
  for (let passed = pace; passed <= expires_in; passed += pace) {
    await wait(pace);
    const answer = await poll(api, device_code);
    if (typeof answer === 'object') return answer;
    if (answer === 'slow_down') pace += SLOW_DOWN_SECONDS;
  }
  throw expired();
}

async function poll(
  api: Pick<Api, 'deviceToken'>,
  deviceCode: string,
): Promise<DeviceToken | 'pending' | 'slow_down'> {
  try {
    return await api.deviceToken(deviceCode);
  } catch (error) {
    // RFC 8628 §3.5: without an answer, ask less often.
    if (error instanceof UnreachableError) return 'slow_down';
    if (!(error instanceof RefusedError)) throw error;
    if (error.status === 429 || error.status === 503) return 'slow_down';
    switch (error.body['error']) {
      case 'authorization_pending':
        return 'pending';
      case 'slow_down':
        return 'slow_down';
      case 'access_denied':
        throw new CliError('The sign-in was denied in the browser', { code: 'access_denied' });
      case 'expired_token':
        throw expired();
      default:
        throw error;
    }
  }
}

function expired(): CliError {
  return new CliError('The code has expired before it was approved', {
    code: 'expired_token',
    fix: 'Run aura login again.',
  });
}
