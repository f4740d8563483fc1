export { parseS3Location, type S3Location } from './location.js';
export { openS3Stores, type S3Stores, type S3StoresOptions } from './stores.js';
export { openS3Tools, type S3Tools, type S3ToolsOptions } from './tools.js';
