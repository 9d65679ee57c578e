#include "reporting/render.h"

namespace nmsw::reporting {

const char* page_style() {
  return R"css(:root {
  color-scheme: light dark;
  --ground: #ffffff; --card: #ffffff; --ink: #1c2330; --soft: #5b6676; --line: #d9dee6; --rule: #8a94a3;
  --stripe: #f5f7fa; --accent: #0b5cad; --best: #e3f1e6; --warn: #8a5a00; --warn-ground: #fdf3dc;
  --good: #1b6b35; --bad: #a3201d; --bad-ground: #fbe4e2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d; --card: #171c25; --ink: #e4e8ee; --soft: #9aa5b4; --line: #2b3340; --rule: #5b6676;
    --stripe: #1c222d; --accent: #7db8f2; --best: #1d3a2a; --warn: #f0c674; --warn-ground: #33290f;
    --good: #7fd49a; --bad: #ff9d94; --bad-ground: #3d1d1b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 4.8rem; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header {
  position: sticky; top: 0; z-index: 5; display: flex; gap: 1.6rem; align-items: center;
  padding: .55rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line);
}
a.brand { font-weight: 700; color: var(--ink); letter-spacing: .02em; }
nav { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .87rem; white-space: nowrap; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
main { max-width: 1480px; margin: 0 auto; padding: 1.6rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: .4rem 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .7rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .6rem; }
p { max-width: 80ch; margin: .5rem 0; }
.lead p { color: var(--soft); }
.lead p:first-of-type { color: var(--ink); }
.scroll { overflow: auto; max-height: 88vh; margin: .4rem 0 1rem; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: separate; border-spacing: 0; font-size: .83rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem .7rem; color: var(--soft); }
thead { position: sticky; top: 0; z-index: 2; }
thead th { background: var(--stripe); font-weight: 600; padding: .35rem .4rem; white-space: nowrap; }
thead tr:last-child th { border-bottom: 1.5px solid var(--rule); }
tr.groups th { text-align: center; padding-top: .5rem; }
tr.groups th:first-child { text-align: left; }
th.key { text-align: left; white-space: nowrap; }
tbody th.key { font-weight: 500; background: var(--card); }
th.value { text-align: right; }
td, tbody th { padding: .24rem .4rem; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr.block > * { border-top: 1.5px solid var(--rule); }
tbody tr:first-child > * { border-top: 0; }
td { text-align: right; white-space: nowrap; background: var(--card); }
tbody tr:hover > * { background: var(--stripe); }
th.edge, td.edge { border-left: 1px solid var(--line); }
th.paper, td.paper { color: var(--soft); font-weight: 400; text-align: right; padding-left: .3rem; }
td.paper.other { opacity: .5; font-style: italic; }
td.best { font-weight: 700; background: var(--best); }
td.second { text-decoration: underline; text-underline-offset: 3px; }
td.third { font-style: italic; }
td.missing { color: var(--soft); }
th.key.prose, td.prose { white-space: normal; text-align: left; min-width: 13rem; max-width: 30rem; vertical-align: top; }
tbody th.key.holds { color: var(--good); background: var(--best); font-weight: 600; }
tbody th.key.fails { color: var(--bad); background: var(--bad-ground); font-weight: 600; }
tbody th.key.undecided { color: var(--warn); background: var(--warn-ground); }
tbody th.key.no-data { color: var(--soft); font-style: italic; }
td.incomplete { color: var(--warn); background: var(--warn-ground); font-size: .8rem; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .5em; }
.notes { color: var(--soft); font-size: .83rem; margin: .2rem 0 1.4rem; padding-left: 1.1rem; max-width: 110ch; }
.notes li { margin: .12rem 0; }
.remark { color: var(--warn); background: var(--warn-ground); padding: .5rem .8rem; border-radius: 6px; width: fit-content; }
figure { margin: 1rem 0 1.8rem; }
.drawing { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: .6rem; overflow-x: auto; }
.drawing svg { display: block; margin: 0 auto; width: 100%; min-width: 34rem; height: auto; }
.drawing svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
figcaption { color: var(--soft); font-size: .86rem; margin-top: .5rem; max-width: 100ch; }
@media (max-width: 60rem) {
  html { scroll-padding-top: 1rem; }
  header { position: static; }
  main { padding: 1rem .8rem 3rem; }
}
@media print {
  header { display: none; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; max-height: none; border: 0; }
  table { font-size: 7.5pt; }
  td, tbody th, thead th { padding: 1.5pt 3pt; }
  thead { position: static; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
)css";
}

}  // namespace nmsw::reporting
