import { XMLParser } from 'fast-xml-parser';

/** An element: its children by name. */
type Element = Readonly<Record<string, unknown>>;

/** Elements that may occur any number of times. */
const LISTS = new Set(['Contents', 'Upload']);

const parser = new XMLParser({
  parseTagValue: false,
  ignoreDeclaration: true,
  isArray: (name) => LISTS.has(String(name)),
});

/** Children of a document's root; empty if the text is not XML with this root. */
export function readXml(text: string, root: string): Element {
  try {
    const document: unknown = parser.parse(text);
    return childOf(document, root) ?? {};
  } catch {
    return {};
  }
}

/** Text of a child; empty if there is none. */
export function textOf(element: Element, name: string): string {
  const value = element[name];
  return typeof value === 'string' ? value : '';
}

/** All children with a name that may occur any number of times. */
export function listOf(element: Element, name: string): readonly Element[] {
  const value = element[name];
  return Array.isArray(value) ? value.filter(isElement) : [];
}

function childOf(value: unknown, name: string): Element | null {
  const child = isElement(value) ? value[name] : null;
  return isElement(child) ? child : null;
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null;
}
