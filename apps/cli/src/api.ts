import type {
  AuditPage,
  DeviceCode,
  DeviceToken,
  Image,
  ImagePage,
  LinkDiagnosis,
  Me,
  Project,
  SecretKey,
  SignedUrls,
  Uploaded,
  Visibility,
} from './api-types.js';
import { type RequestOptions, requestJson } from './http.js';
import type { Settings } from './settings.js';

/** Uploads of a folder meet the server's rate limit; it says when to go on. */
const UPLOAD_PATIENCE_MS = 5 * 60_000;
const UPLOAD_LIMIT_MS = 15 * 60_000;

export interface UploadRequest {
  readonly projectName: string;
  /** Bytes. */
  readonly maxSize: number;
  readonly allowedTypes: readonly string[];
  /** Seconds. */
  readonly expiresIn: number;
  readonly visibility: Visibility;
}

export interface ListQuery {
  readonly limit?: number;
  readonly cursor?: string;
  readonly q?: string;
  readonly visibility?: Visibility;
  readonly sha256?: string;
}

export type Api = ReturnType<typeof createApi>;

/** The control API, one method for each thing that `aura` asks of it. */
export function createApi(
  { apiUrl, cdnUrl }: Pick<Settings, 'apiUrl' | 'cdnUrl'>,
  token: string | undefined,
  signal: AbortSignal,
) {
  /** The answers are those of our own server: their shapes are believed. */
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<T> => {
    const headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const request = {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...options,
    };
    return (await requestJson(`${apiUrl}${path}`, 'AURA_API_URL', request, signal)) as T;
  };
  const image = (project: string, key: string) => `/v1/images/${project}/${key}`;
  return {
    deviceCode: (name: string) => call<DeviceCode>('POST', '/v1/auth/device/code', { name }),
    deviceToken: (device_code: string) =>
      call<DeviceToken>('POST', '/v1/auth/device/token', { device_code }, { patienceMs: 0 }),
    deviceCancel: (device_code: string) =>
      call<null>('POST', '/v1/auth/device/cancel', { device_code }, { patienceMs: 0 }),
    me: () => call<Me>('GET', '/v1/auth/me'),
    endToken: () => call<null>('DELETE', '/v1/auth/cli-tokens/me', undefined, { patienceMs: 0 }),
    projects: async () => (await call<{ projects: Project[] }>('GET', '/v1/projects')).projects,
    createProject: (projectName: string) => call<Project>('POST', '/v1/projects', { projectName }),
    createSecretKey: (project: string, name: string) =>
      call<SecretKey>('POST', `/v1/projects/${project}/secret-keys`, { name }),
    revokeSecretKey: (project: string, id: string) =>
      call<null>('DELETE', `/v1/projects/${project}/secret-keys/${encodeURIComponent(id)}`),
    serveSecret: async (project: string) =>
      (await call<{ secret: string }>('GET', `/v1/projects/${project}/serve-secret`)).secret,
    signUpload: async (request: UploadRequest) =>
      (await call<{ signature: string }>('POST', '/v1/sign', request)).signature,
    signUrls: (project: string, keys: readonly string[], expiresIn: number) =>
      call<SignedUrls>('POST', `/v1/projects/${project}/signed-urls`, { keys, expiresIn }),
    images: (project: string, query: ListQuery) =>
      call<ImagePage>('GET', `/v1/projects/${project}/images${search(query)}`),
    image: (project: string, key: string) => call<Image>('GET', image(project, key)),
    setVisibility: (project: string, key: string, visibility: Visibility) =>
      call<{ visibility: Visibility }>('PATCH', image(project, key), { visibility }),
    removeImage: (project: string, key: string) => call<null>('DELETE', image(project, key)),
    revokeLinks: (project: string, key: string) =>
      call<{ linksRevokedAt: string }>('POST', `${image(project, key)}/revoke-links`),
    /** The newest changes, newest first. */
    projectAudit: (project: string) =>
      call<AuditPage>('GET', `/v1/projects/${project}/audit?limit=100`),
    diagnoseLink: (url: string) => call<LinkDiagnosis>('POST', '/v1/auth/diagnose-link', { url }),
    /** To the CDN, which never sees the CLI token: the upload token opens nothing else. */
    upload: async (signature: string, file: Blob, filename: string) => {
      const body = new FormData();
      body.append('file', file, filename);
      const request = {
        method: 'POST',
        headers: { 'X-Aura-Signature': signature },
        body,
        limitMs: UPLOAD_LIMIT_MS,
        patienceMs: UPLOAD_PATIENCE_MS,
      };
      const url = `${cdnUrl}/v1/upload`;
      return (await requestJson(url, 'AURA_CDN_URL', request, signal)) as Uploaded;
    },
  };
}

function search(query: ListQuery): string {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}
