import { openSearch } from './search.js';

// What the pages do beyond links: search, the choice of light or dark, and copy buttons. Without it they can be read.

const THEMES = ['system', 'light', 'dark'] as const;
/** The dashboard's, whose script sets the theme before the first paint. */
const STORED_AS = 'aura-theme';
const COPIED_MS = 1500;

const root = document.documentElement;

const searchButton = document.querySelector<HTMLButtonElement>('.search-button');
if (searchButton !== null) {
  searchButton.hidden = false;
  const open = () => openSearch(searchButton.dataset['search'] ?? '');
  searchButton.addEventListener('click', open);
  addEventListener('keydown', (event) => {
    const { key, target } = event;
    const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select');
    const isCommand = key === 'k' && (event.metaKey || event.ctrlKey);
    const isSlash = key === '/' && !isTyping && !event.metaKey && !event.ctrlKey && !event.altKey;
    if (!isCommand && !isSlash) return;
    event.preventDefault();
    open();
  });
}

const themeButton = document.querySelector<HTMLButtonElement>('.theme-button');
if (themeButton !== null) {
  themeButton.hidden = false;
  themeButton.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length] ?? 'system';
    if (next === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = next;
    try {
      if (next === 'system') localStorage.removeItem(STORED_AS);
      else localStorage.setItem(STORED_AS, next);
    } catch {
      // Storage is disabled: the theme lasts until the page is closed.
    }
    nameTheme(themeButton);
  });
  nameTheme(themeButton);
}

function currentTheme(): (typeof THEMES)[number] {
  const theme = root.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function nameTheme(button: HTMLButtonElement): void {
  button.title = `Theme: ${currentTheme()}`;
  button.setAttribute('aria-label', button.title);
}

// Browsers have a clipboard on https and localhost only.
const blocks = 'clipboard' in navigator ? document.querySelectorAll('article pre') : [];
for (const block of blocks) {
  const frame = document.createElement('div');
  frame.className = 'code';
  block.replaceWith(frame);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.textContent.replace(/\n$/, ''));
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, COPIED_MS);
  });
  frame.append(block, button);
}

const side = document.querySelector('.side');
const current = side?.querySelector<HTMLElement>('[aria-current]');
if (side && current) side.scrollTop = current.offsetTop - side.clientHeight / 2;
