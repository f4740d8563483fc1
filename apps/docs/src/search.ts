import MiniSearch, { type SearchResult } from 'minisearch';

/** A part of a page between two headings, as build.mjs writes it. */
interface Part {
  /** Its address. */
  readonly id: string;
  readonly page: string;
  /** Empty for the beginning of a page. */
  readonly heading: string;
  readonly text: string;
}

const MAX_RESULTS = 20;
/** Characters of an excerpt before the first match, and in all. */
const BEFORE = 50;
const EXCERPT = 170;

let index: Promise<MiniSearch<Part>> | undefined;
let isConnected = false;

/** Opens the search. @param address of the parts, which are loaded once */
export function openSearch(address: string): void {
  const dialog = document.querySelector<HTMLDialogElement>('dialog.search');
  const input = dialog?.querySelector('input');
  if (!dialog || !input || dialog.open) return;
  dialog.showModal();
  input.select();
  if (!isConnected) connect(dialog, input, address);
  isConnected = true;
  void show(dialog, input.value, address);
}

/** Loads the parts once, and again after a failure. */
function indexOf(address: string): Promise<MiniSearch<Part>> {
  index ??= load(address).catch((error: unknown) => {
    index = undefined;
    throw error;
  });
  return index;
}

async function load(address: string): Promise<MiniSearch<Part>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the search index: ${response.status}`);
  const search = new MiniSearch<Part>({
    fields: ['page', 'heading', 'text'],
    storeFields: ['page', 'heading', 'text'],
    searchOptions: {
      boost: { page: 3, heading: 4 },
      prefix: true,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      combineWith: 'AND',
    },
  });
  await search.addAllAsync(await response.json());
  return search;
}

function connect(dialog: HTMLDialogElement, input: HTMLInputElement, address: string): void {
  input.addEventListener('input', () => void show(dialog, input.value, address));
  dialog.addEventListener('click', ({ target }) => {
    // The backdrop, or a heading of this page.
    if (target === dialog || (target instanceof Element && target.closest('a'))) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    const links = [...dialog.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === 'ArrowDown') links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === 'ArrowUp') (links[at - 1] ?? input).focus();
    else if (event.key === 'Enter' && document.activeElement === input) links[0]?.click();
    else return;
    event.preventDefault();
  });
}

async function show(dialog: HTMLDialogElement, query: string, address: string): Promise<void> {
  const status = dialog.querySelector('.search-status');
  const list = dialog.querySelector('.search-results');
  if (!status || !list) return;
  try {
    const results = (await indexOf(address)).search(query).slice(0, MAX_RESULTS);
    // Another text was typed meanwhile.
    if (dialog.querySelector('input')?.value !== query) return;
    list.replaceChildren(...results.map(itemOf));
    status.textContent = query.trim() === '' ? '' : statusOf(results.length);
  } catch {
    status.textContent = 'The search could not be loaded. Try again.';
  }
}

function statusOf(count: number): string {
  if (count === 0) return 'Nothing found';
  return count === MAX_RESULTS ? `The best ${count} results` : `${count} results`;
}

function itemOf({ id, page, heading, text, terms }: SearchResult): HTMLElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = id;
  const title = document.createElement('span');
  title.className = 'result-title';
  title.textContent = heading === '' ? page : `${page} › ${heading}`;
  const excerpt = document.createElement('span');
  excerpt.className = 'result-text';
  excerpt.append(...marked(excerptOf(text, terms), terms));
  link.append(title, excerpt);
  item.append(link);
  return item;
}

function excerptOf(text: string, terms: readonly string[]): string {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const start = Math.max(0, Math.min(...places, text.length) - BEFORE);
  const from = places.length === 0 || start === 0 ? 0 : text.indexOf(' ', start) + 1;
  const part = text.slice(from, from + EXCERPT);
  return `${from > 0 ? '… ' : ''}${part}${from + EXCERPT < text.length ? ' …' : ''}`;
}

/** The text with its matches in `<mark>`. */
function marked(text: string, terms: readonly string[]): (string | HTMLElement)[] {
  const pattern = terms.map((term) => term.replace(/[^\p{L}\p{N}]/gu, '\\$&')).join('|');
  if (pattern === '') return [text];
  return text.split(new RegExp(`(${pattern})`, 'gi')).map((piece, at) => {
    if (at % 2 === 0) return piece;
    const mark = document.createElement('mark');
    mark.textContent = piece;
    return mark;
  });
}
