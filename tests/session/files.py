"""A model and its plan in the working directory, opened as a page does, and the end of a process."""

from __future__ import annotations

from typing import Any

from mcu_lab.session import events, live, recovery
from tests.session.front_end import FrontEnd, opening

MODEL = "digits_residual_int8.tflite"
PLAN = "digits_residual_int8.mcuplan.json"


def opened(path: str = MODEL, **options: Any) -> tuple[FrontEnd, events.Opened]:
    front = FrontEnd()
    answer = front.ask(**opening(path, **options))
    assert isinstance(answer, events.Opened), answer
    return front, answer


def restart() -> None:
    """As if the process had ended: nothing is live any more, and nothing is held."""
    for session in live.sessions():
        live.forget(session)
    for kept in list(recovery._of.values()):
        kept._journal.leave()
        kept._keep = lambda session: None


def edited(front: FrontEnd) -> None:
    """Two edits."""
    front.do("set_budget", sram_bytes=100_000, flash_bytes=None)
    front.do("pin", buffer=next(iter(front.channel._session.plan.buffer)), offset=0)
