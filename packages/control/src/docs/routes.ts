import type { ControlApp, ControlOptions } from '../context.js';
import { describeApi } from './document.js';

/** The API's description, for machines. Registered last: it describes the others. */
export function docsRoutes(app: ControlApp, options: ControlOptions): void {
  const text = JSON.stringify(describeApi(app, options));
  app.get('/openapi.json', (c) => c.body(text, 200, { 'Content-Type': 'application/json' }));
}
