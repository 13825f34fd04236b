"""The memory timeline for notebooks and reports: buffers as rectangles, address against step (Bokeh).

A buffer that is live in parts is a pale rectangle with the outline of its live bytes filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from mcu_lab.view.picture import Head, Projection, Rect, Role
from mcu_lab.view.words import bytes_words, size_words

#: Told apart by people with any colour vision (Okabe & Ito 2008); hatching marks the roles a second time.
COLOURS: Mapping[Role, tuple[str, str]] = {
    "input": ("#0072B2", " "),
    "output": ("#009E73", " "),
    "activation": ("#56B4E9", " "),
    "constant": ("#999999", " "),
    "variable": ("#CC79A7", "x"),
    "scratch": ("#E69F00", "/"),
    "sums": ("#D55E00", "\\"),
}
LIMIT_COLOUR = "#D32F2F"
CURVE_COLOUR = "#333333"
#: How strongly live bytes are drawn, and bytes of a live buffer that others may use meanwhile.
LIVE_ALPHA, RESERVED_ALPHA = 0.75, 0.12


class Timeline:
    """A Bokeh figure that shows itself in a notebook, without any network.

    ``figure`` is an ordinary Bokeh figure, to be styled, laid out or saved like any other.
    """

    def __init__(self, fig: figure) -> None:
        self.figure = fig

    def _ipython_display_(self) -> None:
        from bokeh.io import show

        _load_bokeh_once()
        show(self.figure)


def timeline(projection: Projection, *, title: str = "") -> Timeline:
    """Buffers of the arena, the board's limit as a dashed line, live bytes as a stepped curve."""
    head = projection.head
    rects = [r for r in projection.rects if r.memory == head.arena]
    steps = max(1, head.steps)
    limit = _limit_to_draw(head)
    top = max(head.arena_bytes, limit or 0, 1)
    fig = figure(
        title=title or head.verdict,
        height=380,
        sizing_mode="stretch_width",
        x_range=Range1d(start=-0.5, end=steps + 0.5, bounds="auto"),
        y_range=Range1d(start=0, end=top * 1.06, bounds="auto"),
        x_axis_label="step",
        y_axis_label=f"offset in {head.arena} (bytes)",
        tools="xpan,xwheel_zoom,box_zoom,reset,save",
        active_scroll=None,
    )
    fig.toolbar.logo = None
    fig.yaxis.formatter = NumeralTickFormatter(format="0,0")
    for role in dict.fromkeys(r.role for r in rects):
        colour, hatch = COLOURS[role]
        drawn = fig.quad(
            left="first", right="end", bottom="offset", top="top", source=_source([r for r in rects if r.role == role]),
            fill_color=colour, fill_alpha="alpha", line_color="white", line_width=1, hatch_pattern=hatch,
            hatch_color="white", hatch_alpha=0.6, legend_label=role,
        )  # fmt: skip
        fig.add_tools(HoverTool(renderers=[drawn], tooltips=_TOOLTIPS))
        if stairs := [r for r in rects if r.role == role and r.outline]:
            xs, ys = zip(*map(_staircase, stairs), strict=True)
            fig.patches(list(xs), list(ys), fill_color=colour, fill_alpha=LIVE_ALPHA, line_color=None)
    curve = [*projection.curve, (head.steps, projection.curve[-1][1])]
    fig.step(
        x=[step for step, _ in curve],
        y=[live for _, live in curve],
        mode="after",
        line_color=CURVE_COLOUR,
        line_width=1.5,
        legend_label="live bytes",
    )
    if limit:
        fig.add_layout(
            Span(location=limit, dimension="width", line_color=LIMIT_COLOUR, line_dash="dashed", line_width=2)
        )
    fig.legend.click_policy = "hide"
    fig.add_layout(fig.legend[0], "right")
    return Timeline(fig)


_TOOLTIPS = [
    ("buffer", "@buffer"),
    ("holds", "@label"),
    ("shape", "@shape @dtype"),
    ("bytes", "@size"),
    ("offsets", "@offset{0,0} to @top{0,0}"),
    ("live", "steps @first to @last"),
    ("written by", "@writers"),
    ("read by", "@readers"),
]


def _limit_to_draw(head: Head) -> int | None:
    """The board's limit, unless it is so far above the arena that drawing it would flatten everything."""
    limit = head.limit_bytes
    return limit if limit is not None and limit <= 4 * head.arena_bytes else None


def _source(rects: list[Rect]) -> ColumnDataSource:
    columns: dict[str, list[Any]] = {
        "buffer": [r.buffer for r in rects],
        "label": [r.label for r in rects],
        "shape": [r.shape for r in rects],
        "dtype": [r.dtype for r in rects],
        "alpha": [RESERVED_ALPHA if r.outline else LIVE_ALPHA for r in rects],
        "size": [f"{bytes_words(r.bytes)} ({size_words(r.bytes)})" for r in rects],
        "offset": [r.offset for r in rects],
        "top": [r.offset + r.bytes for r in rects],
        "first": [r.first_step for r in rects],
        "end": [r.end_step for r in rects],
        "last": [r.end_step - 1 for r in rects],
        "writers": [_operators(r.writers) for r in rects],
        "readers": [_operators(r.readers) for r in rects],
    }
    return ColumnDataSource(columns)


def _staircase(rect: Rect) -> tuple[list[float], list[float]]:
    """Corners of the live bytes' outline, (steps, offsets): forward along the upper edge, back along the lower."""
    ends = [step for step, _, _ in rect.outline[1:]] + [rect.end_step]
    pieces = [(step, end, lo, hi) for (step, lo, hi), end in zip(rect.outline, ends, strict=True)]
    upper = [(x, hi) for step, end, _, hi in pieces for x in (step, end)]
    lower = [(x, lo) for step, end, lo, _ in reversed(pieces) for x in (end, step)]
    return [float(x) for x, _ in upper + lower], [float(rect.offset + y) for _, y in upper + lower]


def _operators(ids: tuple[int, ...]) -> str:
    """Who touches a buffer; -1 is a transfer."""
    if not ids:
        return "–"
    shown = ", ".join("a transfer" if op < 0 else f"operator {op}" for op in ids[:6])
    return shown + (f" and {len(ids) - 6} more" if len(ids) > 6 else "")


@cache
def _load_bokeh_once() -> None:
    """BokehJS goes into the notebook itself: classrooms and boards' benches are often offline."""
    from bokeh.io import output_notebook
    from bokeh.resources import INLINE

    output_notebook(INLINE, hide_banner=True)
