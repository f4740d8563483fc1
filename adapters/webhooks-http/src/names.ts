import { Resolver } from 'node:dns/promises';

/**
 * All addresses of a name; none for one that does not exist. Rejects when no server of names answers.
 *
 * @param name without a dot at its end
 */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** For one question to one server of names, in milliseconds. */
const TRY_MS = 2000;
const TRIES = 2;

/**
 * Asks DNS. Unlike `getaddrinfo`, it needs no thread of the pool that reads files: otherwise a few names whose servers
 * never answer would stop the images of everyone. Hence it knows nothing of `/etc/hosts`.
 */
export const resolveByDns: ResolveName = async (name, signal) => {
  // RFC 6761: these names are never asked for.
  if (/(?:^|\.)localhost$/.test(name)) return ['127.0.0.1', '::1'];
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    signal.throwIfAborted();
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value : [],
    );
    const failure = answers.find((answer) => answer.status === 'rejected' && isNoAnswer(answer));
    if (addresses.length === 0 && failure?.status === 'rejected') throw failure.reason;
    return addresses;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};

/** Whether nobody answered, in contrast to an answer without addresses. */
function isNoAnswer({ reason }: PromiseRejectedResult): boolean {
  return !['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(
    (reason as NodeJS.ErrnoException).code ?? '',
  );
}
