import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { commandOf } from '../../harness/daemon.js';
import { removeFolder } from '../../harness/remove.js';
import { temporaryFolder } from '../../harness/server.js';

/** Signs certificates with any dates, as no other command of OpenSSL 3.0 does. */
const AUTHORITY = `
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
certificate = ca.crt
private_key = ca.key
copy_extensions = copy
[any]
commonName = supplied
`;
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

interface Certificate {
  /** The host that it names. */
  readonly host: string;
  /** Days from now at which it begins and ends to be valid. */
  readonly from?: number;
  readonly until?: number;
  /** Signed by its own key and not by the authority. */
  readonly selfSigned?: boolean;
  /** Sent with the authority's own certificate behind it. */
  readonly withAuthority?: boolean;
}

/** A certificate authority of this test, and servers with certificates of it. */
export interface Authority {
  /** The authority's own certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly path: string;
  /** Starts a server with a certificate, or one without TLS; returns its address on `localhost`, with https. */
  serve(certificate: Certificate | null, listener?: RequestListener): Promise<string>;
  close(): Promise<void>;
}

export async function createAuthority(): Promise<Authority> {
  const folder = await temporaryFolder();
  const command = commandOf('openssl', 'openssl');
  const openssl = (...argv: string[]) =>
    execFileSync(command, argv, { cwd: folder, stdio: 'pipe' });
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const servers: ReturnType<typeof createServer>[] = [];
  let made = 0;

  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'ca.cnf'), AUTHORITY);
  const own = ['-subj', '/CN=Test Authority', '-keyout', 'ca.key', '-out', 'ca.crt'];
  openssl('req', '-x509', ...NEW_KEY, ...own);

  const make = ({ host, from = -1, until = 90, selfSigned }: Certificate): string => {
    const name = `made-${made++}`;
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    const files = ['-keyout', `${name}.key`, '-out'];
    if (selfSigned) {
      openssl('req', '-x509', ...NEW_KEY, ...subject, ...files, `${name}.crt`);
      return name;
    }
    openssl('req', '-new', ...NEW_KEY, ...subject, ...files, `${name}.csr`);
    const dates = ['-startdate', opensslDate(from), '-enddate', opensslDate(until)];
    const paths = ['-in', `${name}.csr`, '-out', `${name}.crt`];
    openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', ...dates, ...paths);
    return name;
  };
  return {
    path: join(folder, 'ca.crt'),
    async serve(certificate, listener = (_request, response) => response.writeHead(404).end()) {
      let server = createServer(listener);
      if (certificate !== null) {
        const name = make(certificate);
        const chain = [`${name}.crt`, ...(certificate.withAuthority ? ['ca.crt'] : [])];
        const cert = (await Promise.all(chain.map(read))).join('');
        server = createTlsServer({ key: await read(`${name}.key`), cert }, listener);
      }
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `https://localhost:${(server.address() as AddressInfo).port}`;
    },
    async close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await removeFolder(folder);
    },
  };
}

function opensslDate(days: number): string {
  const iso = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${iso.slice(0, 19).replace(/[-T:]/g, '')}Z`;
}
