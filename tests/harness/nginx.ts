import { type Daemon, startDaemon } from './daemon.js';
import { freePort } from './ports.js';

/** Reads and writes no file of the machine's own nginx. */
const frame = (http: string) => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ${http}
}
`;

export interface NginxOptions {
  /** Contents of the `http` block. Paths are relative to its folder. */
  http(port: number): string;
  /** Further files of that folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly scheme?: 'http' | 'https';
}

/** Starts Debian's nginx with its own configuration. */
export async function startNginx({ http, files, ...options }: NginxOptions): Promise<Daemon> {
  const port = await freePort();
  return startDaemon(
    {
      ...options,
      command: 'nginx',
      from: 'nginx',
      files: { ...files, 'nginx.conf': frame(http(port)) },
      arguments: (folder) => ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'],
    },
    port,
  );
}
