import { ReceiveError } from '@auraimage/ports';

/** RFC 2046 §5.1.1: 1 to 70 of these characters, the last no space. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;
const PARAMETER = /;\s*boundary=(?:"([^"\\]*)"|([^\s;"]+))/gi;

/**
 * Checks a `Content-Type` and writes it anew with its boundary alone.
 *
 * @throws {ReceiveError} `multipart_required` for another type, `multipart_malformed` for a boundary
 *   that is missing, repeated or not of RFC 2046's form
 */
export function boundaryOf(contentType: string | null): string {
  if (contentType === null || !/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    throw new ReceiveError('multipart_required');
  }
  const [first, ...more] = contentType.matchAll(PARAMETER);
  const boundary = first?.[1] ?? first?.[2] ?? '';
  if (more.length > 0 || !BOUNDARY.test(boundary)) throw new ReceiveError('multipart_malformed');
  return `multipart/form-data; boundary="${boundary}"`;
}
