// A plain script that runs before the first paint: it may not import or export (see vite.config.ts).
// shell/theme.ts writes what is read here.
try {
  const chosen = localStorage.getItem('aura-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
} catch {
  // Storage is turned off: the system's choice stays.
}
