import type { UploadItem } from './upload-queue.js';

/** Every text of `<AuraUploader>`: pass your own for another language. */
export interface UploaderLabels {
  /** Names the whole, for those who do not see it. */
  readonly title: string;
  readonly pick: string;
  readonly hint: string;
  /** Names the list of files. */
  readonly list: string;
  readonly cancel: string;
  readonly retry: string;
  readonly remove: string;
  /** What is said of a file, seen and read aloud. */
  readonly status: (item: UploadItem) => string;
}

export const ENGLISH: UploaderLabels = {
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
