'use client';

import { useEffect, useRef, useState } from 'react';
import type { UploadItem } from './upload-queue.js';
import type { UploaderLabels } from './uploader-labels.js';

/** What to read aloud: each file whose state has changed, and not every percent of its progress. */
export function useAnnouncement(
  items: readonly UploadItem[],
  { status }: Pick<UploaderLabels, 'status'>,
): string {
  const [spoken, setSpoken] = useState('');
  const known = useRef(new Map<string, UploadItem['status']>());
  const say = useRef(status);

  useEffect(() => {
    say.current = status;
  });
  useEffect(() => {
    const before = known.current;
    known.current = new Map(items.map((item) => [item.id, item.status]));
    // Files wait for moments only, and how far they are is said by their progress bars.
    const news = items.filter(
      (item) => before.get(item.id) !== item.status && item.status !== 'queued',
    );
    const worth = news.filter((item) => item.status !== 'uploading' || !before.has(item.id));
    if (worth.length === 0) return;
    setSpoken(worth.map((item) => `${item.file.name}: ${say.current(item)}`).join('. '));
  }, [items]);
  return spoken;
}
