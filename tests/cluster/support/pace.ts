import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from './reads.js';

/** Longest that a change waits for the reads of the one before it, in milliseconds. */
const LIMIT_MS = 2000;

/**
 * Extends each spell until every available server was read without a token. Otherwise the changes could be over
 * before any read.
 */
export interface Pace {
  /** Waits for the reads of the spell that starts now. */
  spell(image: string): Promise<void>;
  /** An image whose spell lacks a read through this server. */
  lacking(through: string): string | undefined;
  noteRead(seen: Seen): void;
  /** Fewer servers are available now. */
  noteLoss(): void;
  /** From now on, each spell lasts at least so many milliseconds. */
  slow(ms: number): void;
}

/** @param live names of the available servers */
export function createPace(live: () => readonly string[]): Pace {
  let leastMs = 0;
  /** Of the spells that still wait for reads. */
  const waiting = new Set<() => void>();
  const lookAgain = () => {
    for (const look of waiting) look();
  };
  const open = new Map<string, { readonly from: number; readonly read: Set<string> }>();
  const lacks = (through: string, image: string) => open.get(image)?.read.has(through) === false;
  return {
    async spell(image) {
      const from = performance.now();
      open.set(image, { from, read: new Set() });
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        const look = () => {
          if (!live().some((name) => lacks(name, image))) end();
        };
        const timer = setTimeout(end, LIMIT_MS);
        waiting.add(look);
        look();
      });
      await sleep(Math.max(0, leastMs - (performance.now() - from)));
      open.delete(image);
    },
    lacking: (through) => [...open.keys()].find((image) => lacks(through, image)),
    noteRead({ image, through, signed, began, status }) {
      const spell = open.get(image);
      if (signed || status === 0 || spell === undefined || began < spell.from) return;
      spell.read.add(through);
      lookAgain();
    },
    noteLoss: lookAgain,
    slow(ms) {
      leastMs = ms;
    },
  };
}
