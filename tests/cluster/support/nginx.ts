import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommand, installFromDebian } from '../../harness/debian.js';
import { freePort } from '../../harness/ports.js';
import { removeFolder } from '../../harness/remove.js';
import { temporaryFolder } from '../../harness/server.js';
import { until } from '../../heavy/support/until.js';

/** A real nginx that balances requests over several servers. It caches nothing. */
export interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx in front of servers on loopback, and installs it if this process may. A failing server is left
 * out for a second. nginx retries reads on the next server, but not changes, which may have been made.
 */
export async function startNginx(serverPorts: readonly number[]): Promise<Nginx> {
  if (findCommand('nginx') === undefined) installFromDebian('nginx-light');
  const folder = await temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(folder, port, serverPorts));
  // It ends with this process, even after a kill.
  const command = ['--pdeathsig', 'TERM', 'nginx', '-c', file, '-e', join(folder, 'error.log')];
  const child = spawn('setpriv', command, { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await until('nginx listens', async () => {
    if (child.exitCode !== null) {
      throw new Error(`nginx ended: ${await readFile(join(folder, 'error.log'), 'utf8')}`);
    }
    return fetch(`${url}${OWN_PATH}`).catch(() => null);
  });
  return {
    url,
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await removeFolder(folder);
    },
  };
}

/** nginx answers it itself. A request to the servers, which have not started, would leave them out for two seconds. */
const OWN_PATH = '/nginx';

function configuration(folder: string, port: number, serverPorts: readonly number[]): string {
  const servers = serverPorts.map((at) => `server 127.0.0.1:${at} max_fails=1 fail_timeout=1s;`);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''} # its worker has to see a folder of ours
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_max_body_size 40m;
  ${places.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  upstream servers {
    ${servers.join('\n    ')}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location = ${OWN_PATH} { return 204; }
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_request_buffering off;
      proxy_connect_timeout 1s;
      proxy_read_timeout 60s;
    }
  }
}
`;
}
