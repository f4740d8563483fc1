import { createApiClient } from '@auraimage/client';

/** The API of the server that served this page; the browser sends the session cookie. */
export const api = createApiClient({ baseUrl: '' });
