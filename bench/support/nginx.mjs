import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

const SECRET = 'bench-secret';

/**
 * Starts nginx with its own signed links (ngx_http_secure_link_module).
 *
 * @param {string} folder made for this run; its `files/` is what nginx serves
 * @param {number} workers
 * @param {{ url: string, dataDir: string }} [checker] a server that checks requests to `checkedUrl` and lets nginx
 *   send the files of its data folder (`X-Accel-Redirect`)
 */
export async function startNginx(folder, workers, checker) {
  const port = await freePort();
  const conf = join(folder, 'nginx.conf');
  await mkdir(join(folder, 'files'), { recursive: true });
  await writeFile(conf, configuration(folder, port, workers, checker));
  const child = spawn('nginx', ['-c', conf, '-e', join(folder, 'error.log')], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  return {
    url,
    workerPids: children.trim().split(' ').map(Number),
    /** @param {string} name a file in `files/` */
    signedUrl(name) {
      const expires = Math.floor(Date.now() / 1000) + 3600;
      const md5 = createHash('md5').update(`${expires}/${name} ${SECRET}`).digest('base64url');
      return `${url}/${name}?md5=${md5}&expires=${expires}`;
    },
    /** @param {string} name a file in `files/` */
    openUrl: (name) => `${url}/open/${name}`,
    /** @param {string} theirs URL of an image at the checking server */
    checkedUrl(theirs) {
      const { pathname, search } = new URL(theirs);
      return `${url}/checked${pathname}${search}`;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export function nginxVersion() {
  return execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }).trim();
}

/**
 * The fastest configuration for files in nginx's guide: `sendfile`, cached descriptors, no log.
 *
 * @param {string} folder
 * @param {number} port
 * @param {number} workers
 * @param {{ url: string, dataDir: string }} [checker]
 */
function configuration(folder, port, workers, checker) {
  const checked =
    checker &&
    `
    location /checked/ {
      proxy_pass http://checker/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
    location /_masters/ {
      internal;
      alias ${checker.dataDir}/store/objects/;
      etag off;
    }`;
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''} # its workers have to see a folder of ours
worker_processes ${workers};
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  open_file_cache max=1000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  types { image/png png; image/webp webp; }
  ${checker ? `upstream checker { server ${new URL(checker.url).host}; keepalive 64; }` : ''}
  server {
    listen 127.0.0.1:${port};
    location / {
      secure_link $arg_md5,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri ${SECRET}";
      if ($secure_link = "") { return 403; }
      if ($secure_link = "0") { return 410; }
      add_header Cache-Control "private, max-age=300";
      root ${folder}/files;
    }
    location /open/ {
      alias ${folder}/files/;
      add_header Cache-Control "public, max-age=31536000, immutable";
    }${checked ?? ''}
  }
}
`;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

/** @param {string} url */
async function answers(url) {
  for (let tries = 0; tries < 100; tries++) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx did not start');
}
