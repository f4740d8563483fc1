interface ErrorEntry {
  /** HTTP status (RFC 9110, RFC 6585, RFC 4918). */
  readonly status: number;
  /** Default text of the response's `message`. */
  readonly message: string;
}

/**
 * Every error that the edge answers with. The name is the stable code in the `X-Aura-Error` header;
 * `docs/errors.md` explains each, and a check keeps the two the same.
 */
export const ERRORS = {
  signed_token_required: { status: 403, message: 'Signed token required for private image' },
  serve_token_invalid: { status: 403, message: 'Invalid or expired signature' },
  image_not_found: { status: 404, message: 'Image not found' },
  route_not_found: { status: 404, message: 'Nothing is served at this address' },
  method_not_allowed: { status: 405, message: 'This address does not answer that method' },
  transform_malformed: { status: 400, message: 'A transform parameter is malformed' },
  variant_limit: { status: 429, message: 'Too many different variants of this image' },
  encode_limit: { status: 429, message: 'Too many new variants: wait, then try again' },
  engine_busy: { status: 503, message: 'The server is busy making other images: try again' },
  client_gone: { status: 499, message: 'The client went away before the answer was ready' },
  range_not_satisfiable: { status: 416, message: 'The range starts past the end of the image' },

  upload_token_required: { status: 401, message: 'Send the upload token in X-Aura-Signature' },
  upload_token_invalid: { status: 401, message: 'Invalid or expired upload token' },
  origin_not_allowed: { status: 403, message: 'This origin may not upload to the project' },
  rate_limited: { status: 429, message: 'Too many uploads: wait, then try again' },
  quota_exceeded: { status: 402, message: "The project's storage quota is used up" },
  too_many_uploads: { status: 503, message: 'The server is busy with other uploads: try again' },
  draining: { status: 503, message: 'The server is shutting down: try again' },
  multipart_required: { status: 400, message: 'Send the file as multipart/form-data' },
  multipart_malformed: { status: 400, message: 'The multipart body is malformed' },
  file_missing: { status: 400, message: 'The form has no part named "file"' },
  file_repeated: { status: 400, message: 'The form has more than one file' },
  body_too_large: { status: 413, message: 'The file is larger than the token allows' },
  type_not_allowed: { status: 415, message: "The file's type is not allowed" },
  image_not_decodable: { status: 422, message: 'The file is not an image that can be decoded' },
  image_too_large: { status: 422, message: 'The image has too many pixels or frames' },
  body_timeout: { status: 408, message: 'The request did not arrive in time' },
  body_incomplete: { status: 400, message: 'The body ended before it was complete' },
  storage_full: { status: 507, message: 'The server has no room to store the image' },
  storage_unavailable: { status: 503, message: 'The image store does not answer: try again' },

  visibility_token_required: {
    status: 401,
    message: 'Send a visibility token in X-Aura-Signature, or a secret key as bearer token',
  },
  visibility_token_invalid: { status: 401, message: 'Invalid or expired visibility token' },
  visibility_token_scope: {
    status: 403,
    message: 'The token does not allow this change to this image',
  },
  visibility_malformed: {
    status: 400,
    message: 'Send { "visibility": "public" } or { "visibility": "private" }',
  },
  secret_key_required: { status: 401, message: 'Send a secret key as bearer token' },
  secret_key_invalid: { status: 401, message: 'The secret key is not known' },
  project_forbidden: { status: 403, message: 'The secret key does not open this project' },
  page_malformed: { status: 400, message: 'The cursor or limit is malformed' },

  request_malformed: { status: 400, message: 'The request is not valid HTTP' },
  headers_too_large: { status: 431, message: "The request's header fields are too large" },
  uri_too_long: { status: 414, message: 'The address is too long' },
  internal: { status: 500, message: 'Something went wrong on the server' },
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code: the value of `X-Aura-Error`. */
export type ErrorCode = keyof typeof ERRORS;
