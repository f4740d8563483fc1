/** How fast the page is being scrolled, for what should not be done to what only passes by. */
export interface Pace {
  /** Whether the page moves, at whatever speed. */
  isMoving(): boolean;
  /** Calls back once the page moves slowly or rests, a few at a time; gives what ends the waiting. */
  whenSlow(arrive: () => void): () => void;
  /** Follows the window; gives what ends that. */
  watch(): () => void;
}

/** Window heights in a second above which nobody sees what passes. */
const FAST = 4;
/** After so long without a scroll, the page rests. */
const REST_MS = 120;
/** Two scrolls may lie far apart in time: a jump is as fast as if it had taken this long. */
const LONGEST_MS = 50;
/** What is called back in one frame: a screenful at once would be felt. */
const AT_ONCE = 8;

export function createPace(): Pace {
  const waiting = new Set<() => void>();
  let lastTop = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let fast = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame: number | undefined;

  const letIn = () => {
    frame = undefined;
    if (fast) return;
    for (const arrive of [...waiting].slice(0, AT_ONCE)) {
      waiting.delete(arrive);
      arrive();
    }
    soon();
  };
  const soon = () => {
    if (waiting.size > 0) frame ??= requestAnimationFrame(letIn);
  };
  const rest = () => {
    fast = false;
    soon();
  };
  const onScroll = () => {
    const now = performance.now();
    const top = window.scrollY;
    const ms = Math.min(LONGEST_MS, Math.max(1, now - lastAt));
    fast = Math.abs(top - lastTop) / ms > (FAST * window.innerHeight) / 1000;
    lastTop = top;
    lastAt = now;
    clearTimeout(timer);
    timer = setTimeout(rest, REST_MS);
    if (!fast) soon();
  };
  return {
    isMoving: () => performance.now() - lastAt < REST_MS,
    whenSlow(arrive) {
      waiting.add(arrive);
      if (!fast) soon();
      return () => waiting.delete(arrive);
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
