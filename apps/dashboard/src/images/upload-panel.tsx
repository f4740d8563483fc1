import { ApiError } from '@auraimage/client';
import type { Uploader, UploadItem } from '@auraimage/react';
import { CheckIcon, ChevronUpIcon, FileCheckIcon, RotateCwIcon, XIcon } from 'lucide-react';
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react';
import { Button, buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { DockItem } from '../ui/dock.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { formatCount } from '../ui/format.js';

/** Rows to render; the heading counts all files. */
const MAX_ROWS = 60;
/** How long the panel stays after every upload succeeded, unless the files are listed. */
const DONE_MS = 6000;
const ORDER = { uploading: 0, failed: 1, cancelled: 2, queued: 3, done: 4 } as const;

/** Running and finished uploads, in the dock. The files are listed on demand, and when one has failed. */
export function UploadPanel({ uploader }: { readonly uploader: Uploader }) {
  const [open, setOpen] = useState(false);
  const { items } = uploader;
  const hasFailed = items.some(({ status }) => status === 'failed');
  useEffect(() => setOpen(hasFailed), [hasFailed]);
  const allDone = items.length > 0 && items.every(({ status }) => status === 'done');
  const clear = useEffectEvent(() => {
    for (const { id } of items) uploader.remove(id);
  });
  useEffect(() => {
    if (!allDone || open) return;
    const timer = setTimeout(clear, DONE_MS);
    return () => clearTimeout(timer);
  }, [allDone, open]);
  if (items.length === 0) return null;

  const done = items.filter(({ status }) => status === 'done').length;
  const failed = items.filter(({ status }) => status === 'failed').length;
  const cancelled = items.filter(({ status }) => status === 'cancelled').length;
  const isRunning = items.some(isActive);
  const progress = items.reduce((sum, item) => sum + item.progress, 0) / items.length;
  const shown = [...items].sort((a, b) => ORDER[a.status] - ORDER[b.status]).slice(0, MAX_ROWS);
  const each = (choose: (item: UploadItem) => boolean, act: (id: string) => void) => {
    for (const item of items) if (choose(item)) act(item.id);
  };
  return (
    <DockItem>
      <section
        aria-label="Uploads"
        className="pop-in min-w-0 overflow-hidden rounded-md border border-line bg-surface max-sm:w-full sm:w-96"
      >
        <div className="flex items-center gap-1 py-1 pr-1 pl-3.5">
          <p role="status" className="mr-auto text-sm font-medium tabular-nums">
            {isRunning
              ? `${formatCount(done)} of ${formatCount(items.length)} uploaded`
              : `${formatCount(done)} uploaded`}
            {failed > 0 && (
              <>
                <span className="text-danger"> · {formatCount(failed)} failed</span>
                <span className="sr-only">{firstReason(items)}</span>
              </>
            )}
            {cancelled > 0 && (
              <span className="text-muted"> · {formatCount(cancelled)} cancelled</span>
            )}
          </p>
          {items.some(canRetry) && (
            <Button size="sm" variant="quiet" onClick={() => each(canRetry, uploader.retry)}>
              Try again
            </Button>
          )}
          <IconButton label="Show each file" expanded={open} onClick={() => setOpen(!open)}>
            <ChevronUpIcon className={cn(open && 'rotate-180')} />
          </IconButton>
          <IconButton
            label={isRunning ? 'Cancel all uploads' : 'Clear the list'}
            onClick={() =>
              isRunning ? each(isActive, uploader.cancel) : each(() => true, uploader.remove)
            }
          >
            <XIcon />
          </IconButton>
        </div>
        <progress
          aria-label="Progress of all uploads"
          value={progress}
          className="block h-0.5 w-full appearance-none bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
        {open && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
          <ul tabIndex={0} aria-label="Uploads" className="max-h-56 overflow-y-auto">
            {shown.map((item) => (
              <UploadRow key={item.id} item={item} uploader={uploader} />
            ))}
          </ul>
        )}
      </section>
    </DockItem>
  );
}

function UploadRow({ item, uploader }: { readonly item: UploadItem; readonly uploader: Uploader }) {
  const { id, file, status } = item;
  return (
    <li className="flex items-center gap-2 border-t border-line py-1 pr-1.5 pl-3.5 text-sm first:border-t-0">
      <div className="mr-auto grid min-w-0">
        <span className="truncate">{file.name}</span>
        <span className={cn('text-xs tabular-nums', isFailed(item) ? 'text-danger' : 'text-muted')}>
          {status === 'failed' ? reasonOf(item) : describe(item)}
        </span>
      </div>
      <ReceiptLink item={item} />
      {status === 'done' && <CheckIcon className="mx-1.5 text-ok" />}
      {isActive(item) && (
        <IconButton label={`Cancel ${file.name}`} onClick={() => uploader.cancel(id)}>
          <XIcon />
        </IconButton>
      )}
      {canRetry(item) && (
        <IconButton label={`Try again: ${file.name}`} onClick={() => uploader.retry(id)}>
          <RotateCwIcon />
        </IconButton>
      )}
      {isFailed(item) && !canRetry(item) && (
        <IconButton label={`Remove ${file.name} from the list`} onClick={() => uploader.remove(id)}>
          <XIcon />
        </IconButton>
      )}
    </li>
  );
}

/** Saves the response of an upload, as `aura verify` takes it. The server gives its receipt no second time. */
function ReceiptLink({ item: { file, result } }: { readonly item: UploadItem }) {
  if (result?.receipt === undefined) return null;
  const label = `Save the receipt of ${file.name}`;
  return (
    <a
      href={`data:application/json,${encodeURIComponent(JSON.stringify(result, null, 2))}`}
      download={`${file.name}.receipt.json`}
      aria-label={label}
      title={label}
      className={buttonVariants({ size: 'icon', variant: 'quiet' })}
    >
      <FileCheckIcon />
    </a>
  );
}

function IconButton({
  label,
  expanded,
  onClick,
  children,
}: {
  readonly label: string;
  readonly expanded?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Button
      size="icon"
      variant="quiet"
      aria-label={label}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

const isActive = ({ status }: UploadItem) => status === 'uploading' || status === 'queued';
const isFailed = ({ status }: UploadItem) => status === 'failed' || status === 'cancelled';
/** The server would refuse the same file again. */
const canRetry = ({ status, error }: UploadItem) =>
  status === 'cancelled' ||
  (status === 'failed' && (error?.kind === 'token' || error?.transient === true));

const STATES = { queued: 'Waiting', done: 'Uploaded', cancelled: 'Cancelled', failed: 'Failed' };

function describe({ status, progress }: UploadItem): string {
  if (status !== 'uploading') return STATES[status];
  // All bytes are sent; the server decodes and stores the image.
  return progress >= 1 ? 'Processing' : `${Math.floor(progress * 100)} %`;
}

/** Announced with the count, because the rows are not announced. */
function firstReason(items: readonly UploadItem[]): string {
  const failed = items.find(({ status }) => status === 'failed');
  return failed ? `: ${failed.file.name}: ${reasonOf(failed)}` : '';
}

/**
 * By the code of `docs/reference/errors.md`, or by the kind of failure if there was no response. A code that is missing
 * here has a message that names what was refused.
 */
const REASONS: Readonly<Record<string, string>> = {
  network: 'The connection failed. Try again.',
  rate_limited: 'Too many uploads at once. Try again in a minute.',
  quota_exceeded: 'The project is full. Delete images, or raise its limit.',
  image_not_decodable: 'The file is damaged or not an image.',
  image_too_slow: 'The image takes too long to decode.',
  encode_limit: 'The project used up its image work for this minute. Try again in a minute.',
  body_too_large: 'The file is larger than this server accepts.',
  origin_not_allowed: 'Open the dashboard at its public address, then try again.',
  storage_full: 'The server’s disk is full.',
  draining: 'The server is restarting. Try again in a moment.',
};

function reasonOf({ error }: UploadItem): string {
  // The upload token was refused.
  if (error?.cause instanceof ApiError) return explainInOneLine(error.cause);
  if (error === undefined) return STATES.failed;
  return REASONS[error.code ?? error.kind] ?? error.message;
}
