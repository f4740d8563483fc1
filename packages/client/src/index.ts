export { type ApiClient, type ApiClientOptions, createApiClient, unwrap } from './client.js';
export { ApiError, type ApiErrorDetails, toApiError } from './errors.js';
export type { ResponseBody, Schemas } from './types.js';
