/** Follows how fast the page scrolls, to skip work for content that only passes by. */
export interface ScrollVelocity {
  /** Whether the page is scrolling, at any speed. */
  isScrolling(): boolean;
  /**
   * Calls back once the page scrolls slowly or not at all, at most a few callbacks per frame. Returns a
   * function that cancels.
   */
  onSettled(callback: () => void): () => void;
  /** Starts to listen to the window; returns a function that stops. */
  watch(): () => void;
}

/** Window heights per second above which content is unreadable. */
const FAST = 4;
/** Scrolling has stopped after this long without a scroll event. */
const STOPPED_MS = 120;
/** Longest time between two events that counts, so that a jump after a pause is fast. */
const MAX_STEP_MS = 50;
/** A whole screen of callbacks in one frame would drop frames. */
const CALLBACKS_PER_FRAME = 8;

export function createScrollVelocity(): ScrollVelocity {
  const waiting = new Set<() => void>();
  let lastTop = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let isFast = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame: number | undefined;

  const runSome = () => {
    frame = undefined;
    if (isFast) return;
    for (const callback of [...waiting].slice(0, CALLBACKS_PER_FRAME)) {
      waiting.delete(callback);
      callback();
    }
    schedule();
  };
  const schedule = () => {
    if (waiting.size > 0) frame ??= requestAnimationFrame(runSome);
  };
  const onStopped = () => {
    isFast = false;
    schedule();
  };
  const onScroll = () => {
    const now = performance.now();
    const top = window.scrollY;
    const ms = Math.min(MAX_STEP_MS, Math.max(1, now - lastAt));
    isFast = Math.abs(top - lastTop) / ms > (FAST * window.innerHeight) / 1000;
    lastTop = top;
    lastAt = now;
    clearTimeout(timer);
    timer = setTimeout(onStopped, STOPPED_MS);
    if (!isFast) schedule();
  };
  return {
    isScrolling: () => performance.now() - lastAt < STOPPED_MS,
    onSettled(callback) {
      waiting.add(callback);
      if (!isFast) schedule();
      return () => waiting.delete(callback);
    },
    watch() {
      lastTop = window.scrollY;
      window.addEventListener('scroll', onScroll, { passive: true });
      return () => {
        window.removeEventListener('scroll', onScroll);
        clearTimeout(timer);
        if (frame !== undefined) cancelAnimationFrame(frame);
        frame = undefined;
      };
    },
  };
}
