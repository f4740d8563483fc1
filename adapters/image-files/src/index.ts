export { readOrientation } from './exif.js';
export { PNG_SIGNATURE, pngChunks, writePngChunk } from './png-chunks.js';
export { removeMetadata } from './remove-metadata.js';
