"""Learning curves that grow without flickering.

Streamlit's own chart is made anew whenever its data change, which loses the zoom. So plotly.js is put into the page
once by one component, and a second, tiny one redraws its own element with `Plotly.react` and `uirevision`. The browser
fetches plotly.js (4.9 MB) as a file, which it keeps: within a component it would be sent to every session anew, and
stand in the server's memory several times for each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from core.evaluation.curves import best_epoch
from core.events import EpochEnd, HiddenGuessed, RunStarted
from core.messages import NOTHING, Message
from core.runs.progress import RunProgress
from pages.shared.figures import BASELINE, ON_DARK, TRAINING, VALIDATION
from pages.shared.services import plotly_address
from pages.shared.words import plain, tr

_LOADER_JS = """
export default function ({ data }) {
  if (document.querySelector(`script[src="${data.plotly}"]`)) return;
  const script = document.createElement("script");
  script.src = data.plotly;
  document.head.appendChild(script);
}
"""

_CHART_CSS = """
.curves { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.curves > div { flex: 1 1 17rem; min-width: 0; height: 18rem; }
"""

_CHART_JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".curves");
  const look = getComputedStyle(parentElement.host || parentElement);
  const text = look.getPropertyValue("--st-text-color").trim() || look.color;
  const faint = "rgba(128,128,128,0.25)";
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = text;
  const isDark = parseInt(probe.fillStyle.slice(1, 3), 16) > 128;
  // As large as the page's letters are: a projector's are half as large again.
  let scale = 1;
  const sized = (lengths) => Object.fromEntries(Object.entries(lengths).map(([side, px]) => [side, px * scale]));
  const tint = ({ line = {}, ...trace }) => ({ ...trace, line: { ...line, width: (line.width || 2) * scale,
    color: (isDark && data.onDark[line.color]) || line.color } });
  const draw = () => {
    if (!window.Plotly) { timer = setTimeout(draw, 50); return; }
    scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    // All boxes first: the width of one depends on its neighbours.
    while (root.children.length < data.charts.length) root.appendChild(document.createElement("div"));
    data.charts.forEach((chart, index) => {
      const box = root.children[index];
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", chart.alt);
      box.style.height = chart.rem ? `${chart.rem}rem` : "";
      box.dataset.points = String(chart.traces[0].x.length);
      const axis = { gridcolor: faint, zeroline: false, linecolor: faint, fixedrange: false };
      window.Plotly.react(box, chart.traces.map(tint), {
        uirevision: data.run,
        title: { text: chart.title, font: sized({ size: chart.slim ? 13 : 15 }), x: 0, xref: "paper" },
        font: { color: text, family: look.fontFamily, size: 13 * scale },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        margin: sized(chart.slim ? { l: 40, r: 4, t: 28, b: 44 } : { l: 48, r: 8, t: chart.title ? 36 : 8, b: 72 }),
        showlegend: true,
        legend: chart.slim
          ? { orientation: "h", x: 0, yref: "container", y: 0, yanchor: "bottom", font: sized({ size: 12 }) }
          : { orientation: "h", x: 0, y: -0.2, yanchor: "top" },
        xaxis: { ...axis, range: chart.xRange,
          title: { text: chart.slim ? "" : data.xTitle, standoff: 4, font: sized({ size: 13 }) },
          ...(chart.xAxis || {}) },
        yaxis: { ...axis, tickformat: chart.tick, range: chart.yRange, rangemode: "tozero", ...(chart.yAxis || {}),
          ...(chart.yAxis?.title
            ? { automargin: true, title: { standoff: 8, font: sized({ size: 13 }), ...chart.yAxis.title } } : {}) },
        ...(chart.layout || {}),
      }, { displayModeBar: false, responsive: true, displaylogo: false });
    });
  };
  let timer = 0;
  draw();
  window.removeEventListener("resize", root.redraw);  // that of earlier data
  root.redraw = draw;
  window.addEventListener("resize", draw);
  return () => { clearTimeout(timer); window.removeEventListener("resize", draw); };
}
"""


@cache
def _loader() -> Any:
    return st.components.v2.component("finetune_lab.plotly", js=_LOADER_JS)


@cache
def _chart() -> Any:
    return st.components.v2.component(
        "finetune_lab.curves", html='<div class="curves"></div>', css=_CHART_CSS, js=_CHART_JS, isolate_styles=False
    )


def load_plotly() -> None:
    """Put plotly.js into the page."""
    _loader()(key="plotly", height=1, data={"plotly": plotly_address()})


def show_curves(key: str, progress: RunProgress, baseline: float | None, epochs: int) -> None:
    """Loss and accuracy side by side, as far as they have come; empty axes and the baseline before the first point.
    Before them how well hidden cells were guessed, where that came first."""
    started: RunStarted | None = progress.started
    ends = progress.epochs
    # Where time decides, how many there will be is only known once the first has been told.
    planned = (ends[-1].epochs if ends else 0) or (started.epochs if started else 0) or epochs or 1
    before = [_guesses(progress.guessed)] if progress.guessed else []
    show_live(key, [*before, _accuracy(ends, baseline, planned), _loss(ends, planned)], plain("Epoch"))
    if says := which_weights(progress):
        st.caption(tr(says))


def which_weights(progress: RunProgress) -> Message:
    """Which epoch's weights a run that is over has kept, where that may not be the one with the ring."""
    ended, best = progress.ended, best_epoch(progress.epochs)
    if ended is None or ended.epoch is None or best is None or len(progress.epochs) < 2:
        return NOTHING
    if ended.epoch == best:
        return Message("The ring marks the lowest validation loss, at epoch {n}. Its weights were kept.", n=best)
    if ended.chosen:
        return Message(
            "The ring marks the lowest validation loss, at epoch {n}. The weights of epoch {kept} were kept.",
            n=best, kept=ended.epoch,
        )  # fmt: skip
    return Message(
        "The ring marks the lowest validation loss, at epoch {n}. The weights of the last epoch ({kept}) were kept: "
        "nothing was chosen by looking at the validation set, so its accuracy stays honest.", n=best, kept=ended.epoch,
    )  # fmt: skip


_LOW = 8.0
"""rem"""


def show_accuracy(key: str, progress: RunProgress, baseline: float | None, epochs: int) -> None:
    """The accuracy alone, low enough to stand among other things."""
    ends, started = progress.epochs, progress.started
    planned = (ends[-1].epochs if ends else 0) or (started.epochs if started else 0) or epochs or 1
    show_live(key, [_accuracy(ends, baseline, planned, slim=True)], plain("Epoch"))


def show_live(key: str, charts: list[dict[str, Any]], x_title: str) -> None:
    """Charts made elsewhere: each has `title`, `alt`, `traces`, `tick`, `yRange`, `xRange`, and perhaps `xAxis`,
    `yAxis` and `layout` (what Plotly is to know besides), `rem` (how high it is instead of the usual) and `slim`
    (whether all that can be spared is)."""
    data = {"run": key, "onDark": ON_DARK, "xTitle": x_title, "charts": charts}
    _chart()(key=f"curves-{key}", data=json.loads(json.dumps(data)))


def _accuracy(ends: Sequence[EpochEnd], baseline: float | None, epochs: int, *, slim: bool = False) -> dict[str, Any]:
    x = [end.epoch for end in ends]
    traces = _pair(x, [e.train_accuracy for e in ends], [e.validation_accuracy for e in ends], ".0%")
    if baseline is not None:
        _begin_at(traces[1], baseline)
        traces.append(
            {
                "x": [0, epochs],
                "y": [baseline, baseline],
                "mode": "lines",
                "name": plain("baseline"),
                "line": {"color": BASELINE, "dash": "dot"},
                "hovertemplate": "%{y:.0%}",
            }
        )
    if not slim:
        traces += _best(ends, [e.validation_accuracy for e in ends], ".0%")
    title = alt = plain("Accuracy")
    if ends:
        title = plain(_right(ends[-1]))
        alt = plain("{accuracy} after epoch {n}", accuracy=_right(ends[-1]), n=ends[-1].epoch)
    return {"title": title, "alt": alt, "traces": traces, "tick": ".0%", "yRange": [0, 1.03], "xRange": _span(epochs),
            **({"slim": True, "rem": _LOW} if slim else {})}  # fmt: skip


def _begin_at(validation: dict[str, Any], baseline: float) -> None:
    """Where the first epoch is better than the baseline already, let the line rise from there: tuning begins with a
    last layer that was fitted, and before that nothing better was known. Where the start itself was
    evaluated, the line begins there."""
    if validation["y"] and validation["x"][0] and (validation["y"][0] or 0.0) > baseline:
        validation["x"], validation["y"] = [0, *validation["x"]], [baseline, *validation["y"]]


def _guesses(told: Sequence[HiddenGuessed]) -> dict[str, Any]:
    last = told[-1]
    says = Message("Hidden cells of {rows} rows guessed, {n} of them without a class: loss {loss:.2f}", rows=last.rows,
                   n=last.unlabelled, loss=last.loss)  # fmt: skip
    line = {"color": TRAINING}
    trace = {
        "x": [one.epoch for one in told], "y": [one.loss for one in told], "mode": "lines", "line": line,
        "name": plain("hidden cells"), "hovertemplate": "%{y:.3f}",
    }  # fmt: skip
    return {
        "title": plain("Guessing hidden cells: loss {loss:.2f}", loss=last.loss), "alt": plain(says), "traces": [trace],
        "tick": "", "yRange": [0, 1.05 * max(one.loss for one in told)], "xRange": _span(last.epochs),
    }  # fmt: skip


def _span(epochs: int) -> list[float]:
    """From the first epoch to the last, with room for a ring around either that hides no number."""
    return [-0.03 * epochs, 1.02 * epochs]


def _right(latest: EpochEnd) -> Message:
    training, validation = latest.train_accuracy, latest.validation_accuracy
    if validation is None:
        return Message("Accuracy: training {training:percent}", training=training)
    return Message("Accuracy: training {training:percent}, validation {validation:percent}", training=training,
                   validation=validation)  # fmt: skip


def _loss(ends: Sequence[EpochEnd], epochs: int) -> dict[str, Any]:
    x = [end.epoch for end in ends]
    traces = _pair(x, [e.train_loss for e in ends], [e.validation_loss for e in ends], ".3f")
    traces += _best(ends, [e.validation_loss for e in ends], ".3f")
    best = best_epoch(ends)
    says = Message("Loss (lower is better)")
    if best is not None and len(ends) > 1:
        says = Message("Loss: lowest on validation at epoch {n}", n=best)
    top = max([1.0, *(v for e in ends for v in (e.train_loss, e.validation_loss) if v is not None)])
    return {
        "title": plain(says),
        "alt": plain(says),
        "traces": traces,
        "tick": "",
        "yRange": [0, top * 1.05],
        "xRange": _span(epochs),
    }


def _best(ends: Sequence[EpochEnd], values: list[float | None], tick: str) -> list[dict[str, Any]]:
    """A ring around the epoch whose validation loss was lowest, on the curve with these values."""
    best = best_epoch(ends)
    if best is None or len(ends) < 2:
        return []
    value = next(value for end, value in zip(ends, values, strict=True) if end.epoch == best)
    ring = {"size": 13, "symbol": "circle-open", "color": VALIDATION, "line": {"width": 3}}
    return [
        {
            "x": [best],
            "y": [value],
            "mode": "markers",
            "name": plain("lowest validation loss"),
            "line": {"color": VALIDATION},
            "marker": ring,
            "cliponaxis": False,
            "hovertemplate": f"%{{y:{tick}}}",
        }
    ]


def _pair(x: list[int], training: list[Any], validation: list[Any], tick: str) -> list[dict[str, Any]]:
    return [
        {
            "x": x,
            "y": training,
            "mode": "lines+markers",
            "name": plain("training"),
            "line": {"color": TRAINING},
            "marker": {"size": 4},
            "hovertemplate": f"%{{y:{tick}}}",
        },
        {
            "x": x,
            "y": validation,
            "mode": "lines+markers",
            "name": plain("validation"),
            "line": {"color": VALIDATION, "dash": "dash"},
            "marker": {"size": 4, "symbol": "diamond"},
            "hovertemplate": f"%{{y:{tick}}}",
        },
    ]
