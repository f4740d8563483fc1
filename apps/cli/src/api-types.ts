// Answers of the control API, as far as `aura` reads them: see /openapi.json of a server.

export type Visibility = 'public' | 'private';

export interface Me {
  readonly email: string;
  readonly name: string | null;
  readonly role: 'admin' | 'member';
  readonly credential: 'session' | 'cli_token';
}

export interface Project {
  readonly id: string;
  readonly projectName: string;
  readonly usedBytes?: number;
  readonly images?: number;
}

/** RFC 8628 §3.2. */
export interface DeviceCode {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly interval: number;
}

export interface DeviceToken {
  readonly token: string;
  readonly email: string;
}

export interface SecretKey {
  readonly id: string;
  readonly secret: string;
}

export interface Image {
  readonly url: string;
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly size: number;
  readonly visibility: Visibility;
  readonly sha256: string;
  readonly uploadedAt: string;
  readonly linksRevokedAt: string | null;
}

/** The 201 of an upload. */
export type Uploaded = Pick<
  Image,
  'url' | 'key' | 'width' | 'height' | 'format' | 'size' | 'visibility'
>;

export interface ImagePage {
  readonly images: readonly Image[];
  readonly cursor: string | null;
}

export interface SignedUrls {
  readonly expiresAt: string;
  readonly urls: readonly { readonly key: string; readonly url: string }[];
}

export interface AuditPage {
  readonly entries: readonly { readonly at: string; readonly action: string }[];
}

export interface LinkDiagnosis {
  readonly project: string | null;
  readonly key: string | null;
  readonly verdict: string;
  readonly explanation: string;
  /** Of the token, as far as it can be read; `exp` and `iat` in Unix seconds. */
  readonly claims: {
    readonly p?: unknown;
    readonly f?: unknown;
    readonly exp?: unknown;
    readonly iat?: unknown;
  } | null;
  readonly serverTime: string;
}
