import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMultiply, packColumns } from './multiply.js';

const size = (max: number) => fc.integer({ min: 1, max });

it('multiplies matrices of any size, adds the offsets and clips', async () => {
  const multiply = await createMultiply();
  fc.assert(
    fc.property(
      size(13),
      size(40),
      size(30),
      fc.integer({ min: 1 }),
      (rows, inner, columns, seed) => {
        const left = whole(rows * inner, seed);
        const right = whole(inner * columns, seed + 1);
        const offsets = whole(columns, seed + 2);
        const expected = plain(left, right, offsets, inner).map((sum) =>
          Math.min(50, Math.max(-9, sum)),
        );
        const packed = packColumns(right, offsets);
        expect([...multiply(left, rows, packed, -9, 50)]).toEqual(expected);
      },
    ),
  );
});

it('grows with what it is given, and forgets what it was given before', async () => {
  const multiply = await createMultiply();
  const large = whole(1000 * 200, 1);
  const packed = packColumns(whole(200 * 100, 2), whole(100, 3));
  const first = multiply(large, 1000, packed, -Infinity, Infinity);
  const one = packColumns(Float32Array.of(2), Float32Array.of(1));
  expect([...multiply(Float32Array.of(3), 1, one, -Infinity, Infinity)]).toEqual([7]);
  expect(multiply(large, 1000, packed, -Infinity, Infinity)).toEqual(first);
});

/** Small whole numbers, so that no sum is rounded. */
function whole(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 7919 + seed * 104_729) % 19) - 9);
}

function plain(left: Float32Array, right: Float32Array, offsets: Float32Array, inner: number) {
  const columns = offsets.length;
  return Array.from({ length: (left.length / inner) * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = offsets[column] ?? 0;
    for (let i = 0; i < inner; i++) {
      sum += (left[row * inner + i] ?? 0) * (right[i * columns + column] ?? 0);
    }
    return sum;
  });
}
