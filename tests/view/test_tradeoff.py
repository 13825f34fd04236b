"""The plot of a Pareto front shows its points, the least work first, and the board's limit."""

from __future__ import annotations

from bokeh.models import GlyphRenderer, Scatter
from bokeh.models.annotations import Span

from mcu_lab.view.tradeoff import tradeoff


def test_points_are_drawn_in_order_of_work_beside_the_limit() -> None:
    shown = tradeoff([(900, 1.5), (2_000, 1.0), (1_200, 1.25)], limit_bytes=1_024).figure
    (dots,) = [r for r in shown.renderers if isinstance(r, GlyphRenderer) and isinstance(r.glyph, Scatter)]
    assert list(dots.data_source.data["x"]) == [1.0, 1.25, 1.5]
    assert list(dots.data_source.data["y"]) == [2_000, 1_200, 900]
    assert [span.location for span in shown.select(Span)] == [1_024]


def test_without_a_limit_there_is_no_line() -> None:
    assert not list(tradeoff([(10, 1.0)]).figure.select(Span))
