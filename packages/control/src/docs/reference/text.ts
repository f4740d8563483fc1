import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** A text of the document, with code between backticks. */
export function inline(text: string): readonly Html[] {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** A text of one or more paragraphs. */
export function paragraphs(text: string | undefined): readonly Html[] {
  if (text === undefined) return [];
  return text.split('\n\n').map((paragraph) => html`<p>${inline(paragraph)}</p>`);
}

/** The fragment of a heading. */
export function anchorOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** A path: parameters are highlighted, and lines may break at slashes. */
export function address(path: string): readonly Html[] {
  return path
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{')
        ? html`<var>${part}</var>`
        : html`${part.split('/').map((step, index) => (index > 0 ? html`/<wbr>${step}` : step))}`,
    );
}
