import type { ControlApp, ControlOptions } from '../context.js';
import { describeApi, type OpenApiDocument } from './document.js';
import { PAGE_POLICY, referencePage } from './reference/page.js';
import { REFERENCE_CSS } from './reference/style.js';
import type { DocumentView } from './reference/view.js';

/** The API's description, for machines and for people. Registered last: it describes the others. */
export function docsRoutes(app: ControlApp, options: ControlOptions): void {
  let described: OpenApiDocument | undefined;
  const document = () => {
    described ??= describeApi(app, options); // at the first wish: it takes a while
    return described;
  };

  app.get('/openapi.json', (c) => c.json(document()));
  app.get('/docs/api', (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    return c.html(referencePage(document() as unknown as DocumentView));
  });
  app.get('/docs/api.css', (c) => c.body(REFERENCE_CSS, 200, { 'Content-Type': 'text/css' }));
}
