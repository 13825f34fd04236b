"""The figure of a front shows its points and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from bokeh.models import GlyphRenderer, Scatter
from bokeh.models.annotations import Span

from mcu_lab.view.front import front_figure


@dataclass(frozen=True)
class Point:
    arena_bytes: int
    mac_factor: float


POINTS = [Point(5000, 1.0), Point(2000, 1.5), Point(3000, 1.1)]


def test_every_point_is_a_mark_by_ascending_arena() -> None:
    fig = front_figure(POINTS).figure
    (marks,) = [r for r in fig.renderers if isinstance(r, GlyphRenderer) and isinstance(r.glyph, Scatter)]
    data = marks.data_source.data
    assert list(zip(data["arena"], data["factor"], strict=True)) == [(2000, 1.5), (3000, 1.1), (5000, 1.0)]
    assert list(data["number"]) == [0, 1, 2]


@pytest.mark.parametrize(("limit", "drawn"), [(None, []), (4000, [4000]), (10_000, [10_000]), (10_001, [])])
def test_a_limit_is_drawn_where_it_is_near(limit: int | None, drawn: list[int]) -> None:
    assert [s.location for s in front_figure(POINTS, limit_bytes=limit).figure.select(Span)] == drawn


def test_a_front_without_points_is_an_empty_figure() -> None:
    assert front_figure([], limit_bytes=5).figure.title.text == "0 trade-offs"
