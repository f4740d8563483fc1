import { AuraImage } from '@auraimage/sdk';
import sharp from 'sharp';
import type { EnvBlock } from './provision.js';

const WIDTH = 1200;
const HEIGHT = 800;

/** Two addresses of one private image. */
export interface SampleLinks {
  /** Answers 403. */
  readonly unsigned: string;
  /** Answers 200 for an hour. */
  readonly signed: string;
}

/**
 * Uploads a private picture the way any developer's code does, and signs a link to it.
 *
 * @param localUrl where this machine reaches the server
 */
export async function uploadSample(block: EnvBlock, localUrl: string): Promise<SampleLinks> {
  const aura = new AuraImage(block);
  const token = await aura.signUpload({ visibility: 'private', expiresIn: 60 });
  const form = new FormData();
  const jpeg = await drawAurora();
  form.append(
    'file',
    new File([new Uint8Array(jpeg)], 'northern-lights.jpg', { type: 'image/jpeg' }),
  );
  const response = await fetch(`${localUrl}/v1/upload`, {
    method: 'POST',
    headers: { 'X-Aura-Signature': token },
    body: form,
  });
  if (!response.ok) throw new Error(`the sample upload was answered ${response.status}`);
  const { url, key } = (await response.json()) as { url: string; key: string };
  return { unsigned: url, signed: await aura.getSignedUrl(key) };
}

/** Northern lights over hills: bands of light as sums of sines, a picture that nobody had to license. */
function drawAurora(): Promise<Buffer> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [red, green, blue] = colourAt(x / WIDTH, y / HEIGHT);
      pixels.set([red, green, blue].map(toByte), (y * WIDTH + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 86, mozjpeg: true })
    .toBuffer();
}

function colourAt(x: number, y: number): [number, number, number] {
  const ridge = 0.8 + 0.05 * Math.sin(x * 9) + 0.02 * Math.sin(x * 31 + 1);
  if (y > ridge) return [0.02, 0.04, 0.07];
  const night = 0.1 + 0.18 * y;
  const high = curtain(x, y, 0.32, 5, 0);
  const low = curtain(x, y, 0.5, 7, 2);
  return [
    0.03 + 0.5 * high * high + night * 0.25,
    0.05 + 0.75 * low + 0.35 * high + night * 0.5,
    0.12 + 0.45 * high + 0.3 * low + night,
  ];
}

/** One band of light: sharp below, fading upwards, with rays along it. */
function curtain(x: number, y: number, base: number, waves: number, phase: number): number {
  const edge = base + 0.1 * Math.sin(x * waves + phase) + 0.03 * Math.sin(x * waves * 3.1);
  const height = edge - y;
  const fade = height > 0 ? Math.exp(-height * 5) : Math.exp(height * 40);
  return fade * (0.7 + 0.3 * Math.sin(x * 90 + Math.sin(x * 13) * 6));
}

function toByte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
