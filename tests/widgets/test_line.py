"""News go out in the context of what their own front end said last, whoever and whatever thread has them."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from threading import Thread

from mcu_lab.widgets.line import Line

SUBSHELL: ContextVar[str] = ContextVar("subshell", default="main")


def test_news_of_other_threads_and_front_ends_keep_to_the_own_context() -> None:
    sent: list[tuple[str, str]] = []
    lines = {name: Line(lambda data, name=name: sent.append((name, SUBSHELL.get()))) for name in ("panel", "cell")}

    def say(name: str, subshell: str) -> None:
        SUBSHELL.set(subshell)
        lines[name].heard()
        for line in lines.values():
            line.send("news")

    copy_context().run(say, "panel", "a")
    copy_context().run(say, "cell", "b")
    thread = Thread(target=lambda: [line.send("later") for line in lines.values()])
    thread.start()
    thread.join()
    assert sent == [("panel", "a"), ("cell", "main"), ("panel", "a"), ("cell", "b"), ("panel", "a"), ("cell", "b")]
