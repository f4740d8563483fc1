'use client';

import type { UploadError, UploadResult, Visibility } from '@auraimage/sdk/client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { mergeSettings, requireCdnUrl } from './image-source.js';
import { useAuraSettings } from './provider.js';
import { requestSignature } from './sign-endpoint.js';
import { createUploadQueue, type QueueOptions, type UploadItem } from './upload-queue.js';
import { type DropProps, useDrop } from './use-drop.js';
import { usePaste } from './use-paste.js';

/** Gives the upload token for one file. */
export type GetSignature = (
  file: File,
  context: { readonly visibility?: Visibility; readonly signal: AbortSignal },
) => Promise<string> | string;

/** Who signs: an address of one's own server, or a function. */
export type SignOptions =
  | { readonly signEndpoint: string; readonly getSignature?: never }
  | { readonly getSignature: GetSignature; readonly signEndpoint?: never };

export interface UploaderSettings {
  /** Where the CDN is. Default: `NEXT_PUBLIC_AURA_CDN_URL`, then the provider's. */
  readonly cdnUrl?: string | undefined;
  /** A wish that the sign endpoint is told. What counts is the token that it signs. */
  readonly visibility?: Visibility | undefined;
  /** As in `<input accept>`. Default `image/*`. */
  readonly accept?: string | undefined;
  /** Largest file in bytes, to spare the wait; the token's limit holds anyway. */
  readonly maxSize?: number | undefined;
  /** Whether several files may be taken at once. Default `true`. */
  readonly multiple?: boolean | undefined;
  /** Files under way at once. Default 3. */
  readonly concurrency?: number | undefined;
  /** Takes pictures that are pasted anywhere on the page but into a text. Default `true`. */
  readonly paste?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly onUploaded?: ((result: UploadResult, file: File) => void) | undefined;
  readonly onError?: ((error: UploadError, file: File) => void) | undefined;
}

export type UploaderOptions = UploaderSettings & SignOptions;

/** What to build an uploader's page from. */
export interface Uploader {
  readonly items: readonly UploadItem[];
  /** Whether files are held over the drop zone. */
  readonly isDragging: boolean;
  /** For the element onto which files are dropped. */
  readonly dropProps: DropProps;
  /** For an `<input>`, which stays hidden: {@link Uploader.open} opens its dialog. */
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
 * The queue of an uploader without a face: drop, paste and pick, progress, cancelling, retries.
 *
 * @example
 * const { items, open, inputProps, dropProps } = useAuraUploader({ signEndpoint: '/api/sign' });
 */
export function useAuraUploader(options: UploaderOptions): Uploader {
  const { accept = 'image/*', multiple = true, paste = true, disabled = false } = options;
  const cdnUrl = requireCdnUrl(mergeSettings(options, useAuraSettings()));
  const input = useRef<HTMLInputElement | null>(null);
  const latest = useRef<QueueOptions | null>(null);
  const now = queueOptions(options, cdnUrl, accept);
  const [queue] = useState(() => createUploadQueue(() => latest.current ?? now));
  const items = useSyncExternalStore(queue.subscribe, queue.items, queue.items);

  useEffect(() => {
    latest.current = now;
  });
  useEffect(() => queue.clear, [queue]);

  const add = (files: Iterable<File>) => {
    const taken = multiple ? [...files] : [...files].slice(0, 1);
    if (!disabled && taken.length > 0) queue.add(taken);
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
        currentTarget.value = ''; // the same file may be picked again
      },
    },
    open: () => input.current?.click(),
    add,
    cancel: queue.cancel,
    retry: queue.retry,
    remove: queue.remove,
  };
}

function queueOptions(options: UploaderOptions, url: string, accept: string): QueueOptions {
  const { visibility, maxSize, concurrency = 3, onUploaded, onError } = options;
  const wish = visibility === undefined ? {} : { visibility };
  return {
    url,
    accept,
    maxSize,
    concurrency,
    onUploaded,
    onFailed: onError,
    token: (blob, { signal }) => {
      const file = blob as File;
      if (options.getSignature) return options.getSignature(file, { ...wish, signal });
      const { name: filename, size, type } = file;
      return requestSignature(options.signEndpoint, { filename, size, type, ...wish }, signal);
    },
  };
}
