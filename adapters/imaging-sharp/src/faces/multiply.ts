/** Columns that are worked on together, and rows: as many sums as a processor has registers for. */
const COLUMNS = 4;
const ROWS = 2;

/** A matrix in the order in which {@link multiply} reads it: four columns after the other. */
export interface PackedColumns {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** @param matrix row by row */
export function packColumns(matrix: Float32Array, columns: number): PackedColumns {
  const rows = matrix.length / columns;
  const data = new Float32Array(Math.ceil(columns / COLUMNS) * COLUMNS * rows);
  for (let column = 0; column < columns; column++) {
    const block = column - (column % COLUMNS);
    for (let row = 0; row < rows; row++) {
      data[block * rows + row * COLUMNS + (column % COLUMNS)] = matrix[row * columns + column] ?? 0;
    }
  }
  return { data, rows, columns };
}

/** The product of a matrix, row by row, and another: nearly all of the network's work. */
export function multiply(
  left: Float32Array,
  rows: number,
  { data, rows: inner, columns }: PackedColumns,
): Float32Array {
  const product = new Float32Array(rows * columns);
  for (let block = 0; block < columns; block += COLUMNS) {
    for (let row = 0; row < rows; row += ROWS) {
      const first = row * inner;
      // An odd number of rows: the last one is worked on twice.
      const second = row + 1 < rows ? first + inner : first;
      let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = 0, at = block * inner; i < inner; i++, at += COLUMNS) {
        const a = left[first + i] ?? 0;
        const b = left[second + i] ?? 0;
        const w0 = data[at] ?? 0;
        const w1 = data[at + 1] ?? 0;
        const w2 = data[at + 2] ?? 0;
        const w3 = data[at + 3] ?? 0;
        a0 += a * w0;
        a1 += a * w1;
        a2 += a * w2;
        a3 += a * w3;
        b0 += b * w0;
        b1 += b * w1;
        b2 += b * w2;
        b3 += b * w3;
      }
      const count = Math.min(COLUMNS, columns - block);
      const at = row * columns + block;
      put(product, at, count, a0, a1, a2, a3);
      if (row + 1 < rows) put(product, at + columns, count, b0, b1, b2, b3);
    }
  }
  return product;
}

function put(to: Float32Array, at: number, count: number, ...sums: readonly number[]): void {
  for (let i = 0; i < count; i++) to[at + i] = sums[i] ?? 0;
}
