import { createApiClient } from '@auraimage/client';

export { unwrap as answerOf } from '@auraimage/client';

/** The API of the server that served this page, with the session's cookie. */
export const api = createApiClient({ baseUrl: '' });
