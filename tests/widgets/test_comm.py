"""The comm target and the widget carry the channel's messages, without a kernel around them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from comm import get_comm_manager
from comm.base_comm import BaseComm

from mcu_lab import widgets
from mcu_lab.device import ad_hoc
from mcu_lab.session import protocol
from mcu_lab.session.session import Session
from mcu_lab.widgets import comm
from tests.session.models import diamond


class RecordedComm(BaseComm):
    """A comm that keeps what is published."""

    def __init__(self, **options: Any) -> None:
        self.published: list[dict[str, Any]] = []
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, **rest: Any) -> None:
        self.published.append({"msg_type": msg_type, "data": data})


def test_registering_twice_leaves_one_target_that_answers() -> None:
    comm.register()
    comm.register()
    opened: Callable[..., None] = get_comm_manager().targets[comm.TARGET]
    line = RecordedComm(target_name=comm.TARGET, primary=False)
    opened(line, {})
    line.handle_msg({"content": {"data": {"type": "undo", "id": 5, "rev": 0}}})
    sent = [m["data"] for m in line.published if m["msg_type"] == "comm_msg"]
    assert [(m["type"], m["id"]) for m in sent] == [("failed", 5)]
    line.handle_close({"content": {"data": {}}})


def test_the_widget_answers_and_stops_when_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcu_lab.widgets import show
    from mcu_lab.widgets.widget import SessionWidget

    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(SessionWidget, "send", lambda self, content, buffers=None: heard.append(content))
    session = Session(diamond(), ad_hoc())
    widget = show(session)
    greeting = {"type": "attach", "id": 1, "protocol": protocol.PROTOCOL, "version": "test"}
    widget._handle_custom_msg(greeting, [])
    assert [(m["type"], m["id"]) for m in heard if m["type"] != "verdict"] == [("opened", 1)]
    widget.close()
    count = len(heard)
    session.undo()
    assert len(heard) == count


def test_a_panel_does_not_load_the_solvers_nor_the_widgets() -> None:
    code = (
        "import sys, mcu_lab.widgets.comm\n"
        "print([m for m in ('ortools', 'ipywidgets', 'bokeh', 'typer', 'pooch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("shown", "view"),
    [
        (lambda session: session.timeline(), "timeline"),
        (lambda session: session.schedule(), "schedule"),
        (lambda session: widgets.show(session), "workbench"),
    ],
)
def test_a_session_shows_itself_whole_or_in_parts(shown: Callable[[Session], Any], view: str) -> None:
    session = Session(diamond(), ad_hoc())
    widget = shown(session)
    assert (widget.view, widget.session) == (view, session)
    assert widget.get_state()["view"] == view
    widget.close()


def test_a_session_in_the_last_line_of_a_cell_is_displayed(monkeypatch: pytest.MonkeyPatch) -> None:
    displayed: list[Any] = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    session = Session(diamond(), ad_hoc())
    session._ipython_display_()
    assert [widget.session for widget in displayed] == [session]


def test_a_session_as_text_says_what_it_is() -> None:
    session = Session(diamond(), ad_hoc())
    assert (
        repr(session) == f"<Session: diamond on ad hoc device, arena {session.snapshot.entry.figures.arena_bytes:,} B>"
    )
