import { Agent, request } from 'node:http';
import { signVisibilityToken } from '@auraimage/sdk/server';
import type { Credentials } from '../../harness/server.js';
import type { Flip } from './history.js';
import type { Target } from './reads.js';

type Visibility = Flip['to'];

/** Changes the visibility of one image, one change after another. */
export interface Flipper {
  readonly image: string;
  /** Every change so far, in order. */
  readonly flips: readonly Flip[];
  /** Responses that even a server during a fault must not send. */
  readonly complaints: readonly string[];
  /**
   * Requests a change from a server, with a timeout. After the timeout the change may be made or not.
   *
   * @returns whether it was confirmed
   */
  flip(to: Visibility, target: Target): Promise<boolean>;
}

/** @param giveUpMs timeout of the response; the connection is then closed */
export function createFlipper(
  { secretKey, projectName }: Credentials,
  key: string,
  giveUpMs: number,
): Flipper {
  const flips: Flip[] = [];
  const complaints: string[] = [];

  return {
    image: key,
    flips,
    complaints,
    async flip(to, { name, url }) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { projectName, act: 'visibility', f: key, visibility: to } as const;
      const token = await signVisibilityToken({ ...claims, iat, exp: iat + 300 }, secretKey);
      const began = performance.now();
      const address = `${url}/v1/images/${projectName}/${key}`;
      const { status, text } = await patch(address, token, { visibility: to }, giveUpMs);
      const answered = status === 200 && text === JSON.stringify({ visibility: to });
      flips.push({ image: key, to, began, ended: performance.now(), answered });
      const away = status === 0 || status === 503 || (name === 'nginx' && status >= 502);
      if (!answered && !away) complaints.push(`${to} through ${name}: ${status} ${text}`);
      return answered;
    },
  };
}

const NEVER_KEPT = new Agent({ keepAlive: false });

/** `status` 0: the connection failed or timed out. */
function patch(
  url: string,
  token: string,
  change: { readonly visibility: Visibility },
  giveUpMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const fail = () => resolve({ status: 0, text: '' });
    const headers = { 'X-Aura-Signature': token, 'Content-Type': 'application/json' };
    const options = { method: 'PATCH', headers, agent: NEVER_KEPT };
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', fail);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    const timer = setTimeout(() => sent.destroy(), giveUpMs);
    sent.once('error', fail);
    sent.once('close', () => {
      clearTimeout(timer);
      fail(); // does nothing after a response
    });
    sent.end(JSON.stringify(change));
  });
}
