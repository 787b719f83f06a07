/** The style sheet of report pages; light or dark as the reader's system says. */
export const pageStyle = `
:root {
  --page: #f6f7f9; --card: #fff; --text: #1d2330; --muted: #626b7c; --line: #dfe3ea; --strong-line: #c3cad6;
  --accent: #2f6fde; --front: #d9480f; --point: #7d93b8; --good: #207a43; --bad: #b42318; --warn: #9a6700;
  --grid: #e8ebf0; --stripe: #f8f9fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1a1f28; --text: #e4e8ef; --muted: #98a2b3; --line: #2b323e; --strong-line: #414b5b;
    --accent: #74a5ff; --front: #ff9457; --point: #6f86ad; --good: #62c98a; --bad: #ff8a7e; --warn: #e2b04a;
    --grid: #262d38; --stripe: #1e242e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 14px; }
h3 { font-size: 15px; margin: 18px 0 8px; }
p { margin: 6px 0 12px; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 18px 0; }
header { margin-bottom: 18px; }
.titles { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 14px; }
.phase { border-radius: 999px; padding: 1px 11px; font-size: 13px; font-weight: 600; border: 1px solid currentColor; }
.phase.finished { color: var(--good); } .phase.failed { color: var(--bad); }
.phase.cancelled, .phase.paused { color: var(--warn); } .phase.open { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 14px; font-size: 14px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(142px, 1fr)); gap: 12px; margin: 18px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; min-width: 0; }
.tile b { display: block; font-size: 21px; line-height: 1.35; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tile { overflow: hidden; }
.tile span { color: var(--muted); font-size: 13px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 18px; }
.plots section { margin: 0; min-width: 0; }
.choices { display: flex; flex-wrap: wrap; gap: 8px 14px; margin-bottom: 10px; font-size: 14px; }
.choices label { display: flex; align-items: center; gap: 6px; color: var(--muted); }
select { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--strong-line); border-radius: 6px; padding: 2px 6px; max-width: 14em; }
.plot { position: relative; height: 340px; }
.history { margin: 4px 0 18px; } .history .plot { height: 220px; } .history .scroll { max-height: 260px; margin-top: 10px; }
.plot .tip { position: absolute; z-index: 10; pointer-events: none; max-width: 320px; padding: 6px 10px; border-radius: 6px;
  border: 1px solid var(--strong-line); background: var(--card); font-size: 12.5px; line-height: 1.4; overflow-wrap: anywhere; box-shadow: 0 2px 10px #0003; }
.plot .tip b { display: block; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--muted); margin-top: 6px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; }
.legend i.line { border-radius: 0; width: 16px; height: 0; border-top: 2px solid; vertical-align: middle; }
.scroll { overflow: auto; max-height: 560px; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13.5px; }
th, td { padding: 5px 11px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:nth-child(even) td { background: var(--stripe); }
tbody tr:last-child td { border-bottom: 0; }
thead th { position: sticky; top: 0; background: var(--card); white-space: nowrap; z-index: 1; border-bottom-color: var(--strong-line); }
tfoot td { font-weight: 600; border-top: 1px solid var(--strong-line); position: sticky; bottom: 0; background: var(--card); }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.facts { width: auto; max-width: 100%; } table.facts th { font-weight: 500; color: var(--muted); white-space: nowrap; }
table.facts td { overflow-wrap: anywhere; } table.facts tr:nth-child(even) td { background: none; }
table.facts tr:last-child th { border-bottom: 0; }
.sortable th button { all: unset; cursor: pointer; font-weight: 600; }
.sortable th button:focus-visible { outline: 2px solid var(--accent); border-radius: 3px; }
.sortable th[aria-sort="ascending"] button::after { content: " ▲"; font-size: 10px; }
.sortable th[aria-sort="descending"] button::after { content: " ▼"; font-size: 10px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 8px 28px; }
.columns > div { min-width: 0; }
details > summary { cursor: pointer; padding: 3px 0; overflow-wrap: anywhere; }
.tree details, .tree .leaf { margin-left: 18px; border-left: 1px solid var(--line); padding-left: 12px; }
.tree > details { margin-left: 0; border-left: 0; padding-left: 0; }
.tree .leaf { padding-top: 3px; padding-bottom: 3px; overflow-wrap: anywhere; }
.tree .value { font-variant-numeric: tabular-nums; }
.star { color: var(--front); }
.drawing { overflow: auto; max-height: 1100px; background: #fff; border: 1px solid var(--line); border-radius: 8px; text-align: center; }
.drawing img { max-width: 100%; height: auto; display: inline-block; }
.network { display: grid; align-items: start; grid-template-columns: minmax(240px, 1fr) minmax(min(100%, 420px), 2fr); gap: 20px; }
.network > div { min-width: 0; }
.policy { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 4px 24px; margin: 4px 0 14px; }
.policy > div { min-width: 0; } .policy meter { width: 110px; } .policy table.facts td, .policy table.facts th { border: 0; padding: 1px 8px 1px 0; }
h4 { font-size: 13.5px; margin: 8px 0 2px; overflow-wrap: anywhere; }
.bad { color: var(--bad); }
pre { overflow: auto; max-height: 420px; background: var(--stripe); border: 1px solid var(--line); border-radius: 8px; padding: 12px; font-size: 12.5px; }
footer { color: var(--muted); font-size: 13px; margin-top: 24px; }
@media (max-width: 800px) { .network { grid-template-columns: 1fr; } }
@media print { .scroll, .drawing, pre { max-height: none; } section { break-inside: avoid; } body { background: #fff; } }
`;
