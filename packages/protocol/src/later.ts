/** A value, or a promise of it if it takes time to get. */
export type Later<T> = T | Promise<T>;

/**
 * Goes on with a value: at once if it is there. A read of an image whose row and file are at hand then needs no promise,
 * which would cost as much as its token.
 *
 * @example
 * return whenReady(images.find(address), (found) => found?.image.size ?? 0);
 */
export function whenReady<T, R>(value: Later<T>, next: (value: T) => Later<R>): Later<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
