interface ErrorEntry {
  /** HTTP status (RFC 9110, RFC 6585, RFC 4918). */
  readonly status: number;
  /** Default for the response's `message`. */
  readonly message: string;
}

/**
 * Every error response of the server. The key is the stable code in the `X-Aura-Error` header.
 * `docs/reference/errors.md` explains each, and `npm run check` compares the two.
 */
export const ERRORS = {
  signed_token_required: { status: 403, message: 'Signed token required for private image' },
  serve_token_invalid: { status: 403, message: 'Invalid or expired signature' },
  image_not_found: { status: 404, message: 'Image not found' },
  route_not_found: { status: 404, message: 'No route matches this path' },
  method_not_allowed: { status: 405, message: 'This method is not allowed for this path' },
  transform_malformed: { status: 400, message: 'A transform parameter is malformed' },
  transform_not_allowed: {
    status: 403,
    message: 'Without a token, the project allows transforms by presets only',
  },
  transform_not_supported: {
    status: 501,
    message: 'This server cannot make the image in this form',
  },
  encode_limit: {
    status: 429,
    message: 'The time for processing images is used up: wait, then try again',
  },
  engine_busy: { status: 503, message: 'The server is busy encoding other images: try again' },
  variant_unavailable: {
    status: 503,
    message: 'The image cannot be made in this form at the moment: try again',
  },
  watermark_missing: {
    status: 404,
    message: "The preset's watermark is not a public image of the project any more",
  },
  client_gone: { status: 499, message: 'The client disconnected before the response was ready' },
  range_not_satisfiable: { status: 416, message: 'The range starts past the end of the image' },

  upload_token_required: { status: 401, message: 'Send the upload token in X-Aura-Signature' },
  upload_token_invalid: { status: 401, message: 'Invalid or expired upload token' },
  origin_not_allowed: { status: 403, message: 'This origin may not upload to the project' },
  rate_limited: { status: 429, message: 'Too many uploads: wait, then try again' },
  quota_exceeded: { status: 402, message: "The project's storage quota is used up" },
  name_taken: { status: 409, message: 'Another image of the project has this name' },
  name_reserved: {
    status: 409,
    message: 'The first folder of the name is the name of a preset of the project',
  },
  too_many_uploads: { status: 503, message: 'The server is busy with other uploads: try again' },
  draining: { status: 503, message: 'The server is shutting down: try again' },
  multipart_required: { status: 400, message: 'Send the file as multipart/form-data' },
  multipart_malformed: { status: 400, message: 'The multipart body is malformed' },
  file_missing: { status: 400, message: 'The form has no part named "file"' },
  file_repeated: { status: 400, message: 'The form has more than one file' },
  body_too_large: { status: 413, message: 'The file is larger than the token allows' },
  type_not_allowed: { status: 415, message: "The file's type is not allowed" },
  image_not_decodable: { status: 422, message: 'The file is not an image that can be decoded' },
  image_kind_not_supported: {
    status: 415,
    message: 'This kind of image file is not supported',
  },
  metadata_not_removable: {
    status: 422,
    message: 'The metadata of this image cannot be removed: ask for a format with fmt',
  },
  image_too_large: { status: 422, message: 'The image has too many pixels or frames' },
  image_too_slow: { status: 422, message: 'The image takes too long to decode' },
  body_timeout: { status: 408, message: 'The request did not arrive in time' },
  body_too_slow: { status: 408, message: 'The body arrives too slowly: try again' },
  body_incomplete: { status: 400, message: 'The body ended before it was complete' },
  storage_full: { status: 507, message: 'The server has no space left to store the image' },
  storage_unavailable: { status: 503, message: 'Storage is unavailable: try again' },

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
    message:
      'Send one of { "visibility": "public" }, { "visibility": "private" }, { "name": … }, { "metadata": { … } } and { "focus": … }',
  },
  secret_key_required: { status: 401, message: 'Sign in, or send a secret key as bearer token' },
  secret_key_invalid: {
    status: 401,
    message: 'The key, token or session is unknown, revoked or expired',
  },
  project_forbidden: { status: 403, message: 'The credentials give no access to this project' },
  member_not_found: { status: 404, message: 'The project has no such member' },
  member_exists: { status: 409, message: 'The person is a member of the project already' },
  member_limit: { status: 409, message: 'The project has 100 members and open invitations' },
  only_owner: { status: 409, message: 'The project would have no owner' },
  role_forbidden: { status: 403, message: 'Your role in the project does not allow this' },
  page_malformed: { status: 400, message: 'The cursor or limit is malformed' },

  json_required: { status: 415, message: 'Send the body as application/json' },
  json_malformed: { status: 400, message: 'The body is not valid JSON' },
  json_too_large: { status: 413, message: 'The body is larger than 64 KB' },
  field_invalid: { status: 400, message: 'A field of the request is missing or malformed' },
  sign_in_required: { status: 401, message: 'Sign in, or send a bearer token' },
  credential_invalid: {
    status: 401,
    message: 'The session or token is unknown, revoked or expired',
  },
  cli_token_expired: {
    status: 401,
    message: 'The CLI token has expired: run aura login again',
  },
  cross_site_request: { status: 403, message: 'Requests from other sites are not accepted' },
  admin_required: { status: 403, message: 'Only an administrator may do this' },
  person_not_found: { status: 404, message: 'There is no person with this id' },
  last_admin: {
    status: 409,
    message: 'This is the last administrator: make somebody else one first',
  },
  only_owner_of_projects: {
    status: 409,
    message: 'This person is the only owner of projects',
  },
  sign_in_failed: { status: 401, message: 'The email or the password is wrong' },
  provider_unavailable: {
    status: 503,
    message: 'The sign-in provider does not answer as it should: try again',
  },
  provider_refused: { status: 403, message: 'The sign-in provider refused' },
  provider_email_unverified: {
    status: 403,
    message: 'The sign-in provider has not verified the email',
  },
  provider_email_differs: {
    status: 403,
    message: 'The email at the sign-in provider is another one than here',
  },
  provider_person_unknown: {
    status: 403,
    message: 'This person has no account here, and no invitation',
  },
  provider_not_connected: {
    status: 403,
    message: 'The account with this email is not connected with this account at the provider',
  },
  sign_in_expired: { status: 401, message: 'The sign-in has expired: start again' },
  second_factor_wrong: { status: 403, message: 'The code is wrong, was used or has expired' },
  second_factor_locked: {
    status: 403,
    message: 'Too many wrong codes in a row: use a backup code',
  },
  second_factor_on: { status: 409, message: 'The second factor is already on' },
  second_factor_off: { status: 409, message: 'The second factor is off' },
  second_factor_unprepared: {
    status: 409,
    message: 'There is no secret to confirm, or it has expired: start again',
  },
  too_many_attempts: { status: 429, message: 'Too many attempts: wait, then try again' },
  sign_in_busy: { status: 503, message: 'Too many people sign in right now: try again' },
  email_invalid: { status: 400, message: 'This is not an email address' },
  email_taken: { status: 409, message: 'An account with this email already exists' },
  password_weak: { status: 400, message: 'A password must have 12 to 128 characters' },
  password_wrong: { status: 403, message: 'The current password is wrong' },
  invitation_invalid: { status: 404, message: 'This link is invalid, was used or has expired' },
  reset_link_invalid: {
    status: 404,
    message: 'This link to set a new password is invalid, was used or has expired',
  },
  invitation_not_found: { status: 404, message: 'There is no open invitation with this id' },
  session_not_found: { status: 404, message: 'There is no session with this id' },
  cli_token_not_found: { status: 404, message: 'There is no token with this id' },
  device_code_not_found: { status: 404, message: 'This code is unknown or has expired' },
  authorization_pending: { status: 400, message: 'The request has not been answered yet' },
  slow_down: { status: 400, message: 'Poll less often' },
  access_denied: { status: 400, message: 'The request was denied' },
  expired_token: { status: 400, message: 'The request has expired: start again' },

  project_not_found: { status: 404, message: 'There is no such project' },
  project_name_invalid: {
    status: 400,
    message: 'A project name must be 2 to 40 of a-z, 0-9 and "-", and not a reserved word',
  },
  project_name_taken: { status: 409, message: 'A project with this name already exists' },
  project_limit: { status: 409, message: 'An account can have at most 100 projects' },
  origin_malformed: {
    status: 400,
    message: 'Send at most 50 origins, each with scheme and host, such as https://app.example',
  },
  confirmation_wrong: { status: 400, message: "Send the project's name to confirm" },
  deletion_not_found: { status: 404, message: 'There is no deletion with this id' },
  secret_key_limit: { status: 409, message: 'A project can have at most ten active secret keys' },
  secret_key_not_found: { status: 404, message: 'There is no active secret key with this id' },
  preset_malformed: { status: 400, message: "The preset's name or transform is malformed" },
  preset_not_found: { status: 404, message: 'The project has no preset with this name' },
  preset_limit: { status: 409, message: 'A project can have at most 100 presets' },
  preset_name_taken: { status: 409, message: 'A folder of images has the name of the preset' },
  watermark_not_found: {
    status: 400,
    message: 'The watermark is not a public image of the project',
  },
  recipient_limit: {
    status: 409,
    message:
      'A project can have at most 10,000 revoked recipients at a time: rotate the serve secret to end all links',
  },
  webhook_not_found: { status: 404, message: 'The project has no webhook with this id' },
  webhook_limit: { status: 409, message: 'A project can have at most 10 webhooks' },
  webhook_url_refused: { status: 422, message: 'The URL of the webhook is not allowed' },
  webhook_disabled: { status: 409, message: 'The webhook is disabled: enable it first' },
  delivery_not_found: { status: 404, message: 'The webhook has no delivery with this id' },
  listener_not_found: {
    status: 404,
    message: 'There is no listener with this id, or it has expired',
  },
  listener_limit: { status: 409, message: 'A project can have at most 10 listeners at a time' },
  listeners_busy: { status: 503, message: 'Too many listeners wait for events: try again' },
  grace_invalid: { status: 400, message: 'The grace period must be 0 to 604800 whole seconds' },

  request_malformed: { status: 400, message: 'The request is not valid HTTP' },
  host_unknown: { status: 421, message: 'This server does not serve this host' },
  headers_too_large: { status: 431, message: 'The request headers are too large' },
  uri_too_long: { status: 414, message: 'The URL is too long' },
  internal: { status: 500, message: 'Something went wrong on the server' },
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code: the value of `X-Aura-Error`. */
export type ErrorCode = keyof typeof ERRORS;

export interface CodedErrorOptions extends ErrorOptions {
  /** Whole seconds after which another try may succeed; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * An error with a code of the catalogue: the base of every error that the product throws on purpose.
 * The `message` is for the log; what a client reads is the catalogue's text.
 *
 * @example
 * throw new CodedError('storage_unavailable', 'the bucket does not answer', { retryAfterSeconds: 5 });
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly retryAfterSeconds: number | undefined;
  constructor(
    readonly code: ErrorCode,
    message: string = ERRORS[code].message,
    { cause, retryAfterSeconds }: CodedErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
