/** Rows and columns of a product that are worked on together: 4 × 8 sums fit into vector registers. */
export const ROWS = 4;
export const COLUMNS = 8;

/** Works on matrices of 32-bit floats in its own memory; parameters that are places count its bytes. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  /**
   * Multiplies two matrices, adds an offset to each column, and clips the sums.
   *
   * @param left row by row
   * @param right {@link COLUMNS} columns after the other, each such block row by row
   * @param product row by row
   * @param rows of the left one, a multiple of {@link ROWS}
   * @param inner columns of the left one, rows of the right one
   * @param blocks columns of the right one by {@link COLUMNS}
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

// WebAssembly 2.0, §5.4. The module is put together here so that it needs no tool to build and can be read.
const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
/** Up to 63: one byte. */
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

/** How far the rows that are worked on together are apart. */
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

/** A number of unknown size, seven bits at a time. */
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

/** Rejects where the processor has no vector registers of 128 bits. */
export async function createKernel(): Promise<Kernel> {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(MODULE));
  return instance.exports as unknown as Kernel;
}
