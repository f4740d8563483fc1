import sharp from 'sharp';

/** Side of the compared windows, and the step between them, in pixels. */
const [PART, STEP] = [8, 4];
/** Constants that avoid a division by zero in flat parts (Wang et al., Image quality assessment, 2004). */
const [C1, C2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];

/**
 * How much two pictures look alike: the mean SSIM of their brightness. 1 is the same picture.
 *
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export async function likeness(a, b) {
  const [left, right] = [await unpack(a), await unpack(b)];
  const { width, height } = left.info;
  if (width !== right.info.width || height !== right.info.height) {
    throw new Error('pictures of other sizes cannot be compared');
  }
  let sum = 0;
  let parts = 0;
  for (let y = 0; y + PART <= height; y += STEP) {
    for (let x = 0; x + PART <= width; x += STEP) {
      sum += ssim(left.data, right.data, y * width + x, width);
      parts++;
    }
  }
  return sum / parts;
}

/** @param {Uint8Array} bytes */
function unpack(bytes) {
  return sharp(bytes).flatten().greyscale().raw().toBuffer({ resolveWithObject: true });
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @param {number} at
 * @param {number} row
 */
function ssim(a, b, at, row) {
  const count = PART * PART;
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let y = 0; y < PART; y++) {
    for (let x = 0; x < PART; x++) {
      const [p = 0, q = 0] = [a[at + y * row + x], b[at + y * row + x]];
      sumA += p;
      sumB += q;
      squaresA += p * p;
      squaresB += q * q;
      products += p * q;
    }
  }
  const [meanA, meanB] = [sumA / count, sumB / count];
  const varianceA = squaresA / count - meanA * meanA;
  const varianceB = squaresB / count - meanB * meanB;
  const covariance = products / count - meanA * meanB;
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) /
    ((meanA * meanA + meanB * meanB + C1) * (varianceA + varianceB + C2))
  );
}
