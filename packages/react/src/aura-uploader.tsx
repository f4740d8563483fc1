'use client';

import { transformUrl } from '@auraimage/sdk/client';
import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from 'react';
import { canRetry, type UploadItem } from './upload-queue.js';
import { type Uploader, type UploaderOptions, useAuraUploader } from './use-aura-uploader.js';

/** Every text of `<AuraUploader>`, to translate it. */
export interface UploaderLabels {
  /** Accessible name of the whole uploader. */
  readonly title: string;
  readonly pick: string;
  readonly hint: string;
  /** Accessible name of the list of files. */
  readonly list: string;
  readonly cancel: string;
  readonly retry: string;
  readonly remove: string;
  /** A file's status, shown and read aloud. */
  readonly status: (item: UploadItem) => string;
}

const ENGLISH: UploaderLabels = {
  title: 'Upload pictures',
  pick: 'Choose pictures',
  hint: 'or drop or paste them here',
  list: 'Pictures',
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Remove',
  status({ status, progress, error }) {
    if (status === 'uploading') return `Uploading, ${Math.floor(progress * 100)}%`;
    if (status === 'failed') return `Failed: ${error?.message ?? 'unknown reason'}`;
    return { queued: 'Waiting', done: 'Uploaded', cancelled: 'Cancelled' }[status];
  },
};

interface Look {
  /** Overrides the English texts, one by one. */
  readonly labels?: Partial<UploaderLabels> | undefined;
  /** Added to the class `aura-uploader` of the outermost element. */
  readonly className?: string | undefined;
  /** Renders a custom UI instead of the default one. */
  readonly children?: ((uploader: Uploader) => ReactNode) | undefined;
}

export type AuraUploaderProps = UploaderOptions & Look;

/**
 * Uploads pictures by drop, paste or file dialog, with preview, progress, cancel and retry. Import
 * `@auraimage/react/styles.css` for the default look, or pass a function as child for your own.
 *
 * @throws {AuraImageSourceError} if no setting names the CDN
 *
 * @example
 * import '@auraimage/react/styles.css';
 * <AuraUploader signature="/api/sign" visibility="private" onUpload={({ key }) => save(key)} />
 */
export function AuraUploader({ labels, className, children, ...options }: AuraUploaderProps) {
  const uploader = useAuraUploader(options);
  const texts = { ...ENGLISH, ...labels };
  const pick = useRef<HTMLButtonElement>(null);
  const announcement = useAnnouncement(uploader.items, texts);
  const { items, isDragging, inputProps, dropProps, open } = uploader;

  return (
    <section
      className={className ? `aura-uploader ${className}` : 'aura-uploader'}
      aria-label={texts.title}
      data-dragging={isDragging || undefined}
      {...dropProps}
    >
      <input {...inputProps} />
      {children ? (
        children(uploader)
      ) : (
        <>
          <div className="aura-uploader-zone">
            <button type="button" ref={pick} onClick={open} disabled={inputProps.disabled}>
              {texts.pick}
            </button>
            <span>{texts.hint}</span>
          </div>
          {items.length > 0 && (
            <ul aria-label={texts.list}>
              {items.map((item) => (
                <Row
                  key={item.id}
                  item={item}
                  texts={texts}
                  uploader={uploader}
                  onRemoved={() => pick.current?.focus()}
                />
              ))}
            </ul>
          )}
        </>
      )}
      <div role="status" style={VISUALLY_HIDDEN}>
        {announcement}
      </div>
    </section>
  );
}

interface RowProps {
  readonly item: UploadItem;
  readonly texts: UploaderLabels;
  readonly uploader: Uploader;
  /** Called when the row is removed, and with it the button that had the focus. */
  readonly onRemoved: () => void;
}

function Row({ item, texts, uploader, onRemoved }: RowProps) {
  const { id, file, status, progress } = item;
  const isActive = status === 'queued' || status === 'uploading';
  return (
    <li data-status={status}>
      <Preview {...item} />
      <span className="aura-uploader-name">{file.name}</span>
      <span className="aura-uploader-status">{texts.status(item)}</span>
      {isActive && <progress aria-label={file.name} value={progress} />}
      {(isActive || canRetry(item)) && (
        <button
          type="button"
          aria-label={`${isActive ? texts.cancel : texts.retry} ${file.name}`}
          onClick={() => (isActive ? uploader.cancel : uploader.retry)(id)}
        >
          {isActive ? texts.cancel : texts.retry}
        </button>
      )}
      {!isActive && (
        <button
          type="button"
          aria-label={`${texts.remove} ${file.name}`}
          onClick={() => {
            uploader.remove(id);
            onRemoved();
          }}
        >
          {texts.remove}
        </button>
      )}
    </li>
  );
}

/** In pixels: for high-density displays. */
const PREVIEW_WIDTH = 160;

/**
 * Shows the file itself. Browsers cannot show every format that the server accepts: then, once a public image is
 * uploaded, what the server makes of it; of a private one, only the app's server can sign a URL.
 */
function Preview({ preview, result }: UploadItem) {
  const [failed, setFailed] = useState<readonly string[]>([]);
  const made =
    result?.visibility === 'public'
      ? transformUrl(result.displayUrl, { width: PREVIEW_WIDTH })
      : preview;
  const src = failed.includes(preview) ? made : preview;
  const fail = () => setFailed([...failed, src]);
  return <img src={src} alt="" hidden={failed.includes(src)} onError={fail} />;
}

/** Visible to screen readers only. Inline, so that it works without the style sheet. */
const VISUALLY_HIDDEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};

/** What to read aloud: files whose status has changed, but not every percent of their progress. */
function useAnnouncement(
  items: readonly UploadItem[],
  { status }: Pick<UploaderLabels, 'status'>,
): string {
  const [announcement, setAnnouncement] = useState('');
  const announced = useRef(new Map<string, UploadItem['status']>());
  const textOf = useRef(status);

  useEffect(() => {
    textOf.current = status;
  });
  useEffect(() => {
    const before = announced.current;
    announced.current = new Map(items.map((item) => [item.id, item.status]));
    // Skip "queued", which lasts a moment, and "uploading" after it, which the progress bar tells.
    const changed = items.filter(
      (item) => before.get(item.id) !== item.status && item.status !== 'queued',
    );
    const relevant = changed.filter((item) => item.status !== 'uploading' || !before.has(item.id));
    if (relevant.length === 0) return;
    setAnnouncement(
      relevant.map((item) => `${item.file.name}: ${textOf.current(item)}`).join('. '),
    );
  }, [items]);
  return announcement;
}
