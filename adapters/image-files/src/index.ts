export { readOrientation } from './exif.js';
export { isoBoxes } from './iso-boxes.js';
export { endOfScan, findMarker, isStandalone } from './jpeg-markers.js';
export { megapixels } from './megapixels.js';
export { PNG_SIGNATURE, pngChunks, writePngChunk } from './png-chunks.js';
export { removeMetadata } from './remove-metadata.js';
