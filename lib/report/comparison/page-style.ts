import { COLOURS, FIGURES } from './figure-style.js';

/** Rows as blocks, each figure with its column's title before it: for a table that has no room for its columns. */
function stacked(table: string): string {
  const parts = ['', ' caption', ' tbody', ' tr', ' th', ' td'].map((part) => `${table}${part}`).join(', ');
  return `  ${parts} { display: block; width: 100%; padding-right: 0; }
  ${table} thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; white-space: nowrap; }
  ${table} tr { border-bottom: 1px solid var(--rule); padding: 8px 0; }
  ${table} tbody th, ${table} td { border: 0; padding: 2px 0; text-align: left; }
  ${table} tbody th, ${table} tbody td:last-child { min-width: 0; }
  ${table} tbody th { font-size: 15px; }
  ${table} td { display: flex; justify-content: space-between; gap: 16px; white-space: normal; }
  ${table} td::before { content: attr(data-title); color: var(--faint); flex: none; }
  ${table} td > span { text-align: right; min-width: 0; overflow-wrap: anywhere; }
  ${table} td:has(> span:empty) { display: none; }`;
}

/** Everything the page looks like. It stands in the page; nothing is fetched. */
export const PAGE_STYLE = `${COLOURS}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, 'DejaVu Sans', sans-serif; overflow-wrap: break-word; }
header, main, footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
footer { padding-top: 24px; padding-bottom: 40px; color: var(--faint); font-size: 14px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 21px; line-height: 1.3; margin: 40px 0 8px; }
h3 { font-size: 16px; margin: 20px 0 6px; }
p { margin: 0 0 10px; max-width: 76ch; }
.faint { color: var(--faint); font-size: 14px; }
.verdict { font-size: 19px; line-height: 1.45; border-left: 4px solid var(--accent); padding: 2px 0 2px 16px; margin: 18px 0 24px; }
.verdict p { margin: 0 0 6px; } .verdict p.faint { font-size: 15px; }
.notice { border: 2px solid var(--far); border-radius: 6px; padding: 8px 14px; margin: 14px 0; max-width: none; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 20px; font-size: 14px; }
caption { text-align: left; color: var(--faint); padding: 0 0 4px; }
th, td { text-align: left; vertical-align: top; padding: 6px 18px 6px 0; border-bottom: 1px solid var(--rule); font-variant-numeric: tabular-nums; }
thead th { color: var(--faint); font-weight: 600; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 600; }
th.number, td.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.summary { font-size: 15px; }
tbody th { min-width: 15ch; }
.summary tbody th { min-width: 23ch; }
.summary tbody td:last-child { min-width: 24ch; }
.summary thead th { white-space: normal; }
.summary thead th.number { min-width: 8ch; }
@media screen { .summary.dense { font-size: 13.5px; } .summary.dense th, .summary.dense td { padding-right: 10px; } .summary.dense tbody th { min-width: 18ch; } .summary.dense tbody td:last-child { min-width: 20ch; } .summary.dense thead th.number { min-width: 0; } }
.faster { color: var(--good); font-weight: 600; } .slower { color: var(--bad); font-weight: 600; } .failure { color: var(--bad); }
@media screen { .summary.prices { font-size: 12.5px; } .summary.prices th, .summary.prices td { padding-right: 8px; } }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 14px; font-weight: 600; margin: 0 0 4px; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 22px 28px; margin: 10px 0 4px; }
.panels figure { max-width: 420px; }
.panels.pair { grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 420px)); }
.panels .figure { width: 100%; }
section + section { border-top: 3px solid var(--rule); margin-top: 48px; }
.patterns { position: absolute; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 4px 0 10px; font-size: 14px; }
.legend svg { vertical-align: -1px; }
.narrow { display: none; }
pre { background: var(--raised); border-radius: 6px; padding: 10px 14px; margin: 4px 0 14px; font: 13px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
code { font: 0.92em ui-monospace, 'DejaVu Sans Mono', monospace; }
details { border-top: 1px solid var(--rule); padding: 10px 0; }
details + details { margin-top: 0; }
summary { cursor: pointer; font-weight: 600; }
summary h2, summary h3 { display: inline; margin: 0; font-size: 18px; }
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details > :nth-child(2) { margin-top: 12px; }
${FIGURES}
@media screen and (max-width: 720px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  h1 { font-size: 23px; }
  .verdict { font-size: 17px; padding-left: 12px; }
  .wide { display: none; }
  .narrow { display: block; }
  .narrow .figure, .panels .figure { width: 100%; }
  .panels figure { max-width: none; }
}
@media screen and (max-width: 1140px) {
  .summary, .summary.dense { font-size: 12.5px; }
  .summary th, .summary td { padding-right: 9px; }
  .summary tbody th, .summary tbody td:last-child, .summary thead th.number { min-width: 0; }
}
@media screen and (max-width: 1140px) {
${stacked('.prices')}
  .summary.prices { font-size: 15px; }
}
@media screen and (max-width: 940px) {
${stacked('.summary')}
  .summary, .summary.dense { font-size: 15px; }
}
@media screen and (max-width: 840px) {
${stacked('table')}
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 11pt; }
  header, main, footer { max-width: none; padding: 0; }
  h2, h3, summary, figcaption { break-after: avoid; }
  figure, tr, .verdict { break-inside: avoid; }
  table, .summary, .summary.dense { font-size: 8pt; }
  tbody th, .summary tbody th, .summary tbody td:last-child, .summary thead th.number { min-width: 0; }
  th, td { padding-right: 8px; }
  thead th { white-space: normal; }
  details::details-content { content-visibility: visible; display: block; }
}`;
