import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf, type Daemon, startDaemon } from '../../harness/daemon.js';
import { startNginx } from '../../harness/nginx.js';
import { freePort } from '../../harness/ports.js';
import { temporaryFolder } from '../../harness/server.js';

/** The folder of the shipped configurations. */
export const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
/** The host name in all of them. */
export const HOST = 'cdn.example';

export const readShipped = (name: string): Promise<string> => readFile(join(DEPLOY, name), 'utf8');

type Change = readonly [from: string | RegExp, to: string];

/** Replaces machine-dependent texts. Throws if one is missing. */
export function adapt(text: string, changes: readonly Change[]) {
  return changes.reduce((old, [from, to]) => {
    const parts = old.split(from);
    if (parts.length === 1) throw new Error(`there is no ${from} to adapt`);
    return parts.join(to);
  }, text);
}

/**
 * Starts nginx with a shipped configuration. Only addresses and file paths are changed.
 *
 * @param ports of the two servers behind it
 * @param changes further ones, such as limits that a test can reach
 * @param snippets further files of `snippets/`
 */
export async function startShippedNginx(
  name: 'aura.conf' | 'aura-cached.conf',
  ports: readonly [number, number],
  changes: readonly Change[] = [],
  snippets: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const [shipped, common, plain, folder] = await Promise.all([
    readShipped(`nginx/${name}`),
    readShipped('nginx/aura-proxy.conf'),
    freePort(),
    temporaryFolder(),
  ]);
  return startNginx({
    folder,
    scheme: 'https',
    files: { ...certificate(folder), 'snippets/aura-proxy.conf': common, ...snippets },
    http: (port) =>
      adapt(shipped, [
        [/^ *listen \[::\].*\n/gm, ''],
        ['listen 80;', `listen 127.0.0.1:${plain};`],
        ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
        ['127.0.0.1:8787', `127.0.0.1:${ports[0]}`],
        ['127.0.0.1:8788', `127.0.0.1:${ports[1]}`],
        ['/var/log/nginx/', ''],
        ...(name === 'aura.conf' ? [] : [['/var/cache/nginx/', ''] as const]),
        ...changes,
      ]),
  });
}

/** Starts Caddy with the shipped configuration but without TLS, because it would request a certificate. */
export async function startShippedCaddy(ports: readonly [number, number]): Promise<Daemon> {
  const [shipped, port] = await Promise.all([readShipped('caddy/Caddyfile'), freePort()]);
  const text = adapt(shipped, [
    [/^\{\n/gm, '{\n\tadmin off\n'],
    [`${HOST} {`, `http://${HOST}:${port} {\n\tbind 127.0.0.1`],
    ['127.0.0.1:8787', `127.0.0.1:${ports[0]}`],
    ['127.0.0.1:8788', `127.0.0.1:${ports[1]}`],
  ]);
  return startDaemon(
    {
      command: 'caddy',
      from: 'caddy',
      files: { Caddyfile: text },
      arguments: (folder) => ['run', '--config', join(folder, 'Caddyfile')],
    },
    port,
  );
}

function certificate(folder: string): Record<string, string> {
  const openssl = commandOf('openssl', 'openssl');
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const text = execFileSync(openssl, [...kind, ...subject, '-keyout', '-', '-out', '-'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { [`tls/${HOST}.crt`]: text, [`tls/${HOST}.key`]: text };
}
