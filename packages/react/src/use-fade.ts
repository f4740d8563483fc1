'use client';

import { type CSSProperties, useEffect, useRef, useState } from 'react';

const FADE_MS = 300;

/** `static`: as the server rendered it, which a page without JavaScript keeps. */
type Phase = 'static' | 'waiting' | 'fading' | 'done';

/**
 * Fades an image in over its placeholder. The image is hidden only after hydration. It appears at
 * once if it had loaded by then, or if the user prefers reduced motion.
 */
export function useFade(active: boolean) {
  const ref = useRef<HTMLImageElement>(null);
  const [phase, setPhase] = useState<Phase>('static');

  useEffect(() => {
    const image = ref.current;
    if (!active || image === null) return;
    const failed = image.complete && image.naturalWidth === 0;
    setPhase(failed ? 'static' : image.complete ? 'done' : 'waiting');
  }, [active]);

  useEffect(() => {
    if (phase !== 'fading') return;
    const timer = setTimeout(setPhase, FADE_MS, 'done');
    return () => clearTimeout(timer);
  }, [phase]);

  return {
    ref,
    /** Whether to remove the placeholder, which would show through a transparent image. */
    done: phase === 'done',
    style: styleOf(phase),
    onLoad: () =>
      setPhase((now) => (now !== 'waiting' || prefersReducedMotion() ? 'done' : 'fading')),
    /** Makes the `alt` text visible. */
    onError: () => setPhase('static'),
  };
}

function styleOf(phase: Phase): CSSProperties {
  if (phase === 'waiting') return { opacity: 0 };
  return phase === 'fading' ? { transition: `opacity ${FADE_MS}ms` } : {};
}

function prefersReducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
