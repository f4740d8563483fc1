import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Numbers of a layer by the name that its trainers gave it. */
export type Weights = (name: string) => Float32Array;

/** The manifest beside a model's file, as TensorFlow.js writes it. */
interface Manifest {
  readonly paths: readonly string[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    /** Present where a byte stands for each number. */
    readonly quantization?: { readonly scale: number; readonly min: number };
  }[];
}

/** Reads a model that `@vladmandic/face-api` ships; of all that package's code, nothing is loaded. */
export async function readWeights(model: string): Promise<Weights> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@vladmandic/face-api/package.json'));
  const path = join(folder, 'model', `${model}-weights_manifest.json`);
  const [manifest]: Manifest[] = JSON.parse(await readFile(path, 'utf8'));
  if (manifest === undefined) throw new Error(`The model ${model} has an empty manifest`);
  const bytes = await readFile(path.replace('-weights_manifest.json', '.bin'));
  const layers = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape, quantization } of manifest.weights) {
    const count = shape.reduce((product, side) => product * side, 1);
    const length = quantization === undefined ? count * 4 : count;
    const part = bytes.subarray(at, at + length);
    if (part.length < length) throw new Error(`The model ${model} ends too early`);
    layers.set(name, quantization === undefined ? floats(part) : unpack(part, quantization));
    at += length;
  }
  return (name) => {
    const layer = layers.get(name);
    if (layer === undefined) throw new Error(`The model ${model} has no ${name}`);
    return layer;
  };
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function unpack(bytes: Uint8Array, { scale, min }: { scale: number; min: number }): Float32Array {
  const numbers = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) numbers[i] = (bytes[i] ?? 0) * scale + min;
  return numbers;
}
