import { UploadError } from '@auraimage/sdk/client';

export interface UploadRules {
  /** As in `<input accept>`: types and extensions, separated by commas. */
  readonly accept: string;
  /** Bytes; the server's own limit holds as well. */
  readonly maxSize?: number | undefined;
}

/**
 * Why a file need not be sent at all, in the server's own codes; `null` for nothing. It spares waiting:
 * the server checks the bytes themselves.
 */
export function refusalOf(file: File, { accept, maxSize }: UploadRules): UploadError | null {
  if (!isAccepted(file, accept)) {
    const code = 'type_not_allowed';
    return new UploadError('rejected', "The file's type is not allowed", { code });
  }
  if (maxSize !== undefined && file.size > maxSize) {
    const code = 'body_too_large';
    return new UploadError('rejected', `The file is larger than ${maxSize} bytes`, { code });
  }
  return null;
}

/** What a file dialog would offer; a drop and a paste bring anything. */
function isAccepted(file: File, accept: string): boolean {
  const name = file.name.toLowerCase();
  const type = file.type.toLowerCase();
  const patterns = accept
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((pattern) => pattern !== '');
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => {
    if (pattern.startsWith('.')) return name.endsWith(pattern);
    // Browsers know no type for some image formats, such as HEIC on most systems.
    if (type === '') return pattern === 'image/*' && /\.(?:hei[cf]|avif|tiff?)$/.test(name);
    return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
  });
}
