import { connect, type Socket } from 'node:net';

/** A response as received. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Statuses of the interim responses before it, such as 100. */
  readonly interim: readonly number[];
}

/** A connection on which the test writes every byte itself. */
export interface RawConnection {
  send(bytes: string | Uint8Array): void;
  /** Half-closes the connection. */
  end(): void;
  /** Destroys the connection. */
  cut(): void;
  /** The first final response. Rejects if the connection ends without one. */
  readonly answer: Promise<RawAnswer>;
  /** The response to the next request, after the current one has been answered. */
  next(): Promise<RawAnswer>;
  /** Resolves on `100 Continue`. */
  readonly invited: Promise<void>;
  /** Resolves when the connection is closed by either side. */
  readonly closed: Promise<void>;
}

/**
 * Opens a connection to the server.
 *
 * @param localAddress address to come from: all of 127.0.0.0/8 is this machine
 */
export function openRaw(url: string, localAddress = '127.0.0.1'): RawConnection {
  const { port } = new URL(url);
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const answer = readAnswer(socket);
  const invited = new Promise<void>((resolve) => {
    socket.on('data', (text: string) => text.includes('HTTP/1.1 100 ') && resolve());
  });
  answer.catch(() => {}); // awaited later, or never after a disconnect
  return {
    send: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    cut: () => void socket.resetAndDestroy(),
    answer,
    next: () => readAnswer(socket),
    invited,
    closed,
  };
}

/** Sends a complete request and waits for its response. */
export async function exchange(
  url: string,
  parts: readonly (string | Uint8Array)[],
  localAddress?: string,
): Promise<RawAnswer> {
  const connection = openRaw(url, localAddress);
  for (const part of parts) connection.send(part);
  try {
    return await connection.answer;
  } finally {
    connection.cut();
  }
}

function readAnswer(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      const answer = parseAnswer(received);
      if (answer !== null) resolve(answer);
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error(`no whole answer, only ${received || 'nothing'}`)));
  });
}

/** `null` while incomplete. */
function parseAnswer(text: string, interim: readonly number[] = []): RawAnswer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const rest = text.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (status < 200) return parseAnswer(rest, [...interim, status]);
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    }),
  );
  const body = bodyOf(headers, rest);
  return body === null ? null : { status, headers, body, interim };
}

function bodyOf(headers: Headers, rest: string): string | null {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0);
    return rest.length < length ? null : rest.slice(0, length);
  }
  let body = '';
  let at = 0;
  for (;;) {
    const end = rest.indexOf('\r\n', at);
    const length = Number.parseInt(rest.slice(at, end), 16);
    if (end < 0 || rest.length < end + 2 + length + 2) return null;
    if (length === 0) return body;
    body += rest.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
}
