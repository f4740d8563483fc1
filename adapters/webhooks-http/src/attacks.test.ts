import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookSender } from './sender.js';

/** What names of attackers resolve to. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'app.localhost': ['127.0.0.1', '::1'],
  'localhost.localdomain': ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  'localtest.example': ['127.0.0.1'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  'mixed.example': ['93.184.215.14', '127.0.0.1'],
  'mixed-6.example': ['93.184.215.14', '::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'zero.example': ['0.0.0.0'],
  'metadata.google.internal': ['169.254.169.254'],
  'instance-data.ec2.internal': ['169.254.169.254'],
  'metadata.example': ['169.254.169.254'],
  'printer.local': ['192.168.1.20'],
  'db.internal': ['10.0.0.5'],
  'kubernetes.default.svc.cluster.local': ['10.96.0.1'],
  'xn--lcalhost-9za.example': ['127.0.0.1'],
};

/** Hosts that reach this machine. */
const THIS_MACHINE = [
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '127.1',
  '127.0.1',
  '127.0.0.1.',
  '2130706433',
  '00017700000001',
  '017700000001',
  '0177.0.0.1',
  '0177.0.0.01',
  '00000177.0.0.1',
  '0177.1',
  '0x7f000001',
  '0x7f.0x0.0x0.0x1',
  '0x7f.1',
  '0X7F.0.0.1',
  '0x7f.0.0.01',
  '127.0x0.0.1',
  '0x00000000007f000001',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '%6c%6f%63%61%6c%68%6f%73%74',
  '１２７.０.０.１',
  '127。0。0。1',
  '127．0．0．1',
  '①②⑦.⓪.⓪.①',
  '𝟭𝟮𝟳.𝟬.𝟬.𝟭',
  '１２７。１',
  '０x７f.1',
  '127.0.\u00ad0.1',
  '127.\t0.0.1',
  '127.0.0.1\n',
  'localhost',
  'LOCALHOST',
  'LocalHost',
  'localhost.',
  'ｌｏｃａｌｈｏｓｔ',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'lo\u00adcalhost',
  'app.localhost',
  'localhost.localdomain',
  'ip6-localhost',
  'localtest.example',
  '127.0.0.1.nip.example',
  'mixed.example',
  'mixed-6.example',
  'mapped.example',
  'nat64.example',
  'xn--lcalhost-9za.example',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
];

/** Hosts of networks that are not public. */
const PRIVATE = [
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '0.0.0.1',
  'zero.example',
  '10.0.0.1',
  '10.255.255.255',
  '0x0a000001',
  '167772161',
  '012.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '172.17.0.1',
  '192.168.0.1',
  '192.168.255.255',
  '3232235521',
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '169.254.169.254',
  '169.254.170.2',
  '169.254.0.1',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  '168.63.129.16',
  '192.0.0.192',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '4294967295',
  '[::]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::127.0.0.1]',
  '[2002:7f00:1::1]',
  '[2002:a9fe:a9fe::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fe80::5efe:127.0.0.1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '[ff02::1]',
  '[100::1]',
  '[2001:db8::1]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[3fff::1]',
  '[5f00::1]',
  '[4000::1]',
  'metadata.google.internal',
  'instance-data.ec2.internal',
  'metadata.example',
  'printer.local',
  'db.internal',
  'kubernetes.default.svc.cluster.local',
];

/** Addresses that hide where they lead, or are none. PORT stands for the port of the listener. */
const TRICKS = [
  'http://127.0.0.1:PORT',
  'HTTPS:\\\\127.0.0.1:PORT\\',
  'https:127.0.0.1:PORT',
  'https:///127.0.0.1:PORT/',
  '  https://127.0.0.1:PORT/',
  'https://app.example@127.0.0.1:PORT/',
  'https://app.example:443@127.0.0.1:PORT/',
  'https://127.0.0.1:PORT\\@app.example/',
  'https://127.0.0.1:PORT#@app.example/',
  'https://127.0.0.1:PORT?@app.example/',
  'https://app.example%00.127.0.0.1:PORT/',
  'https://[::1%25lo]:PORT/',
  'https://[fe80::1%25eth0]:PORT/',
  'https://127.0.0.1.1:PORT/',
  'https://0x100000000:PORT/',
  'https://256.256.256.256:PORT/',
  'https://[127.0.0.1]:PORT/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'ftp://127.0.0.1:PORT/',
  'unix:/run/docker.sock',
  'data:text/plain,x',
  'ws://127.0.0.1:PORT/',
];

const refused = senderFor([]);
const everything = senderFor(['0.0.0.0/0', '::/0']);
const listeners: Server[] = [];
let port = 0;
let arrived = 0;

function senderFor(allowedNetworks: readonly string[]) {
  return createWebhookSender({
    allowedNetworks,
    userAgent: 'AuraImage/test',
    resolve: async (name) => NAMES[name] ?? ['93.184.215.14'],
  });
}

const send = (sender: ReturnType<typeof senderFor>, url: string) =>
  sender.send({ url, headers: {}, body: '{}', timeoutMs: 20_000 });

/** Answers anything, also TLS, at every loopback address. */
async function listen(host: string, at: number): Promise<number> {
  const server = createServer((socket) => {
    arrived += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nreached');
  });
  listeners.push(server);
  await once(server.listen({ host, port: at, ipv6Only: true }), 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  port = await listen('0.0.0.0', 0);
  await listen('::1', port);
});
afterAll(() => {
  for (const server of listeners) server.close();
});

describe('an address of an attacker', () => {
  it.each([...THIS_MACHINE, ...PRIVATE])('reaches nothing: %j', async (host) => {
    for (const url of [`https://${host}:${port}/`, `http://${host}:${port}/`]) {
      expect(await refused.problemOf(url)).toBe('address_refused');
      const result = await send(refused, url);
      expect(result).toMatchObject({ ok: false, problem: 'address_refused' });
    }
    expect(arrived).toBe(0);
  });

  it.each(TRICKS)('reaches nothing: %j', async (trick) => {
    const url = trick.replace('PORT', String(port));
    expect(await refused.problemOf(url)).not.toBeNull();
    expect(await send(refused, url)).toMatchObject({ ok: false, problem: 'address_refused' });
    expect(arrived).toBe(0);
  });
});

describe('the list of attackers', () => {
  it('would reach this machine, where the operator allows it', async () => {
    for (const host of THIS_MACHINE) {
      if (host === 'mixed.example' || host === 'mixed-6.example') continue;
      // IPv4 inside NAT64 is judged as IPv4, but no kernel sends it there.
      if (host.includes('64:ff9b') || host === 'nat64.example') continue;
      const before = arrived;
      const result = await send(everything, `http://${host}:${port}/`);
      expect(result, host).toMatchObject({ ok: true, bodyStart: 'reached' });
      expect(arrived, host).toBe(before + 1);
    }
  });
});
