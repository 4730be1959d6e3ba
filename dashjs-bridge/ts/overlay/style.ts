// The panel's style: light and dark, and a sheet at the foot of narrow windows. What is important stands above the page's
// own rules for whatever element. Colours of text have a contrast of 4.5
// or more on the ground of either.

export const SHEET = `
:host {
  all: initial; display: block !important; position: fixed !important; z-index: 2147483647 !important;
  inset: auto 12px 12px auto !important; inline-size: min(320px, calc(100vw - 24px)) !important; color-scheme: light dark;
  --ground: #ffffff; --ink: #1d1f21; --quiet: #5a5e63; --line: #dddbd5;
  --peers: #12906a; --seeder: #3867c8; --stored: #8a5cc2; --origin: #c9741a;
}
:host(.within) { position: absolute !important; inline-size: min(320px, calc(100% - 24px)) !important; }
@media (prefers-color-scheme: dark) {
  :host {
    --ground: #1a1d1f; --ink: #ececea; --quiet: #a5aaae; --line: #3a3f44;
    --peers: #3fc794; --seeder: #7aa2f2; --stored: #b494e6; --origin: #e8a251;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; font: inherit; color: inherit; }
section {
  font: 12px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; color: var(--ink); text-align: start;
  background: var(--ground); border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px 12px;
  box-shadow: 0 4px 18px #0003; max-block-size: calc(100vh - 24px); overflow: auto; overscroll-behavior: contain;
}
:host(.within) section { max-block-size: 80vh; }
:focus-visible { outline: 2px solid var(--seeder); outline-offset: 1px; }
header { display: flex; align-items: center; gap: 8px; }
h1 { font-size: 13px; font-weight: 650; }
.state { color: var(--quiet); flex: 1; }
button {
  font-size: 18px; line-height: 1; inline-size: 28px; block-size: 28px; margin: -4px -6px -4px 0; border: 0;
  border-radius: 6px; background: none; cursor: pointer;
}
button:hover { background: var(--line); }
.lead { margin-block: 2px 6px; color: var(--quiet); }
.offload { font-size: 22px; font-weight: 650; letter-spacing: -.02em; color: var(--ink); }
.bar { display: flex; gap: 2px; block-size: 8px; border-radius: 4px; overflow: hidden; background: var(--line); }
.bar i { flex: 0 0 0; min-inline-size: 0; }
.bar, i { forced-color-adjust: none; }
i.peers { background: var(--peers); } i.seeder { background: var(--seeder); }
i.stored { background: var(--stored); } i.origin { background: var(--origin); }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px 10px; margin-block-start: 8px; }
dl.sources { grid-template-columns: repeat(4, 1fr); }
dt { color: var(--quiet); font-size: 11px; }
dt i { display: inline-block; inline-size: 8px; block-size: 8px; border-radius: 2px; margin-inline-end: 5px; }
dd { font-weight: 600; white-space: nowrap; }
.note { color: var(--quiet); margin-block-start: 8px; }
h2 {
  margin-block: 8px 4px; padding-block-start: 8px; border-block-start: 1px solid var(--line); font-weight: 600;
}
table { inline-size: 100%; border-collapse: collapse; }
thead th { color: var(--quiet); font-size: 11px; }
th { text-align: start; font-weight: 400; white-space: nowrap; }
th.seeder { color: var(--seeder); font-weight: 600; }
td, th + th { text-align: end; white-space: nowrap; padding-inline-start: 8px; }
ol { list-style: none; }
li { display: flex; gap: 8px; overflow-wrap: anywhere; }
li.note { margin: 0; }
time { color: var(--quiet); flex: none; }
[hidden] { display: none; }
@media (max-width: 480px) {
  :host(:not(.within)) { inset: auto 0 0 !important; inline-size: auto !important; }
  :host(:not(.within)) section {
    border-radius: 10px 10px 0 0; border-inline: 0; border-block-end: 0; max-block-size: 45vh;
  }
  button { inline-size: 40px; block-size: 40px; margin: -8px -10px -8px 0; }
}
`;
