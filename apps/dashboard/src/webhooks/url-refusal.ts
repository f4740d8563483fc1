import { hasCode } from '../api/errors.js';
import { explainInOneLine } from '../ui/explain-error.js';

/** What the server found wrong with the URL of a webhook; `undefined` for another error and for none. */
export function urlRefusal(error: unknown): string | undefined {
  return hasCode(error, 'webhook_url_refused') ? explainInOneLine(error) : undefined;
}
