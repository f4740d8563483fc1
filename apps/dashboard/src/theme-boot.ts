// A classic script that runs before the first paint. It cannot import or export: see vite.config.ts.
// shell/theme.ts writes the value that is read here.
try {
  const chosen = localStorage.getItem('aura-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
} catch {
  // Storage is disabled: the system's theme applies.
}
