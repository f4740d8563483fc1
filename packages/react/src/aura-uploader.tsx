'use client';

import { type CSSProperties, type ReactNode, type SyntheticEvent, useRef } from 'react';
import { canRetry, type UploadItem } from './upload-queue.js';
import { ENGLISH, type UploaderLabels } from './uploader-labels.js';
import { useAnnouncement } from './use-announcement.js';
import { type Uploader, type UploaderOptions, useAuraUploader } from './use-aura-uploader.js';

interface Look {
  /** Texts that differ from the English ones. */
  readonly labels?: Partial<UploaderLabels> | undefined;
  /** Joins `aura-uploader` on the outermost element. */
  readonly className?: string | undefined;
  /** Draws the uploader in place of the default look. */
  readonly children?: ((uploader: Uploader) => ReactNode) | undefined;
}

export type AuraUploaderProps = UploaderOptions & Look;

/**
 * Uploads pictures that are dropped, pasted or picked, with preview, progress, cancel and retry. The
 * default look is in `@auraimage/react/styles.css`; a function as child draws another.
 *
 * @throws {AuraImageSourceError} when nothing says where the CDN is
 *
 * @example
 * import '@auraimage/react/styles.css';
 * <AuraUploader signEndpoint="/api/sign" visibility="private" onUploaded={({ key }) => save(key)} />
 */
export function AuraUploader({ labels, className, children, ...options }: AuraUploaderProps) {
  const uploader = useAuraUploader(options);
  const texts = { ...ENGLISH, ...labels };
  const pick = useRef<HTMLButtonElement>(null);
  const spoken = useAnnouncement(uploader.items, texts);
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
      <div role="status" style={UNSEEN}>
        {spoken}
      </div>
    </section>
  );
}

interface RowProps {
  readonly item: UploadItem;
  readonly texts: UploaderLabels;
  readonly uploader: Uploader;
  /** The button that had the focus is gone. */
  readonly onRemoved: () => void;
}

function Row({ item, texts, uploader, onRemoved }: RowProps) {
  const { id, file, preview, status, progress } = item;
  const isActive = status === 'queued' || status === 'uploading';
  return (
    <li data-status={status}>
      <img src={preview} alt="" onError={hide} />
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

/** Browsers cannot show every picture that the server takes. */
function hide({ currentTarget }: SyntheticEvent<HTMLImageElement>): void {
  currentTarget.hidden = true;
}

/** For screen readers alone, with the default style or without it. */
const UNSEEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};
