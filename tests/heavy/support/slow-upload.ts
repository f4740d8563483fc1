import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

const BOUNDARY = 'heavy-test-boundary';
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

/** A complete response. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An upload whose body the test sends in pieces. */
export interface SlowUpload {
  /** Sends bytes of the file; resolves when the kernel has accepted them. */
  send(bytes: Uint8Array): Promise<void>;
  /** Sends the last bytes of the file and the end of the form. */
  end(bytes?: Uint8Array): void;
  /** Destroys the connection. */
  abort(): void;
  /** Rejects if the connection ends without a response. */
  readonly answer: Promise<Answer>;
}

/**
 * Opens an upload and sends its headers and the start of its form.
 *
 * @param fileBytes size of the file, which the request declares
 */
export function openUpload(
  url: string,
  token: string,
  fileBytes: number,
  { agent, filename = 'photo.png' }: { readonly agent?: Agent; readonly filename?: string } = {},
): SlowUpload {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`,
  );
  const outgoing = request(`${url}/v1/upload`, {
    method: 'POST',
    ...(agent && { agent }),
    headers: {
      'X-Aura-Signature': token,
      'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      'Content-Length': head.length + fileBytes + TAIL.length,
    },
  });
  const answer = readAnswer(outgoing);
  answer.catch(() => {}); // awaited later, or never after an abort
  outgoing.write(head);
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        outgoing.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end(bytes = Buffer.alloc(0)) {
      outgoing.end(Buffer.concat([bytes, TAIL]));
    },
    abort() {
      outgoing.destroy();
    },
    answer,
  };
}

/** Uploads a file from disk, with at most one chunk in this process's memory. */
export async function uploadFile(
  url: string,
  token: string,
  path: string,
  agent: Agent,
): Promise<Answer> {
  const upload = openUpload(url, token, (await stat(path)).size, { agent });
  const sending = async (): Promise<void> => {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      await upload.send(chunk as Uint8Array);
    }
    upload.end();
  };
  sending().catch(() => upload.abort());
  return upload.answer;
}

/** A read through a given agent, which chooses the connection. */
export function read(url: string, agent: Agent): Promise<Answer> {
  const outgoing = request(url, { agent });
  outgoing.end();
  return readAnswer(outgoing);
}

async function readAnswer(outgoing: ClientRequest): Promise<Answer> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: Buffer.concat(chunks).toString('latin1') };
}
