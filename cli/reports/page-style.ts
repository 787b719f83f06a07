/** The style sheet of pages; light or dark as the reader's system says. */
export const pageStyle = `
:root {
  --page: #f4f5f8; --card: #ffffff; --text: #1b2130; --muted: #566073; --line: #d9dee7; --strong-line: #b6bfcd; --faint: #e9ecf2;
  --accent: #2463d1; --front: #c2410c; --point: #6c83ad; --good: #17703b; --bad: #b42318; --warn: #8a5a00; --stripe: #f8f9fb; --shadow: 0 1px 2px #1b213012, 0 4px 14px #1b21300a;
  --scale-1: #d5dceb; --scale-2: #a9bde3; --scale-3: #6f95d8; --scale-4: #3568bd; --scale-5: #123a80;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11141a; --card: #191e27; --text: #e5e9f0; --muted: #a0aabb; --line: #2c3441; --strong-line: #4a5566; --faint: #262d38;
    --accent: #7aa8ff; --front: #ff9a5c; --point: #7f97c2; --good: #66cc8e; --bad: #ff8f83; --warn: #e6b655; --stripe: #1d232d; --shadow: none;
    --scale-1: #37445c; --scale-2: #4a679b; --scale-3: #6690d6; --scale-4: #9bbdf7; --scale-5: #dbe8ff;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 16px; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 24px 20px 64px; }
.back { max-width: 1360px; margin: 14px auto -14px; padding: 0 20px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 0; line-height: 1.35; } h3 { font-size: 14.5px; margin: 16px 0 6px; } h4 { font-size: 13px; margin: 12px 0 4px; color: var(--muted); font-weight: 600; overflow-wrap: anywhere; }
p { margin: 6px 0 10px; overflow-wrap: anywhere; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.muted { color: var(--muted); } .bad { color: var(--bad); } .bad:empty, .muted:empty { display: none; }
.hash { font-size: 12.5px; margin: 0 0 4px; }
.titles { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.phase { border-radius: 999px; padding: 1px 10px; font-size: 12.5px; font-weight: 600; border: 1px solid currentColor; color: var(--accent); white-space: nowrap; }
.phase.finished, .phase.scored { color: var(--good); } .phase.failed { color: var(--bad); }
.phase.cancelled, .phase.paused, .phase.stopped, .phase.infeasible { color: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 16px 0 12px; }
.tile, .panel, .steering, .filter-bar { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.tile { padding: 11px 16px 12px; min-width: 0; }
.tile b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.tile span { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 10px 0; font-size: 13.5px; }
.filter-bar, .steering { padding: 10px 16px; margin: 14px 0; }
.filter-bar p, .steering p { margin: 6px 0 0; }
.chips { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; font-size: 13px; } .chips:not(:empty) { margin-top: 8px; }
.panels { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; grid-auto-flow: dense; }
.panel { padding: 16px 18px; min-width: 0; } .panel.wide { grid-column: 1 / -1; }
.panel-head { display: flex; justify-content: space-between; align-items: flex-start; gap: 12px; margin-bottom: 4px; }
.caption { color: var(--muted); font-size: 13px; margin: 0 0 10px; max-width: 95ch; }
.choices { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin: 0 0 8px; font-size: 13.5px; } .choices:empty { display: none; }
.filter-bar .choices, .steering .choices { margin: 0; }
.choice { display: inline-flex; align-items: center; gap: 6px; min-width: 0; max-width: 100%; } .choice > span { color: var(--muted); white-space: nowrap; } .choice.grow { flex: 1 1 260px; }
select, input { font: inherit; font-size: 13.5px; color: var(--text); background: var(--card); border: 1px solid var(--strong-line); border-radius: 7px; padding: 3px 8px; min-width: 0; max-width: 100%; }
.choice select { max-width: min(22em, 100%); text-overflow: ellipsis; } .choice.grow input { width: 100%; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
input::placeholder { color: var(--muted); opacity: 1; }
button { font: inherit; font-size: 13.5px; color: var(--text); background: var(--stripe); border: 1px solid var(--strong-line); border-radius: 7px; padding: 3px 12px; cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--accent); color: var(--accent); }
button.quiet { background: none; border-color: transparent; color: var(--accent); padding: 3px 6px; } button.quiet:hover { text-decoration: underline; }
button.danger { color: var(--bad); } button.danger:hover { border-color: var(--bad); color: var(--bad); }
button.link { background: none; border: 0; padding: 0; color: var(--accent); font-size: inherit; } button.link:hover { text-decoration: underline; }
button.chip { border-radius: 999px; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12.5px; white-space: normal; overflow-wrap: anywhere; text-align: left; }
.amount { display: inline-flex; gap: 6px; align-items: center; } .amount > span { color: var(--muted); } .amount input[type="number"] { width: 6.5em; }
.chart { width: 100%; border-radius: 6px; } .chart[role="img"]:focus-visible { outline-offset: 4px; }
.tip { max-width: 300px; white-space: normal; overflow-wrap: anywhere; line-height: 1.4; } .tip b { display: block; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--muted); margin: 6px 0 8px; }
.key.front { color: var(--front); } .key.point { color: var(--muted); } .key.bad { color: var(--bad); }
.key i { display: inline-block; width: 20px; border-top: 2px solid; vertical-align: middle; margin-right: 6px; } .dash-1 { border-top-style: dashed !important; } .dash-2 { border-top-style: dotted !important; } .dash-3 { border-top-style: double !important; border-top-width: 3px !important; }
#progress { display: flex; flex-direction: column; } #progress .chart { flex: 1 1 auto; height: auto !important; min-height: 360px; }
.as-table { margin-top: 10px; }
.scroll { overflow: auto; max-height: 420px; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13px; }
th, td { padding: 5px 11px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child td { border-bottom: 0; }
thead th { position: sticky; top: 0; background: var(--card); white-space: nowrap; z-index: 1; border-bottom-color: var(--strong-line); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.virtual tbody tr:not(.gap) { height: 32px; cursor: pointer; } table.virtual tbody tr:not(.gap):hover td { background: var(--faint); }
table.virtual td { white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis; } table.virtual .gap td { padding: 0; border: 0; }
thead button { all: unset; cursor: pointer; font-weight: 600; } thead button:focus-visible { outline: 2px solid var(--accent); border-radius: 3px; }
th[aria-sort="ascending"] button::after { content: " ▲"; font-size: 9px; } th[aria-sort="descending"] button::after { content: " ▼"; font-size: 9px; }
.facts { margin: 0 0 8px; max-width: 640px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 0; font-size: 13.5px; }
.facts > div { display: flex; justify-content: space-between; gap: 16px; padding: 3px 0; border-bottom: 1px solid var(--faint); } .facts > div:last-child { border-bottom: 0; }
.facts dt { color: var(--muted); overflow-wrap: anywhere; } .facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; min-width: 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); gap: 4px 36px; } .columns > div { min-width: 0; max-width: 560px; } .columns h3:first-child { margin-top: 4px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px 24px; align-items: start; } .pair > :only-child { grid-column: 1 / -1; }
.drawing { overflow: auto; max-height: 620px; background: #fff; border: 1px solid var(--line); border-radius: 8px; text-align: center; margin: 8px 0; } .drawing img { max-width: 100%; height: auto; display: inline-block; }
.accelerator { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: flex-start; margin: 8px 0; } .accelerator > div { flex: 1 1 220px; min-width: 0; } .accelerator svg { max-width: 100%; flex: none; }
.policy { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 2px 28px; margin: 4px 0 14px; } .policy > div { min-width: 0; }
.share { display: grid; grid-template-columns: minmax(0, 1fr) 84px 54px; gap: 8px; align-items: center; font-size: 13px; } .share .number { text-align: right; font-variant-numeric: tabular-nums; } .share-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.share-bar { display: inline-block; width: 84px; height: 8px; border-radius: 4px; background: var(--faint); overflow: hidden; vertical-align: middle; } .share-bar i { display: block; height: 100%; background: var(--accent); }
.icicle { overflow: hidden; } .icicle svg { display: block; } .icicle .box { cursor: pointer; } .icicle .box:hover rect { stroke: var(--front); stroke-width: 1.5; }
details > summary { cursor: pointer; padding: 3px 0; overflow-wrap: anywhere; } ul.plain { margin: 4px 0; padding-left: 18px; overflow-wrap: anywhere; }
pre { overflow: auto; max-height: 420px; background: var(--stripe); border: 1px solid var(--line); border-radius: 8px; padding: 12px; font-size: 12.5px; margin: 6px 0; }
dialog { color: var(--text); background: var(--card); border: 1px solid var(--line); } dialog::backdrop { background: #0006; }
.drawer { position: fixed; inset: 0 0 0 auto; width: min(560px, 100vw); height: 100dvh; max-height: none; margin: 0; padding: 18px 20px 40px; border-width: 0 0 0 1px; overflow: auto; }
.drawer-head { display: flex; gap: 12px; align-items: center; margin-bottom: 8px; } .drawer-head h2 { flex: 1; overflow-wrap: anywhere; min-width: 0; }
.form-dialog { border-radius: 12px; padding: 18px 20px; width: min(520px, calc(100vw - 32px)); } .fields { display: grid; gap: 6px; margin: 8px 0 12px; max-height: 55vh; overflow: auto; padding: 2px; }
.field { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.2fr); gap: 10px; align-items: center; font-size: 13.5px; } .field > span { overflow-wrap: anywhere; }
.searches { list-style: none; margin: 14px 0; padding: 0; display: grid; gap: 10px; }
.searches li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 18px; box-shadow: var(--shadow); min-width: 0; }
.search-name { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; } .search-name a { font-weight: 600; font-size: 16px; overflow-wrap: anywhere; } .tag { font-size: 12px; color: var(--muted); border: 1px solid var(--line); border-radius: 6px; padding: 0 6px; overflow-wrap: anywhere; }
.search-facts { display: grid; grid-template-columns: minmax(150px, 1fr) minmax(190px, 1fr) minmax(0, 1.4fr) minmax(210px, auto); gap: 2px 18px; margin-top: 4px; font-size: 13.5px; font-variant-numeric: tabular-nums; } .search-facts > span { min-width: 0; overflow-wrap: anywhere; } .search-facts .share-bar { margin-left: 8px; }
.empty { padding: 32px; text-align: center; color: var(--muted); border: 1px dashed var(--strong-line); border-radius: 12px; }
footer { color: var(--muted); font-size: 13px; margin-top: 24px; }
@media (max-width: 900px) { .panels, .pair { grid-template-columns: minmax(0, 1fr); } .search-facts { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 520px) { main { padding: 16px 12px 48px; } .panel { padding: 14px 12px; } .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; } .search-facts { grid-template-columns: minmax(0, 1fr); } h1 { font-size: 22px; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --page: #fff; --card: #fff; --text: #000; --muted: #444; --line: #ccc; --strong-line: #999; --shadow: none; }
  nav, .filter-bar, .steering, .choices button, .panel-head button, .back { display: none !important; } main { max-width: none; padding: 0; }
  .panel { break-inside: avoid; border-radius: 0; } .panels { display: block; } .scroll, .drawing, pre { max-height: none !important; overflow: visible; } table.virtual td { white-space: normal; }
}
`;
