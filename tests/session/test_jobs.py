"""Jobs beside the conversation: the newest wins."""

from __future__ import annotations

from queue import Queue
from threading import Event

from mcu_lab.session.jobs import Latest


def test_a_job_that_waits_gives_way_to_a_newer_one() -> None:
    latest, began, go_on, done = Latest("test"), Event(), Event(), Queue[str]()

    def first() -> None:
        began.set()
        go_on.wait(10)
        done.put("first")

    latest.run(first, overtaken=lambda: done.put("first overtaken"))
    assert began.wait(10)
    latest.run(lambda: done.put("second"), overtaken=lambda: done.put("second overtaken"))
    latest.run(lambda: done.put("third"), overtaken=lambda: done.put("third overtaken"))
    go_on.set()
    assert [done.get(timeout=10) for _ in range(3)] == ["second overtaken", "first", "third"]
    latest.close()


def test_a_quiet_job_waits_until_no_newer_one_comes() -> None:
    latest, done = Latest("test", quiet_seconds=0.5), Queue[str]()
    for number in range(20):
        latest.run(lambda n=number: done.put(f"{n}"), overtaken=lambda n=number: done.put(f"{n} overtaken"))  # type: ignore[misc]
    assert [done.get(timeout=10) for _ in range(20)] == [*(f"{n} overtaken" for n in range(19)), "19"]
    latest.close()


def test_nothing_starts_after_closing() -> None:
    latest, done = Latest("test"), Queue[str]()
    latest.close()
    latest.run(lambda: done.put("ran"), overtaken=lambda: done.put("overtaken"))
    assert done.empty()
