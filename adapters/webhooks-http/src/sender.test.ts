import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Authority, createAuthority } from '../../../tests/acceptance/support/certificates.js';
import type { ResolveName } from './names.js';
import { createWebhookSender, type WebhookSenderOptions } from './sender.js';

const LOOPBACK = ['127.0.0.0/8', '::1'];
const open: { close(): unknown }[] = [];
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});
afterAll(async () => {
  await Promise.all(open.map((server) => server.close()));
  await authority.close();
});

const senderOf = (options: Partial<WebhookSenderOptions> = {}) =>
  createWebhookSender({ allowedNetworks: LOOPBACK, userAgent: 'AuraImage/test', ...options });

const request = (url: string, timeoutMs = 20_000) => ({
  url,
  headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
  body: '{"type":"image.uploaded","name":"Žofie"}',
  timeoutMs,
});

/** A server on a loopback address; resolves with its port. */
async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await once(server.listen(port, host), 'listening');
  open.push({
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return (server.address() as AddressInfo).port;
}

const serve = async (listener: RequestListener) =>
  `http://127.0.0.1:${await listen(createServer(listener))}/hook`;

/** A server that answers each connection with these bytes. */
const raw = async (answer: string) =>
  `http://127.0.0.1:${await listen(createTcpServer((socket) => socket.write(answer)))}/`;

const SERVFAIL = Object.assign(new Error('SERVFAIL'), { code: 'ESERVFAIL' });

describe('a webhook', () => {
  it('arrives as it was signed', async () => {
    const got: { line: string; headers: unknown; body: string }[] = [];
    const url = await serve(async (incoming, response) => {
      const body = (await incoming.setEncoding('utf8').toArray()).join('');
      got.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body });
      response.writeHead(201, { 'retry-after': '120' }).end('thank you');
    });
    const sent = request(`${url}?tenant=7#part`);
    const result = await senderOf().send(sent);
    expect(result).toEqual({
      ok: true,
      status: 201,
      retryAfter: '120',
      bodyStart: 'thank you',
      milliseconds: expect.any(Number),
    });
    expect(got).toEqual([
      {
        line: 'POST /hook?tenant=7',
        body: sent.body,
        headers: {
          ...sent.headers,
          host: new URL(url).host,
          'user-agent': 'AuraImage/test',
          'content-length': String(Buffer.byteLength(sent.body)),
          connection: 'close',
        },
      },
    ]);
  });

  it.each([301, 302, 303, 307, 308])('does not follow %i', async (status) => {
    const paths: (string | undefined)[] = [];
    const url = await serve((incoming, response) => {
      paths.push(incoming.url);
      response.writeHead(status, { location: '/elsewhere' }).end('moved');
    });
    expect(await senderOf().send(request(url))).toMatchObject({ ok: true, status });
    expect(paths).toEqual(['/hook']);
  });

  it('keeps the first 1,024 bytes of an answer, and only text', async () => {
    const start = `\u001b[2J\0\r\n${'é'.repeat(600)}`;
    const endless = await raw(`HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n${start}`);
    const result = await senderOf().send(request(endless));
    expect(result).toMatchObject({ ok: true, status: 500 });
    const { bodyStart } = result as { bodyStart: string };
    expect(bodyStart).toMatch(/^\ufffd\[2J\ufffd\r\né{508,509}$/);
  });

  it('has its status although the body of the answer never ends', async () => {
    const url = await raw('HTTP/1.1 204 No Content\r\n\r\n');
    expect(await senderOf().send(request(url))).toMatchObject({ status: 204, bodyStart: '' });
    const broken = await raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    expect(await senderOf().send(request(broken))).toMatchObject({
      status: 200,
      bodyStart: 'half',
    });
  });

  it('is given up in time', async () => {
    const silent = await raw('');
    const dripping = await raw('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2');
    for (const url of [silent, dripping]) {
      expect(await senderOf().send(request(url, 50))).toMatchObject({
        ok: false,
        problem: 'timeout',
      });
    }
    const never: ResolveName = (_name, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const result = await senderOf({ resolve: never }).send(request('https://app.example/', 50));
    expect(result).toMatchObject({ ok: false, problem: 'timeout' });
  });

  it('rejects when its signal aborts', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error('the server stops')));
    const sent = senderOf().send({ ...request(url), signal: stop.signal });
    await expect(sent).rejects.toThrow('the server stops');
    const again = senderOf().send({ ...request(url), signal: stop.signal });
    await expect(again).rejects.toThrow('the server stops');
  });

  it.each([
    ['nothing', ''],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n',
    ],
  ])('names a server that answers %s', async (_what, answer) => {
    const port = await listen(createTcpServer((socket) => socket.end(answer)));
    const result = await senderOf().send(request(`http://127.0.0.1:${port}/`));
    expect(result).toMatchObject({ ok: false, problem: 'connection_failed' });
  });

  it('names a port that nobody listens at, and a name without addresses', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    const closed = await senderOf().send(request(`http://127.0.0.1:${port}/`));
    expect(closed).toMatchObject({ ok: false, problem: 'connection_failed' });
    const missing: [string, ResolveName][] = [
      ['none', async () => []],
      ['failure', () => Promise.reject(SERVFAIL)],
    ];
    for (const [, resolve] of missing) {
      const result = await senderOf({ resolve }).send(request('https://missing.example/'));
      expect(result).toMatchObject({ ok: false, problem: 'name_not_found' });
    }
  });

  it('does not report a fault of the program as a failure of the connection', async () => {
    const resolve: ResolveName = () => Promise.reject(new TypeError('a fault'));
    const sent = senderOf({ resolve }).send(request('https://app.example/'));
    await expect(sent).rejects.toThrow('a fault');
  });

  it('asks for a certificate of the name', async () => {
    const authorities = readFileSync(authority.path, 'utf8');
    const resolve: ResolveName = async () => ['127.0.0.1'];
    const listener: RequestListener = (_incoming, response) => response.writeHead(200).end('safe');
    const right = await authority.serve({ host: 'hooks.example' }, listener);
    const port = Number(new URL(right).port);
    const known = senderOf({ authorities, resolve });
    for (const host of ['hooks.example', 'hooks.example.', 'HOOKS.example']) {
      const result = await known.send(request(`https://${host}:${port}/`));
      expect(result).toMatchObject({ ok: true, status: 200, bodyStart: 'safe' });
    }
    for (const url of [`https://other.example:${port}/`, `https://127.0.0.1:${port}/`]) {
      expect(await known.send(request(url))).toMatchObject({ ok: false, problem: 'tls_failed' });
    }
    const unknown = await senderOf({ resolve }).send(request(`https://hooks.example:${port}/`));
    expect(unknown).toMatchObject({ ok: false, problem: 'tls_failed' });
    const plain = new URL(await serve(listener)).port;
    const result = await known.send(request(`https://hooks.example:${plain}/`));
    expect(result).toMatchObject({ ok: false, problem: 'tls_failed' });
  });
});

describe('a name whose addresses change', () => {
  it('is looked up once, and the address that was checked is connected to', async () => {
    const arrived: string[] = [];
    const listener: RequestListener = (incoming, response) => {
      arrived.push(incoming.socket.localAddress ?? '');
      response.end();
    };
    const port = await listen(createServer(listener), '127.0.0.2');
    await listen(createServer(listener), '127.0.0.1', port);
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.1'];
    const sender = senderOf({
      allowedNetworks: ['127.0.0.2'],
      resolve: async () => [answers.shift() ?? '127.0.0.1'],
    });
    const url = `http://rebind.example:${port}/`;
    expect(await sender.send(request(url))).toMatchObject({ ok: true, status: 200 });
    expect(await sender.send(request(url))).toMatchObject({ problem: 'address_refused' });
    expect(arrived).toEqual(['127.0.0.2']);
    expect(answers).toEqual(['127.0.0.1']);
  });

  it('is refused when one of its addresses is', async () => {
    const resolve: ResolveName = async () => ['8.8.8.8', '127.0.0.1'];
    const sender = senderOf({ allowedNetworks: [], resolve });
    expect(await sender.send(request('https://mixed.example/'))).toMatchObject({
      problem: 'address_refused',
    });
    expect(await sender.problemOf('https://mixed.example/')).toBe('address_refused');
  });
});

describe('problemOf', () => {
  const resolve: ResolveName = async (name) => {
    if (name === 'missing.example') return [];
    if (name === 'broken.example') {
      throw SERVFAIL;
    }
    return name === 'intranet.example' ? ['10.0.0.5'] : ['8.8.8.8', '2001:4860:4860::8888'];
  };
  it.each([
    ['https://app.example/hooks?tenant=7', null],
    ['https://app.example:8443/', null],
    ['https://missing.example/', null],
    ['https://broken.example/', null],
    ['https://8.8.8.8/', null],
    ['https://[2001:4860:4860::8888]/', null],
    ['http://app.example/', 'https_required'],
    ['http://8.8.8.8/', 'https_required'],
    ['https://intranet.example/', null],
    ['http://intranet.example/', null],
    ['https://10.1.2.3/', 'address_refused'],
    ['https://localhost/', 'address_refused'],
    ['https://user@app.example/', 'credentials'],
    ['https://:password@app.example/', 'credentials'],
    ['https://app.example:22/', 'port_refused'],
    ['https://app.example:0/', 'port_refused'],
    ['ftp://app.example/', 'invalid_url'],
    ['javascript:alert(1)', 'invalid_url'],
    ['/hooks', 'invalid_url'],
    ['', 'invalid_url'],
  ])('of %j is %j', async (url, problem) => {
    const byNames: ResolveName = async (name, signal) =>
      name === 'localhost' ? ['127.0.0.1', '::1'] : resolve(name, signal);
    const sender = senderOf({ allowedNetworks: ['10.0.0.0/24'], resolve: byNames });
    expect(await sender.problemOf(url)).toBe(problem);
  });

  it('hides no failure but that of DNS, nor an endless look-up', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(AbortSignal.timeout(1));
    const never: ResolveName = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    expect(await senderOf({ resolve: never }).problemOf('https://app.example/')).toBeNull();
    const failing: ResolveName = async () => {
      throw new TypeError('a bug');
    };
    const asked = senderOf({ resolve: failing }).problemOf('https://app.example/');
    await expect(asked).rejects.toThrow('a bug');
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0', 'fd00::/129', 'fe80::1%eth0', 'loopback', ''])(
    'knows no network %j',
    (network) => {
      expect(() => senderOf({ allowedNetworks: [network] })).toThrow(/not an address or range/);
    },
  );
});
