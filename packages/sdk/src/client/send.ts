/** One attempt, as it goes over the wire. */
export interface Outgoing {
  readonly url: string;
  readonly token: string;
  readonly form: FormData;
  readonly signal: AbortSignal;
  readonly onProgress: (loaded: number, total: number) => void;
}

/** What came back, whatever its status. */
export interface Incoming {
  readonly status: number;
  readonly text: string;
  /** Absent where the server did not send it, or lets no script of another origin read it. */
  readonly header: (name: string) => string | null;
}

/**
 * Sends a form: with XMLHttpRequest where there is one, since only it tells how far an upload has
 * come, and with fetch in Node and workers.
 *
 * @throws whatever, where no answer came
 */
export function send(outgoing: Outgoing): Promise<Incoming> {
  return typeof XMLHttpRequest === 'function' ? sendByXhr(outgoing) : sendByFetch(outgoing);
}

async function sendByFetch({ url, token, form, signal }: Outgoing): Promise<Incoming> {
  const headers = { 'X-Aura-Signature': token };
  const response = await fetch(url, { method: 'POST', headers, body: form, signal });
  const text = await response.text();
  return { status: response.status, text, header: (name) => response.headers.get(name) };
}

function sendByXhr({ url, token, form, signal, onProgress }: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    // An event that is over is told to nobody.
    signal.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener('abort', abort);
    xhr.onloadend = () => {
      signal.removeEventListener('abort', abort);
      const { status, responseText: text } = xhr;
      if (status === 0) return reject(new Error('no answer'));
      // Asking for a header that is not exposed writes an error into the console; the list is silent.
      const list = xhr.getAllResponseHeaders();
      const header = (name: string) =>
        new RegExp(`^${name}: *(.*?)\\s*$`, 'im').exec(list)?.[1] ?? null;
      resolve({ status, text, header });
    };
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    xhr.open('POST', url);
    xhr.setRequestHeader('X-Aura-Signature', token);
    xhr.send(form);
  });
}
