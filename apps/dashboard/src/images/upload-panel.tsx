import type { Uploader, UploadItem } from '@auraimage/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { ApiError } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { cx } from '../ui/class-names.js';
import { explainShortly } from '../ui/explain-error.js';
import { formatCount } from '../ui/format.js';
import { CheckIcon, ChevronDownIcon, CrossIcon, RetryIcon } from '../ui/icons.js';

/** Rows that are shown; the rest is in the numbers above them. */
const ROWS = 60;
/** How long a list in which everything went well stays. */
const SHOWN_MS = 6000;
const ORDER = { uploading: 0, failed: 1, cancelled: 2, queued: 3, done: 4 } as const;

/** Uploads under way, at the screen's edge. */
export function UploadPanel({ uploader }: { readonly uploader: Uploader }) {
  const words = texts.uploads;
  const [open, setOpen] = useState(true);
  const { items } = uploader;
  const allDone = items.length > 0 && items.every(({ status }) => status === 'done');
  const clear = useEffectEvent(() => {
    for (const { id } of items) uploader.remove(id);
  });
  useEffect(() => {
    if (!allDone) return;
    const timer = setTimeout(clear, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [allDone]);
  if (items.length === 0) return null;

  const counts = { done: 0, failed: 0, going: 0 };
  for (const { status } of items) {
    if (status === 'done') counts.done += 1;
    else if (status === 'uploading' || status === 'queued') counts.going += 1;
    else counts.failed += 1;
  }
  const progress = items.reduce((sum, item) => sum + item.progress, 0) / items.length;
  const shown = [...items].sort((a, b) => ORDER[a.status] - ORDER[b.status]).slice(0, ROWS);
  const each = (choose: (item: UploadItem) => boolean, act: (id: string) => void) => {
    for (const item of items) if (choose(item)) act(item.id);
  };
  return (
    <section
      aria-label={words.panel}
      className="fixed bottom-0 left-0 z-30 w-full p-3 sm:bottom-2 sm:left-2 sm:max-w-sm"
    >
      <div className="pop-in overflow-hidden rounded-lg border border-line bg-surface shadow-pop">
        <div className="flex items-center gap-1 py-1.5 pr-1.5 pl-3.5">
          <p role="status" className="mr-auto text-sm font-medium tabular-nums">
            {counts.going > 0
              ? words.going(formatCount(counts.done), formatCount(items.length))
              : words.ended(formatCount(counts.done))}
            {counts.failed > 0 && (
              <>
                <span className="text-danger"> · {words.failed(formatCount(counts.failed))}</span>
                <span className="sr-only">{firstReason(items)}</span>
              </>
            )}
          </p>
          {items.some(canRetry) && (
            <Button size="sm" variant="quiet" onClick={() => each(canRetry, uploader.retry)}>
              {words.retryAll}
            </Button>
          )}
          <Button
            size="sm"
            variant="quiet"
            className="px-1.5"
            aria-expanded={open}
            aria-label={words.details}
            onClick={() => setOpen(!open)}
          >
            <ChevronDownIcon className={cx('size-4', !open && 'rotate-180')} />
          </Button>
          <Button
            size="sm"
            variant="quiet"
            className="px-1.5"
            aria-label={counts.going > 0 ? words.cancelAll : words.clear}
            onClick={() =>
              counts.going > 0 ? each(isGoing, uploader.cancel) : each(() => true, uploader.remove)
            }
          >
            <CrossIcon />
          </Button>
        </div>
        <progress
          aria-label={words.progress}
          value={progress}
          className="block h-0.5 w-full appearance-none bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
        {open && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          <ul tabIndex={0} aria-label={words.panel} className="max-h-56 overflow-y-auto">
            {shown.map((item) => (
              <Row key={item.id} item={item} uploader={uploader} />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Row({ item, uploader }: { readonly item: UploadItem; readonly uploader: Uploader }) {
  const words = texts.uploads;
  const { id, file, status } = item;
  return (
    <li className="flex items-center gap-2 border-t border-line py-1 pr-1.5 pl-3.5 text-sm first:border-t-0">
      <div className="mr-auto grid min-w-0">
        <span className="truncate">{file.name}</span>
        <span className={cx('text-xs tabular-nums', isFailed(item) ? 'text-danger' : 'text-muted')}>
          {status === 'failed' ? reasonOf(item) : describe(item)}
        </span>
      </div>
      {status === 'done' && <CheckIcon className="mx-1.5 size-4 text-ok" />}
      {isGoing(item) && (
        <Button
          size="sm"
          variant="quiet"
          className="px-1.5"
          aria-label={words.cancel(file.name)}
          onClick={() => uploader.cancel(id)}
        >
          <CrossIcon />
        </Button>
      )}
      {canRetry(item) && (
        <Button
          size="sm"
          variant="quiet"
          className="px-1.5"
          aria-label={words.retry(file.name)}
          onClick={() => uploader.retry(id)}
        >
          <RetryIcon />
        </Button>
      )}
      {isFailed(item) && !canRetry(item) && (
        <Button
          size="sm"
          variant="quiet"
          className="px-1.5"
          aria-label={words.remove(file.name)}
          onClick={() => uploader.remove(id)}
        >
          <CrossIcon />
        </Button>
      )}
    </li>
  );
}

const isGoing = ({ status }: UploadItem) => status === 'uploading' || status === 'queued';
const isFailed = ({ status }: UploadItem) => status === 'failed' || status === 'cancelled';
/** A file that was refused would be refused again. */
const canRetry = ({ status, error }: UploadItem) =>
  status === 'cancelled' ||
  (status === 'failed' && (error?.kind === 'token' || error?.transient === true));

function describe({ status, progress }: UploadItem): string {
  const words = texts.uploads.states;
  if (status !== 'uploading') return words[status];
  // Everything is sent: the server looks at it and keeps it.
  return progress >= 1 ? words.storing : words.uploading(Math.floor(progress * 100));
}

/** Read out along with the count: the rows are too many to be. */
function firstReason(items: readonly UploadItem[]): string {
  const failed = items.find(({ status }) => status === 'failed');
  return failed ? `: ${failed.file.name}: ${reasonOf(failed)}` : '';
}

function reasonOf({ error }: UploadItem): string {
  // The token could not be had: what the API said is the reason.
  if (error?.cause instanceof ApiError) return explainShortly(error.cause);
  if (error === undefined) return texts.uploads.states.failed;
  const reasons: Readonly<Record<string, string>> = texts.uploads.reasons;
  return reasons[error.code ?? error.kind] ?? error.message;
}
