"""Trade-offs between SRAM and work as a figure for notebooks (Bokeh)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from mcu_lab.view.timeline import LIMIT_COLOUR, Chart
from mcu_lab.view.words import bytes_words

POINT_COLOUR = "#0072B2"


class TradeOff(Protocol):
    """What is drawn of a schedule: bytes of its arena, and its multiply-accumulates over those of the model."""

    @property
    def arena_bytes(self) -> int: ...

    @property
    def mac_factor(self) -> float: ...


def front_figure(points: Sequence[TradeOff], *, limit_bytes: int | None = None, title: str = "") -> Chart:
    """Arena against work, one mark for each point; what lies above and right of the line needs more of both.

    ``limit_bytes`` is drawn as a dashed line where it is near.
    """
    ordered = sorted(points, key=lambda p: (p.arena_bytes, p.mac_factor))
    fig = figure(
        title=title or f"{len(ordered)} trade-offs",
        height=320,
        sizing_mode="stretch_width",
        x_axis_label="arena (bytes)",
        y_axis_label="multiply-accumulates, times those of the model",
        tools="pan,wheel_zoom,box_zoom,tap,reset,save",
        active_scroll=None,
    )
    fig.toolbar.logo = None
    fig.xaxis.formatter = NumeralTickFormatter(format="0,0")
    source = ColumnDataSource(
        {
            "number": list(range(len(ordered))),
            "arena": [p.arena_bytes for p in ordered],
            "factor": [p.mac_factor for p in ordered],
            "words": [bytes_words(p.arena_bytes) for p in ordered],
        }
    )
    fig.step(x="arena", y="factor", source=source, mode="after", line_color=POINT_COLOUR, line_alpha=0.5)
    marks = fig.scatter(x="arena", y="factor", source=source, size=10, fill_color=POINT_COLOUR, line_color="white")
    fig.add_tools(
        HoverTool(renderers=[marks], tooltips=[("point", "@number"), ("arena", "@words"), ("MACs", "@factor{0.000}x")])
    )
    if limit_bytes is not None and ordered and limit_bytes <= 2 * ordered[-1].arena_bytes:
        fig.add_layout(Span(location=limit_bytes, dimension="height", line_color=LIMIT_COLOUR, line_dash="dashed"))
    return Chart(fig)
