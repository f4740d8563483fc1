import { connect } from 'node:tls';
import { type Check, fail, ok, warn } from './report.js';

const LIMIT_MS = 10_000;
const SOON_DAYS = 14;

/** Whether the images travel encrypted, and for how long yet. */
export async function checkTls(cdnUrl: string): Promise<Check[]> {
  const { protocol, hostname, port } = new URL(cdnUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') {
    if (/^(?:localhost|127\.[\d.]+|::1)$/.test(host)) {
      return [ok('tls', `${cdnUrl} is on this machine and needs no TLS`)];
    }
    const fix = 'Put a proxy with TLS in front of it: a link that is overheard opens the image.';
    return [fail('tls', `${cdnUrl} is not encrypted`, fix)];
  }
  const found = await certificateEnd(host, Number(port || 443));
  if (typeof found === 'string') {
    return [fail('tls', `${host} has no valid certificate: ${found}`, 'Renew or repair it.')];
  }
  const days = Math.floor((found - Date.now()) / 86_400_000);
  const text = `The certificate of ${host} is valid for ${days} more days`;
  return [days > SOON_DAYS ? ok('tls', text) : warn('tls', text, 'Renew it now.')];
}

/** When the certificate ends, in milliseconds; or why it is not accepted. */
function certificateEnd(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: host, timeout: LIMIT_MS });
    const end = (result: number | string) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end(Date.parse(socket.getPeerCertificate().valid_to)));
    socket.once('timeout', () => end('no answer in time'));
    socket.once('error', (error) => end(error.message));
  });
}
