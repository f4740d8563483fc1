import type { IncomingMessage } from 'node:http';
import { join, sep } from 'node:path';
import type { Answer } from '@auraimage/http';
import type { Config } from '../config/config.js';
import { createIsProxy } from '../config/trusted-proxies.js';

/** Returns the response to send instead of a response to a checked read. */
export type AccelRedirect = (incoming: IncomingMessage, answer: Answer) => Answer;

/**
 * Lets nginx send whole masters from the folder of objects: the response has no body, and `X-Accel-Redirect` names
 * the file in an internal location of nginx
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers). The read has passed the access
 * check. Only a trusted proxy gets such a response: any other client could not use it. Parts and conditional
 * responses are sent by this server.
 *
 * @returns `null` if the setting is off
 */
export function createAccelRedirect({
  accelRedirect,
  dataDir,
  trustedProxies,
}: Pick<Config, 'accelRedirect' | 'dataDir' | 'trustedProxies'>): AccelRedirect | null {
  if (accelRedirect === undefined) return null;
  const isProxy = createIsProxy(trustedProxies);
  const folder = join(dataDir, 'store', 'objects') + sep;
  return (incoming, answer) => {
    const { status, headers, body } = answer;
    if (status !== 200 || body === null || typeof body === 'string') return answer;
    const path = body.file?.path;
    if (path === undefined || !path.startsWith(folder) || !isProxy(incoming.socket.remoteAddress))
      return answer;
    // nginx would apply the range once more.
    if (incoming.headers.range !== undefined) return answer;
    headers['X-Accel-Redirect'] = accelRedirect + path.slice(folder.length).replaceAll(sep, '/');
    headers['Content-Length'] = '0'; // nginx keeps the connection only if it knows that there is no body
    return { status, headers, body: null };
  };
}
