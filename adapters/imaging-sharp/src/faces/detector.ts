import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type ConvolutionOptions,
  convolution,
  depthwise,
  type Features,
  type Layer,
} from './layers.js';
import { createMultiply, type Multiply } from './multiply.js';

/** A face: its box in fractions of the square, and its score from 0 to 1. */
export interface Face {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

/** @param square RGB pixels, {@link SIDE} by {@link SIDE} */
export type Detector = (square: Uint8Array) => Face[];

/** Side of the network's input in pixels. */
export const SIDE = 512;

/** Layer pairs with a stride of 2. */
const HALVING = new Set([2, 4, 6, 12]);
const PAIRS = 13;
/** The pair whose output predicts small faces. */
const EARLY_PAIR = 11;
const EPSILON = 0.001;
/** Numbers of an anchor (top, left, bottom, right) or of an encoded box ({@link decode}). */
const BOX = 4;
/** Classes of a prediction: background, face, and one that is unused. */
const [CLASSES, FACE] = [3, 1];

/**
 * The network SSD MobileNet v1, trained on the public data set WIDER FACE.
 *
 * @param minScore least score of a face, 0 to 1
 */
export async function createDetector(minScore: number): Promise<Detector> {
  const weights = await readWeights('ssd_mobilenetv1_model');
  const model = { weights, multiply: await createMultiply() };
  const first = pointwise(model, 'MobilenetV1/Conv2d_0', { kernel: 3, stride: 2 });
  const pairs = Array.from({ length: PAIRS }, (_, index) => pair(model, index + 1));
  const last = Array.from({ length: 8 }, (_, index) =>
    pointwise(model, `Prediction/Conv2d_${index}`, index % 2 ? { kernel: 3, stride: 2 } : {}),
  );
  const heads = Array.from({ length: 6 }, (_, index) => head(model, index));
  const anchors = weights('Output/extra_dim');

  return (square) => {
    let features = first(normalise(square));
    const seen: Features[] = [];
    for (const [index, layer] of pairs.entries()) {
      features = layer(features);
      if (index + 1 === EARLY_PAIR || index + 1 === PAIRS) seen.push(features);
    }
    for (const [index, layer] of last.entries()) {
      features = layer(features);
      if (index % 2) seen.push(features);
    }
    const found: Face[] = [];
    let anchor = 0;
    for (const [index, { boxes, classes }] of heads.entries()) {
      const input = seen[index];
      if (input === undefined) throw new Error('the model has more heads than features');
      const [box, logits] = [boxes(input).data, classes(input).data];
      for (let i = 0; i * BOX < box.length; i++, anchor++) {
        const score = 1 / (1 + Math.exp(-(logits[i * CLASSES + FACE] ?? 0)));
        if (score < minScore) continue;
        found.push({ ...decode(box.subarray(i * BOX), anchors.subarray(anchor * BOX)), score });
      }
    }
    return found;
  };
}

function normalise(square: Uint8Array): Features {
  const data = new Float32Array(square.length);
  for (let i = 0; i < square.length; i++) data[i] = (square[i] ?? 0) / 127.5 - 1;
  return { data, side: SIDE, channels: 3 };
}

interface Model {
  readonly weights: Weights;
  readonly multiply: Multiply;
}

function pointwise(model: Model, name: string, options?: ConvolutionOptions): Layer {
  const { weights, multiply } = model;
  const layer = `${name}_pointwise`;
  const offsets = weights(`${layer}/convolution_bn_offset`);
  return convolution(multiply, weights(`${layer}/weights`), offsets, options);
}

/** A depthwise layer, with batch normalisation folded into weights and offsets, and a pointwise layer. */
function pair(model: Model, index: number): Layer {
  const { weights } = model;
  const name = `MobilenetV1/Conv2d_${index}`;
  const norm = (part: string) => weights(`${name}_depthwise/BatchNorm/${part}`);
  const [beta, mean, variance] = [norm('beta'), norm('moving_mean'), norm('moving_variance')];
  const scales = norm('gamma').map((gamma, i) => gamma / Math.sqrt((variance[i] ?? 0) + EPSILON));
  const offsets = beta.map((offset, i) => offset - (mean[i] ?? 0) * (scales[i] ?? 0));
  const kernel = weights(`${name}_depthwise/depthwise_weights`).map(
    (weight, i) => weight * (scales[i % scales.length] ?? 0),
  );
  const each = depthwise(kernel, offsets, HALVING.has(index) ? 2 : 1);
  const all = pointwise(model, name);
  return (input) => all(each(input));
}

function head({ weights, multiply }: Model, index: number): { boxes: Layer; classes: Layer } {
  const layer = (part: string) => {
    const name = `Prediction/BoxPredictor_${index}/${part}Predictor`;
    const offsets = weights(`${name}/biases`);
    return convolution(multiply, weights(`${name}/weights`), offsets, { clip: false });
  };
  return { boxes: layer('BoxEncoding'), classes: layer('Class') };
}

/** Decodes a box relative to its anchor: the centre in tenths, the size as an exponent of e. */
function decode(box: Float32Array, anchor: Float32Array): Omit<Face, 'score'> {
  const [y = 0, x = 0, tall = 0, wide = 0] = box;
  const [top = 0, left = 0, bottom = 0, right = 0] = anchor;
  const height = (bottom - top) * Math.exp(tall / 5);
  const width = (right - left) * Math.exp(wide / 5);
  const centreY = (top + bottom) / 2 + (y / 10) * (bottom - top);
  const centreX = (left + right) / 2 + (x / 10) * (right - left);
  return { left: centreX - width / 2, top: centreY - height / 2, width, height };
}

/** Weights by layer name. */
type Weights = (name: string) => Float32Array;

/** The TensorFlow.js manifest of a model. */
interface Manifest {
  readonly paths: readonly string[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    /** Present when each number is one byte. */
    readonly quantization?: { readonly scale: number; readonly min: number };
  }[];
}

/** Reads a model file of `@vladmandic/face-api`, without loading any code of that package. */
async function readWeights(model: string): Promise<Weights> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@vladmandic/face-api/package.json'));
  const path = join(folder, 'model', `${model}-weights_manifest.json`);
  const [manifest]: Manifest[] = JSON.parse(await readFile(path, 'utf8'));
  if (manifest === undefined) throw new Error(`the model ${model} has an empty manifest`);
  const bytes = await readFile(path.replace('-weights_manifest.json', '.bin'));
  const layers = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape, quantization } of manifest.weights) {
    const count = shape.reduce((product, side) => product * side, 1);
    const length = quantization === undefined ? count * 4 : count;
    const part = bytes.subarray(at, at + length);
    if (part.length < length) throw new Error(`the model ${model} is truncated`);
    layers.set(name, quantization === undefined ? floats(part) : dequantize(part, quantization));
    at += length;
  }
  return (name) => {
    const layer = layers.get(name);
    if (layer === undefined) throw new Error(`the model ${model} has no weights ${name}`);
    return layer;
  };
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function dequantize(
  bytes: Uint8Array,
  { scale, min }: { scale: number; min: number },
): Float32Array {
  const numbers = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) numbers[i] = (bytes[i] ?? 0) * scale + min;
  return numbers;
}
