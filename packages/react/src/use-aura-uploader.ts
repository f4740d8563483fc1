'use client';

import { parseSize, UploadError, type UploadResult, type Visibility } from '@auraimage/sdk/client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { mergeSettings, requireCdnUrl } from './image-source.js';
import { useProvided } from './provider.js';
import { requestSignature } from './sign-endpoint.js';
import { createUploadQueue, type QueueOptions, type UploadItem } from './upload-queue.js';
import { type DropProps, useDrop, usePaste } from './use-drop-and-paste.js';

/** Returns the upload token for one file. */
export type GetSignature = (
  file: File,
  context: {
    readonly project?: string;
    readonly visibility?: Visibility;
    readonly signal: AbortSignal;
  },
) => Promise<string> | string;

export interface UploaderOptions {
  /**
   * Where upload tokens come from: the URL of an endpoint of the app's own server, a function, or a token that
   * `signUpload()` returned for this page.
   */
  readonly signature: string | GetSignature;
  /** Passed on to the endpoint or function; the token that it signs decides. Default: the provider's. */
  readonly project?: string | undefined;
  /** Base URL of the CDN. Default: the provider's, then `NEXT_PUBLIC_AURA_CDN_URL`. */
  readonly cdnUrl?: string | undefined;
  /** Passed on to the endpoint or function; the token that it signs decides. */
  readonly visibility?: Visibility | undefined;
  /** Media types and extensions, as in `<input accept>`. Default `image/*`. */
  readonly accept?: string | undefined;
  /**
   * Largest file: bytes, or a text such as `5mb`. Larger ones fail at once; the token's own limit holds in any case.
   */
  readonly maxSize?: number | string | undefined;
  /** Whether a user may choose several files at once. Default `true`. */
  readonly multiple?: boolean | undefined;
  /** Concurrent uploads. Default 3. */
  readonly concurrency?: number | undefined;
  /** Takes files that are pasted anywhere on the page, except into text fields. Default `true`. */
  readonly paste?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly onUpload?: ((result: UploadResult, file: File) => void) | undefined;
  readonly onError?: ((error: UploadError, file: File) => void) | undefined;
}

/** The uploader's state, and what a custom UI needs to control it. */
export interface Uploader {
  readonly items: readonly UploadItem[];
  /** Whether files are being dragged over the drop zone. */
  readonly isDragging: boolean;
  /** Props for the element that is the drop zone. */
  readonly dropProps: DropProps;
  /** Props for a hidden `<input>`, whose file dialog {@link Uploader.open} opens. */
  readonly inputProps: InputProps;
  readonly open: () => void;
  readonly add: (files: Iterable<File>) => void;
  readonly cancel: (id: string) => void;
  readonly retry: (id: string) => void;
  readonly remove: (id: string) => void;
}

export interface InputProps {
  readonly ref: (input: HTMLInputElement | null) => void;
  readonly type: 'file';
  readonly accept: string;
  readonly multiple: boolean;
  readonly disabled: boolean;
  readonly hidden: true;
  readonly onChange: (event: { readonly currentTarget: HTMLInputElement }) => void;
}

/**
 * A headless uploader: files by drop, paste and file dialog, with progress, cancel and retry.
 *
 * @throws {AuraImageSourceError} if no setting names the CDN
 * @throws {InvalidSizeError} if `maxSize` is not a size
 *
 * @example
 * const { items, open, inputProps, dropProps } = useAuraUploader({ signature: '/api/sign' });
 */
export function useAuraUploader(options: UploaderOptions): Uploader {
  const { accept = 'image/*', multiple = true, paste = true, disabled = false } = options;
  const own = { cdnUrl: options.cdnUrl, projectName: options.project };
  const settings = mergeSettings(own, useProvided());
  const cdnUrl = requireCdnUrl(settings);
  const input = useRef<HTMLInputElement | null>(null);
  const latest = useRef<QueueOptions | null>(null);
  const now = queueOptions(options, { cdnUrl, project: settings.projectName, accept });
  const [queue] = useState(() => createUploadQueue(() => latest.current ?? now));
  const items = useSyncExternalStore(queue.subscribe, queue.items, queue.items);

  useEffect(() => {
    latest.current = now;
  });
  useEffect(() => queue.clear, [queue]);

  const add = (files: Iterable<File>) => {
    const chosen = multiple ? [...files] : [...files].slice(0, 1);
    if (!disabled && chosen.length > 0) queue.add(chosen);
  };
  usePaste(add, paste && !disabled);
  const { isDragging, dropProps } = useDrop(add, !disabled);

  return {
    items,
    isDragging,
    dropProps,
    inputProps: {
      ref: (element) => {
        input.current = element;
      },
      type: 'file',
      accept,
      multiple,
      disabled,
      hidden: true,
      onChange: ({ currentTarget }) => {
        add([...(currentTarget.files ?? [])]);
        currentTarget.value = ''; // so that choosing the same file again fires a change event
      },
    },
    open: () => input.current?.click(),
    add,
    cancel: queue.cancel,
    retry: queue.retry,
    remove: queue.remove,
  };
}

function queueOptions(
  options: UploaderOptions,
  {
    cdnUrl,
    project,
    accept,
  }: { readonly cdnUrl: string; readonly project: string | undefined; readonly accept: string },
): QueueOptions {
  const { signature, visibility, maxSize, concurrency = 3, onUpload, onError } = options;
  const requested = {
    ...(project === undefined ? {} : { project }),
    ...(visibility === undefined ? {} : { visibility }),
  };
  return {
    url: cdnUrl,
    accept,
    maxSize: maxSize === undefined ? undefined : parseSize(maxSize),
    concurrency,
    onUploaded: onUpload,
    onFailed: onError,
    token: (blob, { signal }) => {
      const file = blob as File;
      if (typeof signature === 'function') return signature(file, { ...requested, signal });
      // In JavaScript, a forgotten prop would be requested as the URL "undefined".
      if (!signature) throw new UploadError('token', NO_SIGNATURE);
      if (TOKEN.test(signature)) return signature;
      const { name: filename, size, type } = file;
      return requestSignature(signature, { filename, size, type, ...requested }, signal);
    },
  };
}

/** A payload and a signature of 32 bytes in base64url. A URL has a slash or a shorter end. */
const TOKEN = /^[\w-]+\.[\w-]{43}$/;
const NO_SIGNATURE =
  'There is no upload token: pass signature, the URL of your sign endpoint, a function or a token';
