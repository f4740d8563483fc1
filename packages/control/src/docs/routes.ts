import type { Route } from '@auraimage/http';
import {
  answer,
  answerJson,
  defineRawRoute,
  everyone,
  type OpenApiDocument,
} from '@auraimage/http';
import type { ControlOptions } from '../ports.js';
import { describeApi } from './document.js';
import { PAGE_POLICY, referencePage } from './reference/page.js';
import { REFERENCE_CSS } from './reference/style.js';
import type { DocumentView } from './reference/view.js';

/** The API as an OpenAPI document, and as a page. */
export function docsRoutes(options: ControlOptions): Route[] {
  let described: OpenApiDocument | undefined;
  const document = () => {
    described ??= describeApi(options); // at the first request, because it is slow
    return described;
  };
  const page = { method: 'GET', hosts: ['app'], access: everyone } as const;

  return [
    defineRawRoute({
      ...page,
      path: '/openapi.json',
      raw: ({ context }) => answerJson(context, 'owner', 200, document()),
    }),
    defineRawRoute({
      ...page,
      path: '/docs/api',
      raw: async ({ context }) =>
        answer(
          context,
          'owner',
          200,
          { 'Content-Type': 'text/html; charset=UTF-8', 'Content-Security-Policy': PAGE_POLICY },
          String(await referencePage(document() as unknown as DocumentView)),
        ),
    }),
    defineRawRoute({
      ...page,
      path: '/docs/api.css',
      raw: ({ context }) =>
        answer(context, 'owner', 200, { 'Content-Type': 'text/css' }, REFERENCE_CSS),
    }),
  ];
}
