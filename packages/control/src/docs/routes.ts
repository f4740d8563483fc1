import type { ControlApp, ControlOptions } from '../context.js';
import { describeApi } from './document.js';

/** The API's description, for machines. Registered last: it describes the others. */
export function docsRoutes(app: ControlApp, options: ControlOptions): void {
  let text: string | undefined;
  app.get('/openapi.json', (c) => {
    text ??= JSON.stringify(describeApi(app, options)); // at the first wish: it takes a while
    return c.body(text, 200, { 'Content-Type': 'application/json' });
  });
}
