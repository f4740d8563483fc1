import { type Multiply, packColumns } from './multiply.js';

/** Features of a square picture: `channels` numbers per position, row-major. */
export interface Features {
  readonly data: Float32Array;
  readonly side: number;
  readonly channels: number;
}

export type Layer = (input: Features) => Features;

/** Upper bound of activations (ReLU6). */
const CEILING = 6;
const KERNEL = 3;

export interface ConvolutionOptions {
  readonly kernel?: 1 | 3;
  /** 2 only with a kernel of 3. */
  readonly stride?: 1 | 2;
  /** Whether sums are clipped to 0 and {@link CEILING}. */
  readonly clip?: boolean;
}

/**
 * A 1 × 1 or 3 × 3 convolution.
 *
 * @param weights by kernel position, input channel and output channel
 */
export function convolution(
  multiply: Multiply,
  weights: Float32Array,
  offsets: Float32Array,
  { kernel = 1, stride = 1, clip = true }: ConvolutionOptions = {},
): Layer {
  const channels = offsets.length;
  const matrix = packColumns(weights, offsets);
  const [low, high] = clip ? [0, CEILING] : [-Infinity, Infinity];
  return (input) => {
    const { data, side } = kernel === 1 ? input : gather(input, kernel, stride);
    return { data: multiply(data, side * side, matrix, low, high), side, channels };
  };
}

/** Copies the inputs of each kernel position side by side (im2col): a convolution is then a matrix product. */
function gather({ data, side, channels }: Features, kernel: number, stride: number): Features {
  const out = Math.ceil(side / stride);
  const before = padding(side, kernel, stride);
  const width = kernel * kernel * channels;
  const gathered = new Float32Array(out * out * width);
  for (let row = 0, at = 0; row < out; row++) {
    for (let column = 0; column < out; column++) {
      for (let y = row * stride - before, i = 0; i < kernel; y++, i++) {
        for (let x = column * stride - before, j = 0; j < kernel; x++, j++, at += channels) {
          if (y < 0 || x < 0 || y >= side || x >= side) continue;
          const from = (y * side + x) * channels;
          gathered.set(data.subarray(from, from + channels), at);
        }
      }
    }
  }
  return { data: gathered, side: out, channels: width };
}

/** Padding before the first position, as TensorFlow's `SAME` defines it. */
function padding(side: number, kernel: number, stride: number): number {
  const out = Math.ceil(side / stride);
  return Math.max(0, (out - 1) * stride + kernel - side) >> 1;
}

/** A 3 × 3 depthwise convolution. */
export function depthwise(weights: Float32Array, offsets: Float32Array, stride: 1 | 2): Layer {
  return ({ data, side, channels }) => {
    const out = Math.ceil(side / stride);
    const before = padding(side, KERNEL, stride);
    const result = new Float32Array(out * out * channels);
    for (let row = 0, at = 0; row < out; row++) {
      for (let column = 0; column < out; column++, at += channels) {
        for (let channel = 0; channel < channels; channel++) {
          result[at + channel] = offsets[channel] ?? 0;
        }
        for (let i = 0; i < KERNEL * KERNEL; i++) {
          const x = column * stride - before + (i % KERNEL);
          const y = row * stride - before + Math.floor(i / KERNEL);
          if (y < 0 || x < 0 || y >= side || x >= side) continue;
          add(result, at, data, (y * side + x) * channels, weights, i * channels, channels);
        }
        for (let channel = at; channel < at + channels; channel++) {
          result[channel] = Math.min(CEILING, Math.max(0, result[channel] ?? 0));
        }
      }
    }
    return { data: result, side: out, channels };
  };
}

function add(
  sums: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  weights: Float32Array,
  start: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    sums[to + i] = (sums[to + i] ?? 0) + (values[from + i] ?? 0) * (weights[start + i] ?? 0);
  }
}
