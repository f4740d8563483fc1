/** A matrix and an offset for each column, in the memory layout of the kernel. */
export interface PackedColumns {
  readonly data: Float32Array;
  readonly offsets: Float32Array;
  readonly inner: number;
  readonly columns: number;
}

/** Multiplies a row-major matrix with a packed one, adds the offsets and clips. Nearly all of the time. */
export type Multiply = (
  left: Float32Array,
  rows: number,
  right: PackedColumns,
  low: number,
  high: number,
) => Float32Array;

const PAGE = 65_536;

/** @param matrix row-major, with a column for each offset */
export function packColumns(matrix: Float32Array, offsets: Float32Array): PackedColumns {
  const columns = offsets.length;
  const inner = matrix.length / columns;
  const width = roundUp(columns, COLUMNS);
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
    const height = roundUp(rows, ROWS);
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
    return width === columns ? product.slice() : withoutPadding(product, rows, width, columns);
  };
}

/** Removes the padding columns. */
function withoutPadding(
  matrix: Float32Array,
  rows: number,
  width: number,
  columns: number,
): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    result.set(matrix.subarray(row * width, row * width + columns), row * columns);
  }
  return result;
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** Rows and columns of a tile: its 4 × 8 sums fit into vector registers. */
const ROWS = 4;
const COLUMNS = 8;

/** Works on matrices of 32-bit floats in its own memory. Addresses are byte offsets in that memory. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  /**
   * Multiplies two matrices, adds an offset to each column, and clips the sums.
   *
   * @param left row-major
   * @param right blocks of {@link COLUMNS} columns, each row-major
   * @param product row-major
   * @param rows rows of `left`, a multiple of {@link ROWS}
   * @param inner columns of `left` and rows of `right`
   * @param blocks columns of `right`, divided by {@link COLUMNS}
   */
  readonly multiply: (
    left: number,
    right: number,
    offsets: number,
    product: number,
    rows: number,
    inner: number,
    blocks: number,
    low: number,
    high: number,
  ) => void;
}

// WebAssembly 2.0, §5.4. The module is assembled here, so that it is readable and needs no build tool.
const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
/** One byte: up to 63. */
const constant = (value: number) => [0x41, value];
const [ADD, SUBTRACT, MULTIPLY, LESS] = [[0x6a], [0x6b], [0x6c], [0x49]];
const load = (offset: number) => [0xfd, 0x00, 2, offset];
const LOAD_TO_ALL = [0xfd, 0x09, 2, 0];
const STORE = [0xfd, 0x0b, 2, 0];
const TO_ALL = [0xfd, 0x13];
const [PLUS, TIMES] = [
  [0xfd, 0xe4, 1],
  [0xfd, 0xe6, 1],
];
const [LESSER, GREATER] = [
  [0xfd, 0xe8, 1],
  [0xfd, 0xe9, 1],
];
/** Repeats a body for as long as it leaves a number behind that is not zero. */
const loop = (...body: number[][]) => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];
const add = (local: number, ...value: number[][]) => [
  ...get(local),
  ...value.flat(),
  ...ADD,
  ...set(local),
];

// Locals: the parameters first.
const [LEFT, RIGHT, OFFSETS, PRODUCT, LEFT_ROWS, INNER, BLOCKS, LOW, HIGH] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];
const [STRIDE, TWICE, THRICE, FROM, END, TO, ROW, COLUMN] = [9, 10, 11, 12, 13, 14, 15, 16];
const NUMBERS = 8;
const [FIRST, SECOND, VALUE, SUMS] = [17, 18, 19, 20];
const VECTORS = 3 + ROWS * 2;

const eachRow = (make: (row: number, sum: number) => number[][]) =>
  Array.from({ length: ROWS }, (_, row) => make(row, SUMS + row * 2).flat()).flat();

/** Offsets between the rows of a tile. */
const AHEAD = [[], [INNER], [TWICE], [THRICE]].map((locals) =>
  locals.flatMap((local) => [...get(local), ...ADD]),
);

const begin = eachRow((_, sum) => [
  [...get(OFFSETS), ...load(0), ...set(sum)],
  [...get(OFFSETS), ...load(16), ...set(sum + 1)],
]);

const step = loop(
  [...get(COLUMN), ...load(0), ...set(FIRST), ...get(COLUMN), ...load(16), ...set(SECOND)],
  eachRow((row, sum) => [
    [...get(FROM), ...(AHEAD[row] ?? []), ...LOAD_TO_ALL, ...set(VALUE)],
    [...get(VALUE), ...get(FIRST), ...TIMES, ...get(sum), ...PLUS, ...set(sum)],
    [...get(VALUE), ...get(SECOND), ...TIMES, ...get(sum + 1), ...PLUS, ...set(sum + 1)],
  ]),
  add(COLUMN, constant(COLUMNS * 4)),
  add(FROM, constant(4)),
  [...get(FROM), ...get(END), ...LESS],
);

const clip = [...get(LOW), ...TO_ALL, ...GREATER, ...get(HIGH), ...TO_ALL, ...LESSER];
const end = eachRow((_, sum) => [
  [...get(TO), ...get(sum), ...clip, ...STORE],
  [...get(TO), ...constant(16), ...ADD, ...get(sum + 1), ...clip, ...STORE],
  add(TO, get(STRIDE)),
]);

const block = loop(
  [...get(LEFT), ...set(FROM), ...get(PRODUCT), ...set(TO), ...get(LEFT_ROWS), ...set(ROW)],
  loop(
    begin,
    [...get(RIGHT), ...set(COLUMN), ...get(FROM), ...get(INNER), ...ADD, ...set(END)],
    step,
    end,
    add(FROM, get(THRICE)),
    [...get(ROW), ...constant(ROWS), ...SUBTRACT, ...set(ROW), ...get(ROW)],
  ),
  [...get(COLUMN), ...set(RIGHT)],
  add(OFFSETS, constant(COLUMNS * 4)),
  add(PRODUCT, constant(COLUMNS * 4)),
  [...get(BLOCKS), ...constant(1), ...SUBTRACT, ...set(BLOCKS), ...get(BLOCKS)],
);

const code = [
  ...[...get(BLOCKS), ...constant(COLUMNS * 4), ...MULTIPLY, ...set(STRIDE)],
  ...[...get(INNER), ...constant(4), ...MULTIPLY, ...set(INNER)],
  ...[...get(INNER), ...get(INNER), ...ADD, ...set(TWICE)],
  ...[...get(TWICE), ...get(INNER), ...ADD, ...set(THRICE)],
  ...block,
  0x0b,
];

/** LEB128. */
const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
const sized = (bytes: readonly number[]) => [...leb(bytes.length), ...bytes];
const named = (name: string) => sized([...Buffer.from(name)]);
const section = (id: number, content: readonly number[]) => [id, ...sized(content)];

const parameters = [...Array.from({ length: 7 }, () => I32), F32, F32];
const MODULE = [
  ...[...Buffer.from('\0asm'), 1, 0, 0, 0],
  ...section(1, [1, 0x60, ...sized(parameters), 0]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, 1]),
  ...section(7, [2, ...named('memory'), 2, 0, ...named('multiply'), 0, 0]),
  ...section(10, [1, ...sized([2, NUMBERS, I32, VECTORS, V128, ...code])]),
];

/** Rejects when the processor has no 128-bit SIMD. */
async function createKernel(): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(MODULE));
  return instance.exports as unknown as Kernel;
}
