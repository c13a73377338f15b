"""How a report looks: inline, light or dark as the reader's system is, and on paper."""

from __future__ import annotations

from collections.abc import Sequence

_CLASSES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777")
"""Okabe & Ito 2008, as on the pages."""
COLOURS = len(_CLASSES)


def class_colours(classes: Sequence[str]) -> dict[str, str]:
    """The same colour for a class as on every page, because the order of a set's classes never changes."""
    return {label: _CLASSES[i % COLOURS] for i, label in enumerate(classes)}


STYLE = """
:root { color-scheme: light dark; --ink: #1a1c21; --soft: #555a64; --ground: #fff; --raised: #f4f5f7; --thin: #d5d8de;
  --training: #0072b2; --validation: #d98800; --baseline: #777; --right: #007a59; --wrong: #c04d00; --raw: #b0568a; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --soft: #aeb4bf; --ground: #15171b; --raised: #20242b;
  --thin: #3a404a; --training: #56b4e9; --validation: #e69f00; --baseline: #aaa; --right: #2fbf95; --wrong: #ff8a4c;
  --raw: #dd96bd; } }
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 0.3rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid var(--thin); }
h3 { font-size: 1.08rem; margin: 1.6rem 0 0.4rem; }
p, ul, ol, dl { margin: 0.5rem 0; }
a { color: var(--training); }
nav ol { columns: 13rem auto; padding-left: 1.4rem; }
.soft, figcaption + p, caption { color: var(--soft); }
.soft { font-size: 0.94rem; }
.lead { font-size: 1.12rem; }
.box { background: var(--raised); border-radius: 0.5rem; padding: 0.6rem 1rem; margin: 1rem 0; }
.box h3 { margin-top: 0.3rem; }
.box.warn { border-left: 0.3rem solid var(--wrong); }
.wide { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; font-size: 0.92rem; font-variant-numeric:
  tabular-nums; }
caption { text-align: left; padding-bottom: 0.3rem; }
th, td { text-align: left; vertical-align: top; padding: 0.28rem 0.55rem; border-bottom: 1px solid var(--thin); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
td { white-space: nowrap; } td:has(bdi) { white-space: normal; min-width: 7rem; } th bdi, td bdi { overflow-wrap:
  anywhere; }
tbody th { font-weight: 500; min-width: 7rem; }
.confusion { width: auto; }
.confusion td { text-align: center; min-width: 2.6rem; border: 1px solid var(--ground); }
.confusion thead th { text-align: center; min-width: 5rem; max-width: 7rem; } .confusion thead th:first-child {
  text-align: left; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; margin-bottom: 0.2rem; }
.pair { display: grid; gap: 1rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.pair > * { min-width: 0; }
svg.chart, svg.map { display: block; width: 100%; max-width: 34rem; height: auto; } svg.map { max-width: 46rem; }
svg.bar { display: block; width: 100%; min-width: 7rem; height: 1.4rem; overflow: visible; }
svg.sign { width: 1.2rem; height: 0.9rem; vertical-align: -0.1rem; overflow: visible; }
svg text { fill: var(--soft); font-size: 11.5px; font-family: inherit; }
svg text.name { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--ground); stroke-width: 3px; }
.grid { stroke: var(--thin); stroke-width: 1; }
.training { stroke: var(--training); stroke-width: 2; } .training circle { fill: var(--training); }
.validation { stroke: var(--validation); stroke-width: 2; } .validation > path:first-child, line.validation {
  stroke-dasharray: 6 4; } .validation path + path { fill: var(--validation); }
.baseline { stroke: var(--baseline); stroke-width: 2; stroke-dasharray: 1.5 4; stroke-linecap: round; fill: none; }
.kept { stroke: var(--soft); stroke-width: 1; }
.range { stroke: var(--training); stroke-width: 3; stroke-linecap: round; } .value { fill: var(--training); }
.teach { fill: var(--training); } .judge { fill: var(--validation); } .rest { fill: var(--baseline); }
.raw { stroke: var(--raw); stroke-width: 1.6; } .corrected { stroke: var(--right); stroke-width: 1.6; fill:
  var(--right); }
.open { fill: var(--ground); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-size: 0.9rem; color: var(--soft); margin: 0.3rem 0; }
details { margin: 0.4rem 0; } summary { cursor: pointer; color: var(--training); }
.gallery { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fill, minmax(7.2rem, 1fr)); padding: 0;
  list-style: none; font-size: 0.86rem; line-height: 1.35; }
.gallery img { display: block; width: 100%; height: auto; border-radius: 0.3rem; background: #fff; }
.texts { list-style: none; padding: 0; } .texts li { margin: 0.7rem 0; }
blockquote { margin: 0 0 0.2rem; padding: 0.3rem 0.8rem; border-left: 0.25rem solid var(--thin); white-space:
  pre-wrap; }
code, pre { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: 0.88rem; }
.flag { white-space: nowrap; }
pre { background: var(--raised); border-radius: 0.4rem; padding: 0.7rem; white-space: pre-wrap; }
dt { font-weight: 600; } dd { margin: 0 0 0.5rem; }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 2px solid var(--training); outline-offset: 2px; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --ground: #fff; --raised: #f4f5f7; --thin: #ccc;
    --training: #0072b2; --validation: #d98800; --baseline: #777; --right: #007a59; --wrong: #c04d00; --raw: #b0568a; }
  @page { margin: 16mm 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; } a { color: inherit; text-decoration: none; }
  h2, h3, h3 + p, figcaption, caption, thead { break-after: avoid; }
  figure, tr, .gallery li, .texts li, .box, pre { break-inside: avoid; }
  .wide { overflow: visible; } svg.chart { max-width: 11cm; } svg.map { max-width: 15cm; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; color: var(--soft); }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
