import { EdgeError } from '../errors.js';

/** Bounds how many uploads are under way: each may hold a connection, a file and decoder's memory. */
export function createSlots(limit: number) {
  let taken = 0;
  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (taken >= limit) {
        throw new EdgeError('too_many_uploads', { headers: { 'Retry-After': '1' } });
      }
      taken++;
      try {
        return await work();
      } finally {
        taken--;
      }
    },
  };
}
