"""The conversation with a front end: one answer to each request, whatever is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.device import ad_hoc, boards
from mcu_lab.session import events, protocol
from mcu_lab.session.channel import Channel
from mcu_lab.session.edits import SetBudget
from mcu_lab.session.opening import FIRST_BOARD
from mcu_lab.session.session import Session
from mcu_lab.session.wire import field_types, from_json
from tests.conftest import model_path
from tests.session.models import diamond


class FrontEnd:
    """A front end for tests: sends requests, keeps what it hears, and checks each message's form."""

    def __init__(self, session: Session | None = None) -> None:
        self.heard: list[Any] = []
        self.news = threading.Condition()
        self.channel = Channel(self.hear, session)
        self.next_id = 1

    def hear(self, message: Any) -> None:
        with self.news:
            self.heard.append(from_json(protocol.Event, message))
            self.news.notify_all()

    def ask(self, **request: Any) -> Any:
        """Send a request and return its one answer."""
        request_id, self.next_id = self.next_id, self.next_id + 1
        self.channel.receive({"id": request_id, **request})
        return self.wait(lambda e: getattr(e, "id", None) == request_id and not isinstance(e, events.Progress))

    def wait(self, wanted: Callable[[Any], bool], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        with self.news:
            while True:
                for event in self.heard:
                    if wanted(event):
                        return event
                assert self.news.wait(end - time.monotonic()), f"nothing of the kind among {self.heard}"

    def answers(self, request_id: int) -> list[Any]:
        own = [e for e in self.heard if getattr(e, "id", None) == request_id]
        return [e for e in own if not isinstance(e, events.Progress)]


def attached() -> FrontEnd:
    front = FrontEnd(Session(diamond(), ad_hoc()))
    opened = front.ask(type="attach", protocol=protocol.PROTOCOL, version="test")
    assert isinstance(opened, events.Opened)
    return front


def opening(path: str, device: str | None = None) -> dict[str, Any]:
    return {"type": "open", "protocol": protocol.PROTOCOL, "version": "test", "path": path, "device": device}


def test_a_model_in_the_working_directory_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.tflite").write_bytes(model_path("mlperf_kws_dscnn_int8").read_bytes())
    monkeypatch.chdir(tmp_path)
    front = FrontEnd()
    opened = front.ask(**opening("m.tflite"))
    assert isinstance(opened, events.Opened)
    assert opened.state.device.id == FIRST_BOARD
    assert {b.id for b in opened.boards} == {b.id for b in boards()}
    assert len(opened.model.operators) == len(opened.state.picture.rows)
    verdict = front.wait(lambda e: isinstance(e, events.Verdict))
    assert verdict.rev == 0 and verdict.right and verdict.problems == ()


def test_a_file_that_is_not_there_is_explained_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed = FrontEnd().ask(**opening("gone.tflite"))
    assert isinstance(failed, events.Failed)
    assert "gone.tflite" in failed.what and str(tmp_path) in failed.what and failed.hint


def test_a_damaged_model_is_a_failure_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.tflite").write_bytes(b"TFL3" * 9)
    monkeypatch.chdir(tmp_path)
    failed = FrontEnd().ask(**opening("m.tflite"))
    assert isinstance(failed, events.Failed) and failed.kind == "ModelError"


def test_another_protocol_is_refused_before_anything_else_with_both_versions() -> None:
    failed = FrontEnd().ask(type="open", protocol=protocol.PROTOCOL + 1, version="9.9.9", novelty=True)
    assert isinstance(failed, events.Failed) and failed.kind == "VersionSkew"
    assert "9.9.9" in failed.what and "kernel" in failed.hint


def test_edits_are_answered_with_the_state_they_led_to() -> None:
    front = attached()
    state = front.ask(type="do", rev=0, edit={"type": "set_device", "device": "nucleo-f446re"})
    assert isinstance(state, events.Change) and (state.base, state.rev, state.device.id) == (0, 1, "nucleo-f446re")
    state = front.ask(type="undo", rev=1)
    assert (state.rev, state.undo, state.redo) == (2, None, f"board {boards_name('nucleo-f446re')}")
    state = front.ask(type="redo", rev=2)
    assert state.device.id == "nucleo-f446re"
    state = front.ask(type="do", rev=3, edit={"type": "set_budget", "sram_bytes": 128, "flash_bytes": None})
    assert (state.device.sram_bytes, state.device.flash_bytes, state.figures.fits) == (128, None, False)
    verdict = front.wait(lambda e: isinstance(e, events.Verdict) and e.rev == 4)
    assert verdict.right and {p.code for p in verdict.problems} == {"capacity"}


def boards_name(board_id: str) -> str:
    return next(b.name for b in boards() if b.id == board_id)


def test_an_undo_that_changes_nothing_is_answered_too() -> None:
    front = attached()
    state = front.ask(type="undo", rev=0)
    assert isinstance(state, events.Change) and state.rev == 0
    assert len(front.answers(front.next_id - 1)) == 1


def test_a_stale_edit_is_refused_and_named() -> None:
    front = attached()
    front.ask(type="do", rev=0, edit={"type": "set_budget", "sram_bytes": 4096, "flash_bytes": 4096})
    failed = front.ask(type="do", rev=0, edit={"type": "set_budget", "sram_bytes": 1, "flash_bytes": 1})
    assert isinstance(failed, events.Failed) and failed.kind == "StaleEdit"


def test_edits_from_elsewhere_arrive_without_an_id() -> None:
    session = Session(diamond(), ad_hoc())
    one, other = FrontEnd(session), FrontEnd(session)
    for front in (one, other):
        front.ask(type="attach", protocol=protocol.PROTOCOL, version="test")
    session.apply(SetBudget(4096, 4096))
    for front in (one, other):
        state = front.wait(lambda e: isinstance(e, events.Change))
        assert (state.id, state.rev) == (None, 1)
    other.ask(type="undo", rev=1)
    assert one.wait(lambda e: isinstance(e, events.Change) and e.rev == 2).id is None


def test_after_closing_nothing_is_said() -> None:
    session = Session(diamond(), ad_hoc())
    front = FrontEnd(session)
    front.ask(type="attach", protocol=protocol.PROTOCOL, version="test")
    front.wait(lambda e: isinstance(e, events.Verdict))
    front.channel.close()
    count = len(front.heard)
    session.apply(SetBudget(4096, 4096))
    assert len(front.heard) == count


def test_asking_before_opening_is_refused() -> None:
    failed = FrontEnd().ask(type="undo", rev=0)
    assert isinstance(failed, events.Failed) and failed.kind == "InputError"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
REQUESTS = st.fixed_dictionaries(
    {"type": st.sampled_from([get_args(field_types(kind)["type"])[0] for kind in get_args(protocol.Request)])},
    optional={"id": JSON, "rev": JSON, "edit": JSON, "focus": JSON, "path": JSON, "position": JSON, "label": JSON},
)


@settings(deadline=None)
@given(message=JSON | REQUESTS)
def test_nonsense_is_answered_by_a_failure_and_never_raises(message: Any) -> None:
    front = FrontEnd()
    front.channel.receive(message)
    assert len(front.heard) == 1
    assert isinstance(front.heard[0], events.Failed | events.Done | events.Sessions)
