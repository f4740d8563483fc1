import type { Distance } from './distance.js';

export type Format = 'avif' | 'webp' | 'jpeg' | 'png' | 'gif';

/**
 * Largest distance from the reference at quality 80. It allows for the encoder's loss, and for a sharper resampler
 * than the reference's mean, which rings at edges. Twice as much would hide a shift.
 */
export const LIMITS: Record<Format, Distance> = {
  png: { mean: 0.004, worst: 0.016 },
  gif: { mean: 0.004, worst: 0.016 },
  avif: { mean: 0.008, worst: 0.018 },
  webp: { mean: 0.012, worst: 0.056 },
  jpeg: { mean: 0.011, worst: 0.04 },
};

export function isClose({ mean, worst }: Distance, limit: Distance): boolean {
  return mean <= limit.mean && worst <= limit.worst;
}
