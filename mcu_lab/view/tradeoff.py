"""The Pareto front for notebooks: arena bytes against multiply-accumulates (Bokeh)."""

from __future__ import annotations

from collections.abc import Sequence

from bokeh.models import DataRange1d, HoverTool, NumeralTickFormatter
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from mcu_lab.view.timeline import COLOURS, LIMIT_COLOUR, Timeline


def tradeoff(points: Sequence[tuple[int, float]], *, limit_bytes: int | None = None, title: str = "") -> Timeline:
    """(arena bytes, MAC factor) of schedules that none other beats in both; the board's SRAM as a dashed line."""
    ordered = sorted(points, key=lambda point: (point[1], point[0]))
    fig = figure(
        title=title or "What less SRAM costs",
        height=320,
        sizing_mode="stretch_width",
        x_axis_label="multiply-accumulates, as a factor of the model's own",
        y_axis_label="arena (bytes)",
        y_range=DataRange1d(start=0),
        tools="xpan,xwheel_zoom,box_zoom,reset,save",
        active_scroll=None,
    )
    fig.toolbar.logo = None
    fig.yaxis.formatter = NumeralTickFormatter(format="0,0")
    factors, arenas = [factor for _, factor in ordered], [arena for arena, _ in ordered]
    colour = COLOURS["input"][0]
    fig.step(factors, arenas, mode="after", line_color=colour, line_dash="dotted")
    drawn = fig.scatter(factors, arenas, size=9, color=colour)
    fig.add_tools(HoverTool(renderers=[drawn], tooltips=[("arena", "@y{0,0} B"), ("MAC factor", "@x{0.00}")]))
    if limit_bytes is not None:
        fig.add_layout(
            Span(location=limit_bytes, dimension="width", line_color=LIMIT_COLOUR, line_dash="dashed", line_width=2)
        )
    return Timeline(fig)
