export { parseS3Location, type S3Location } from './location.js';
export { openS3Stores, type S3Stores, type S3StoresOptions } from './stores.js';
