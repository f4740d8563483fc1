/** A value, or a promise of it. Thenables that are no instance of `Promise` count as values. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Continues with a value. If it is already available, `next` runs synchronously: what it throws is thrown, and not
 * rejected. A read of an image whose row and file are already available needs no promise, which would cost as much as
 * its token.
 *
 * @example
 * return andThen(images.find(address), (found) => found?.image.size ?? 0);
 */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
