import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that the kernel gives to connections and to listeners without one: another test would get such a
 * port before the server starts, or while it is down. A connection to it could even meet itself.
 */
const [FIRST, BEHIND] = [11_000, 32_000];

/** Different free ports of this machine, for servers that need to know theirs before they start. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST, BEHIND);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server.listen(port, '127.0.0.1'), 'listening');
  const free = await listening.then(() => true).catch(() => false);
  if (free) await once(server.close(), 'close');
  return free;
}
