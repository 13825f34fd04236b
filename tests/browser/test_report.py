"""The standalone report in a real browser, opened from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mcu_lab import api
from tests.browser.lab import watched_page
from tests.view.examples import HOSTILE, hostile

pytestmark = pytest.mark.browser


def test_the_report_is_drawn_without_errors_or_requests_and_runs_nothing_of_the_models(
    chromium: Browser, tmp_path: Path
) -> None:
    plan = hostile()
    file = api.report(plan, tmp_path / "report.html")
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    with watched_page(context) as watched:
        page = watched.page
        page.on("dialog", lambda dialog: (watched.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(file.as_uri())
        canvas = page.locator(".bk-Figure canvas").first
        canvas.wait_for()
        assert page.locator("h1").inner_text() == f"{HOSTILE} on {HOSTILE}"
        assert page.locator("tbody tr").count() == len(plan.steps)
        box = canvas.bounding_box()
        assert box and box["width"] > 400 and box["height"] > 200
        for x in (0.2, 0.4, 0.6):  # tooltips show names, too
            page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * 0.7)
            page.wait_for_timeout(100)
        assert page.locator("img").count() == 0
        page.screenshot(path=tmp_path / "report.png")
    context.close()
    assert (watched.errors, watched.outside) == ([], [])
