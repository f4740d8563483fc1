import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, toApiError } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { Spinner } from '../ui/button.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { FailedNotice } from '../ui/states.js';

/** What a browser asks for in an `<img>`. */
const ACCEPT = 'image/avif,image/webp,image/*,*/*;q=0.8';
const SETTLED_MS = 350;

/** The variant at an address, and what it costs: bytes and time as measured here. */
export function PlaygroundResult({
  url,
  masterSize,
  name,
}: {
  readonly url: string | null;
  readonly masterSize: number;
  readonly name: string;
}) {
  const words = texts.image.playground;
  const settled = useSettled(url);
  const made = useQuery({
    queryKey: ['variant', settled],
    queryFn: ({ signal }) => measure(settled ?? '', signal),
    enabled: settled !== null,
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const picture = useObjectUrl(made.data?.blob);
  const pending = made.isFetching || url !== settled;
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  const facts = made.data;
  const { result } = words;
  return (
    <div className="grid min-w-0 content-start gap-3">
      <div className="grid min-h-64 place-items-center overflow-hidden rounded-lg border border-line bg-sunken p-3">
        {made.error ? (
          <FailedNotice error={made.error} busy={made.isFetching} onRetry={made.refetch} />
        ) : (
          picture && (
            <img
              src={picture}
              alt={`${words.preview}: ${name}`}
              onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
                setSize({ width, height })
              }
              className={`max-h-[28rem] max-w-full transition-opacity duration-150 ${pending ? 'opacity-55' : ''}`}
            />
          )
        )}
        {!facts && !made.error && <Spinner />}
      </div>
      <dl
        aria-busy={pending}
        className="grid grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))] gap-3 text-sm tabular-nums"
      >
        <Figure name={result.bytes} note={facts && result.share(share(facts.bytes, masterSize))}>
          {facts && formatBytes(facts.bytes)}
        </Figure>
        <Figure name={result.time} note={facts && cacheNote(facts.cache)}>
          {facts && result.milliseconds(formatCount(facts.ms))}
        </Figure>
        <Figure name={result.type}>{facts?.type}</Figure>
        <Figure name={result.dimensions}>
          {facts && size && texts.images.dimensions(size.width, size.height)}
        </Figure>
      </dl>
      <p role="status" className="sr-only">
        {pending ? words.making : facts && `${formatBytes(facts.bytes)}, ${facts.type}`}
      </p>
    </div>
  );
}

function Figure({
  name,
  note,
  children,
}: {
  readonly name: string;
  readonly note?: string | undefined;
  readonly children: string | undefined;
}) {
  return (
    <div className="grid content-start">
      <dt className="text-muted">{name}</dt>
      <dd className="text-lg leading-7 font-medium">{children ?? '…'}</dd>
      {note && <dd className="text-xs text-muted">{note}</dd>}
    </div>
  );
}

interface Measured {
  readonly blob: Blob;
  readonly bytes: number;
  readonly ms: number;
  readonly type: string;
  /** What the server says of its cache: HIT, MISS or BYPASS. */
  readonly cache: string | null;
}

async function measure(url: string, signal: AbortSignal): Promise<Measured> {
  const began = performance.now();
  let response: Response;
  try {
    // From the browser's own cache it would cost nothing, which is not the question.
    response = await fetch(url, { signal, cache: 'no-store', headers: { Accept: ACCEPT } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError({ status: 0, code: 'network', message: 'The server did not answer', cause });
  }
  if (!response.ok) throw toApiError(response, await response.json().catch(() => null));
  const blob = await response.blob();
  return {
    blob,
    bytes: blob.size,
    ms: Math.max(1, Math.round(performance.now() - began)),
    type: blob.type.replace('image/', '').toUpperCase(),
    cache: /cache;desc="(\w+)"/.exec(response.headers.get('Server-Timing') ?? '')?.[1] ?? null,
  };
}

function cacheNote(cache: string | null): string | undefined {
  const notes: Readonly<Record<string, string>> = texts.image.playground.result.caches;
  return cache === null ? undefined : notes[cache];
}

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });
const share = (bytes: number, whole: number) => percent.format(bytes / Math.max(1, whole));

/** A value once it has stayed the same for a while; the first one at once. */
function useSettled(value: string | null): string | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
