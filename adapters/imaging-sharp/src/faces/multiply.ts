import { COLUMNS, createKernel, ROWS } from './kernel.js';

/** A matrix and an offset for each column, in the order in which the kernel reads them. */
export interface PackedColumns {
  readonly data: Float32Array;
  readonly offsets: Float32Array;
  readonly inner: number;
  readonly columns: number;
}

/** Multiplies a matrix, row by row, with a packed one; adds the offsets and clips. Nearly all of the work. */
export type Multiply = (
  left: Float32Array,
  rows: number,
  right: PackedColumns,
  low: number,
  high: number,
) => Float32Array;

const PAGE = 65_536;

/** @param matrix row by row, with a column for each offset */
export function packColumns(matrix: Float32Array, offsets: Float32Array): PackedColumns {
  const columns = offsets.length;
  const inner = matrix.length / columns;
  const width = upTo(columns, COLUMNS);
  const data = new Float32Array(width * inner);
  for (let column = 0; column < columns; column++) {
    const block = column - (column % COLUMNS);
    for (let row = 0; row < inner; row++) {
      data[block * inner + row * COLUMNS + (column % COLUMNS)] =
        matrix[row * columns + column] ?? 0;
    }
  }
  const padded = new Float32Array(width);
  padded.set(offsets);
  return { data, offsets: padded, inner, columns };
}

export async function createMultiply(): Promise<Multiply> {
  const { memory, multiply } = await createKernel();
  return (left, rows, { data, offsets, inner, columns }, low, high) => {
    const height = upTo(rows, ROWS);
    const width = offsets.length;
    const rightAt = height * inner * 4;
    const offsetsAt = rightAt + data.length * 4;
    const productAt = offsetsAt + width * 4;
    const end = productAt + height * width * 4;
    const lacking = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (lacking > 0) memory.grow(lacking);

    new Float32Array(memory.buffer, 0, left.length).set(left);
    new Float32Array(memory.buffer, rightAt, data.length).set(data);
    new Float32Array(memory.buffer, offsetsAt, width).set(offsets);
    multiply(0, rightAt, offsetsAt, productAt, height, inner, width / COLUMNS, low, high);
    const product = new Float32Array(memory.buffer, productAt, rows * width);
    return width === columns ? product.slice() : narrow(product, rows, width, columns);
  };
}

/** Leaves out the columns that only fill up a block. */
function narrow(matrix: Float32Array, rows: number, width: number, columns: number): Float32Array {
  const narrowed = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    narrowed.set(matrix.subarray(row * width, row * width + columns), row * columns);
  }
  return narrowed;
}

function upTo(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
