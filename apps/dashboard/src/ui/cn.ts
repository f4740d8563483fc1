import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

const merge = extendTailwindMerge({ extend: { theme: { shadow: ['pop'] } } });

/**
 * Joins class names and leaves out falsy ones. Of two utilities that set the same property, the later
 * one wins.
 *
 * @example
 * cn('px-2.5 text-sm', isWide && 'px-4'); // 'text-sm px-4'
 */
export const cn = (...names: readonly ClassValue[]): string => merge(clsx(names));
