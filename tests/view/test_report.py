"""The report is one file that needs nothing else, and shows a model's names as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mcu_lab import api
from mcu_lab.cost import cost
from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, live_bytes, macs, peak_bytes
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from tests.view.examples import HOSTILE, as_stored, hostile

LOADING = {"src", "srcset", "href", "data", "poster", "action", "background"}


class Page(HTMLParser):
    """What a browser sees of the markup: tags with attributes, cells, and the text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.cells: list[str] = []
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in ("td", "dd"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style"):
            return
        self.text += data
        if self._open in ("td", "dd"):
            self.cells[-1] += data

    @property
    def table(self) -> list[list[str]]:
        cells = self.cells[-6 * sum(tag == "tr" for tag, _ in self.tags[1:]) + 6 :]
        return [cells[i : i + 6] for i in range(0, len(cells), 6)]


def html_of(plan: Plan, folder: Path) -> str:
    return api.report(plan, folder / "report.html").read_text(encoding="utf-8")


def test_figures_are_the_plans(tmp_path: Path) -> None:
    plan = as_stored("digits_two_branch_int8", ad_hoc(100 * 1024, 1024 * 1024))
    cells = Page(html_of(plan, tmp_path)).cells[:5]
    assert cells == [
        f"{arena_bytes(plan):,} B of 100 KiB",
        f"{peak_bytes(plan):,} B",
        f"{flash_bytes(plan):,} B of 1 MiB",
        f"{macs(plan):,}",
        f"{cost(plan).latency_us / 1000:,.1f} ms",
    ]


def test_the_table_has_every_step_with_its_live_bytes(tmp_path: Path) -> None:
    plan = as_stored("digits_residual_int8")
    rows = Page(html_of(plan, tmp_path)).table
    assert [int(row[0]) for row in rows] == [step.id for step in plan.steps]
    assert [int(row[4].replace(",", "")) for row in rows] == list(live_bytes(plan))
    assert sum(int(row[5].replace(",", "")) for row in rows) == macs(plan)


def test_a_plan_with_problems_lists_them(tmp_path: Path) -> None:
    plan = as_stored("digits_mlp_int8", ad_hoc(64))
    page = Page(html_of(plan, tmp_path))
    assert verify(plan)
    assert all(str(problem) in page.text for problem in verify(plan))
    assert [a["class"] for tag, a in page.tags if tag == "p" and "class" in a] == ["verdict over"]


@pytest.mark.parametrize("inputs", ["resident", "streamed"])
def test_the_way_of_input_is_told(inputs: str, tmp_path: Path) -> None:
    stored = as_stored("digits_mlp_int8")
    schedule = replace(default_schedule(stored.graph), inputs=inputs)
    assert f"Input {inputs} " in Page(html_of(lower(stored.graph, schedule, stored.device), tmp_path)).text


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    html = html_of(as_stored("digits_mlp_int8"), tmp_path)
    loads = [(tag, name) for tag, attrs in Page(html).tags for name in attrs if name in LOADING]
    assert loads == []
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", re.sub(r"<script.*?</script>", "", html, flags=re.S))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    html = html_of(hostile(), tmp_path)
    page = Page(html)
    assert HOSTILE in page.text
    assert HOSTILE in unescape(html) and HOSTILE not in html
    assert not [tag for tag, attrs in page.tags if tag == "img" or any(name.startswith("on") for name in attrs)]
