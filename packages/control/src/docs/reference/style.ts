/** The reference page's style sheet: light and dark, from phone to wide screen. */
export const REFERENCE_CSS = `
:root {
  color-scheme: light dark;
  --text: #1c2330; --soft: #566072; --page: #ffffff; --panel: #f5f7fa; --line: #dde2ea;
  --link: #0b5cad; --code: #eef1f6; --get: #0b6b3a; --post: #0b5cad; --patch: #8a4b00; --delete: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e3e7ee; --soft: #a3adbd; --page: #11151c; --panel: #181e27; --line: #2c3543;
    --link: #7db8ff; --code: #212a36; --get: #6fd39b; --post: #7db8ff; --patch: #f2b155; --delete: #ff8f86;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: break-word;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
code {
  font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  background: var(--code); padding: 0.1em 0.35em; border-radius: 4px;
}
small { color: var(--soft); font-weight: 400; font-size: 0.8em; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.6rem; z-index: 2; background: var(--page); padding: 0.2rem 0.6rem; }
.bar {
  position: sticky; top: 0; z-index: 1; display: flex; justify-content: space-between; gap: 1rem;
  padding: 0.7rem 1.25rem; background: var(--page); border-bottom: 1px solid var(--line);
}
.bar a:first-child { margin-right: auto; color: inherit; font-weight: 650; text-decoration: none; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
main { padding: 1rem 1.25rem 6rem; min-width: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1rem 0; }
h2 { font-size: 1.4rem; margin: 0 0 0.5rem; }
h3 { font-size: 1.1rem; margin: 0 0 0.5rem; }
h4 { font-size: 0.95rem; margin: 1.25rem 0 0.4rem; }
p { margin: 0.5rem 0; max-width: 44rem; }
.group { margin-top: 3rem; padding-top: 2rem; border-top: 1px solid var(--line); }
.operation {
  margin-top: 1.25rem; padding: 1.1rem 1.25rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 10px;
}
:target { scroll-margin-top: 4rem; text-decoration: underline; text-decoration-thickness: 2px; }
h2 a, h3 a { color: inherit; text-decoration: none; }
h2 a:hover, h3 a:hover { text-decoration: underline; }
h2 a::after, h3 a::after { content: "#" / ""; color: var(--soft); padding-left: 0.4em; }
.address { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
.address code { background: none; padding: 0; font-size: 0.95em; }
.address var { color: var(--soft); font-style: normal; }
.method {
  display: inline-block; min-width: 4.2em; text-align: center; border: 1px solid currentColor;
  border-radius: 5px; font: 700 0.72rem/1.7 ui-monospace, Menlo, Consolas, monospace;
}
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--patch); }
.delete { color: var(--delete); }
.security, .place { color: var(--soft); font-size: 0.9rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.75rem 0.45rem 0; font-weight: 400; }
thead th { color: var(--soft); font-size: 0.8rem; }
tbody tr { border-top: 1px solid var(--line); }
.required, .place { display: block; font-size: 0.75rem; margin-top: 0.15rem; }
.required { color: var(--patch); }
.bound { color: var(--soft); font-size: 0.85em; }
.bound + .bound { margin-left: 0.6em; }
.errors { margin-top: 1.25rem; }
.errors summary, .contents summary { cursor: pointer; font-weight: 600; font-size: 0.95rem; }
.errors ul { list-style: none; margin: 0.5rem 0 0; padding: 0; font-size: 0.9rem; }
.errors li { padding: 0.25rem 0; }
.status { color: var(--soft); font-variant-numeric: tabular-nums; margin-right: 0.4rem; }
dt { margin-top: 1rem; font-weight: 600; }
dd { margin: 0.2rem 0 0; max-width: 44rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: 0.2rem 0; color: var(--soft); text-decoration: none; font-size: 0.9rem; }
nav a:hover { color: var(--text); text-decoration: underline; }
nav .tag { margin-top: 0.9rem; color: var(--text); font-weight: 600; }
.contents { margin: 1rem 1.25rem 0; padding: 0.6rem 1rem; border: 1px solid var(--line); border-radius: 10px; }
.side { display: none; }
@media (max-width: 40rem) {
  thead { display: none; }
  tbody, tr, th, td { display: block; padding-right: 0; }
  tbody th { padding-bottom: 0; } td { padding-top: 0.15rem; padding-bottom: 0.15rem; }
  tbody tr { padding: 0.35rem 0; }
  .required, .place { display: inline; margin-left: 0.5rem; }
  .operation { padding: 1rem; }
}
@media (min-width: 64rem) {
  .columns { grid-template-columns: 16rem minmax(0, 1fr); }
  .contents { display: none; }
  .side {
    display: block; position: sticky; top: 3.2rem; align-self: start; max-height: calc(100vh - 3.2rem);
    overflow-y: auto; padding: 1.5rem 0.5rem 3rem 1.25rem;
  }
  main { padding-left: 2rem; }
}
`;
