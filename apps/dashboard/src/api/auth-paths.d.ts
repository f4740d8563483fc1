import type * as T from './types.js';

interface Json<Body> {
  content: { 'application/json': Body };
}
interface Empty {
  content: never;
}

export interface AuthPaths {
  '/v1/auth/me': { get: { responses: { 200: Json<T.Me> } } };
  '/v1/auth/sign-in': {
    post: {
      requestBody: Json<{ email: string; password: string }>;
      responses: { 200: Json<T.Me> };
    };
  };
  '/v1/auth/sign-out': { post: { responses: { 204: Empty } } };
  '/v1/auth/invitations/check': {
    post: { requestBody: Json<{ token: string }>; responses: { 200: Json<T.LinkFacts> } };
  };
  '/v1/auth/invitations/accept': {
    post: {
      requestBody: Json<{ token: string; email: string; password: string; name?: string }>;
      responses: { 201: Json<T.Me> };
    };
  };
  '/v1/auth/invitations': {
    get: { responses: { 200: Json<{ invitations: T.Invitation[] }> } };
    post: { requestBody: Json<{ email?: string }>; responses: { 201: Json<T.NewInvitation> } };
  };
  '/v1/auth/invitations/{id}': {
    delete: { parameters: { path: { id: string } }; responses: { 204: Empty } };
  };
  '/v1/auth/me/password': {
    post: {
      requestBody: Json<{ currentPassword: string; newPassword: string }>;
      responses: { 204: Empty };
    };
  };
  '/v1/auth/sessions': { get: { responses: { 200: Json<{ sessions: T.Session[] }> } } };
  '/v1/auth/sessions/{id}': {
    delete: { parameters: { path: { id: string } }; responses: { 204: Empty } };
  };
  '/v1/auth/cli-tokens': { get: { responses: { 200: Json<{ tokens: T.CliToken[] }> } } };
  '/v1/auth/cli-tokens/{id}': {
    delete: { parameters: { path: { id: string } }; responses: { 204: Empty } };
  };
  '/v1/auth/device/lookup': {
    post: { requestBody: Json<{ userCode: string }>; responses: { 200: Json<T.DeviceRequest> } };
  };
  '/v1/auth/device/approve': {
    post: { requestBody: Json<{ userCode: string }>; responses: { 204: Empty } };
  };
  '/v1/auth/device/deny': {
    post: { requestBody: Json<{ userCode: string }>; responses: { 204: Empty } };
  };
}
