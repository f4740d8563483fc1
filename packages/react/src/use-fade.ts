'use client';

import { type CSSProperties, useEffect, useRef, useState } from 'react';

const FADE_MS = 300;

/** `still`: as it came from the server, for a page without JavaScript too. */
type Phase = 'still' | 'waiting' | 'fading' | 'done';

/**
 * Fades an image in over what is behind it. Nothing is hidden until the page is alive, and nothing
 * fades that was there already or where the reader wants less motion.
 */
export function useFade(active: boolean) {
  const ref = useRef<HTMLImageElement>(null);
  const [phase, setPhase] = useState<Phase>('still');

  useEffect(() => {
    const image = ref.current;
    if (!active || image === null) return;
    const failed = image.complete && image.naturalWidth === 0;
    setPhase(failed ? 'still' : image.complete ? 'done' : 'waiting');
  }, [active]);

  useEffect(() => {
    if (phase !== 'fading') return;
    const timer = setTimeout(setPhase, FADE_MS, 'done');
    return () => clearTimeout(timer);
  }, [phase]);

  return {
    ref,
    /** What is behind may go: it would shine through a transparent image. */
    done: phase === 'done',
    style: styleOf(phase),
    onLoad: () => setPhase((now) => (now !== 'waiting' || wantsStillness() ? 'done' : 'fading')),
    /** The text of `alt` is to be seen. */
    onError: () => setPhase('still'),
  };
}

function styleOf(phase: Phase): CSSProperties {
  if (phase === 'waiting') return { opacity: 0 };
  return phase === 'fading' ? { transition: `opacity ${FADE_MS}ms` } : {};
}

function wantsStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
