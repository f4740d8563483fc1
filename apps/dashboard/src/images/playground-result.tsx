import { ApiError, toApiError } from '@auraimage/client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Spinner } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { FailedNotice } from '../ui/notice.js';
import { useDebounced } from '../ui/use-debounced.js';

/** The `Accept` header of a browser's `<img>`. */
const ACCEPT = 'image/avif,image/webp,image/*,*/*;q=0.8';
const DEBOUNCE_MS = 350;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Shows the variant at an address with its size and its time, as measured in this browser. */
export function PlaygroundResult({
  url,
  masterSize,
  name,
  overlay,
}: {
  readonly url: string | null;
  readonly masterSize: number;
  readonly name: string;
  /** Drawn over the variant, whose size it is given. */
  readonly overlay?: (size: Size) => ReactNode;
}) {
  const debounced = useDebounced(url, DEBOUNCE_MS);
  const variant = useQuery({
    queryKey: ['variant', debounced],
    queryFn: ({ signal }) => measure(debounced ?? '', signal),
    enabled: debounced !== null,
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const objectUrl = useObjectUrl(variant.data?.blob);
  const pending = variant.isFetching || url !== debounced;
  const [size, setSize] = useState<Size>();
  const facts = variant.data;
  return (
    <div className="grid min-w-0 content-start gap-3">
      <div className="grid min-h-64 place-items-center overflow-hidden rounded-lg border border-line bg-sunken p-3">
        {variant.error ? (
          <FailedNotice error={variant.error} busy={variant.isFetching} onRetry={variant.refetch} />
        ) : (
          objectUrl && (
            <div
              className={cn('relative transition-opacity duration-150', pending && 'opacity-55')}
            >
              <img
                src={objectUrl}
                alt={`Variant of ${name}`}
                onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
                  setSize({ width, height })
                }
                className="block max-h-[28rem] max-w-full"
              />
              {size && overlay?.(size)}
            </div>
          )
        )}
        {!facts && !variant.error && <Spinner />}
      </div>
      <dl
        aria-busy={pending}
        className="grid grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))] gap-3 text-sm tabular-nums"
      >
        <Figure
          name="Bytes"
          note={facts && `${percent.format(facts.bytes / Math.max(1, masterSize))} of the original`}
        >
          {facts && formatBytes(facts.bytes)}
        </Figure>
        <Figure name="Time" note={CACHE_NOTES[facts?.cache ?? '']}>
          {facts && `${formatCount(facts.ms)} ms`}
        </Figure>
        <Figure name="Type">{facts?.type}</Figure>
        <Figure name="Dimensions">{facts && size && `${size.width} × ${size.height}`}</Figure>
      </dl>
      <p role="status" className="sr-only">
        {pending ? 'Loading the variant…' : facts && `${formatBytes(facts.bytes)}, ${facts.type}`}
      </p>
    </div>
  );
}

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });

const CACHE_NOTES: Readonly<Record<string, string>> = {
  HIT: 'from the edge cache',
  MISS: 'not in the edge cache before',
  BYPASS: 'private: never in the edge cache',
};

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

interface Measurement {
  readonly blob: Blob;
  readonly bytes: number;
  readonly ms: number;
  readonly type: string;
  /** `HIT`, `MISS` or `BYPASS`, from the `Server-Timing` header. */
  readonly cache: string | null;
}

async function measure(url: string, signal: AbortSignal): Promise<Measurement> {
  const began = performance.now();
  let response: Response;
  try {
    // The browser's own cache would hide the server's time.
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

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const created = URL.createObjectURL(blob);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [blob]);
  return url;
}
