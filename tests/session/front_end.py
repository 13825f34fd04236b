"""A front end for tests: sends requests, keeps what it hears, checks each message's form, and applies changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from mcu_lab.device import ad_hoc
from mcu_lab.session import events, protocol
from mcu_lab.session.channel import Channel
from mcu_lab.session.session import Session
from mcu_lab.session.wire import from_json
from mcu_lab.view.picture import Projection
from tests.session.models import diamond


class FrontEnd:
    """What a page does with the messages, without the page."""

    def __init__(self, session: Session | None = None) -> None:
        self.heard: list[Any] = []
        self.state: events.State | None = None
        self.news = threading.Condition()
        self.channel = Channel(self.hear, session)
        self.next_id = 1

    def hear(self, message: Any) -> None:
        with self.news:
            event = from_json(protocol.Event, message)
            self.heard.append(event)
            if isinstance(event, events.Opened):
                self.state = event.state
            elif isinstance(event, events.State):
                self.state = event
            elif isinstance(event, events.Change):
                assert self.state is not None
                self.state = changed(self.state, event)
            elif isinstance(event, events.DocumentChanged) and self.state is not None:
                self.state = replace(self.state, document=event.document)
            self.news.notify_all()

    def ask(self, **request: Any) -> Any:
        """Send a request and return its one answer."""
        return self.answer(self.post(**request))

    def post(self, **request: Any) -> int:
        """Send a request and do not wait."""
        request_id, self.next_id = self.next_id, self.next_id + 1
        self.channel.receive({"id": request_id, **request})
        return request_id

    def answer(self, request_id: int) -> Any:
        return self.wait(lambda e: getattr(e, "id", None) == request_id and not isinstance(e, events.Progress))

    def do(self, kind: str, **fields: Any) -> Any:
        """Make an edit of the state that is shown."""
        assert self.state is not None
        return self.ask(type="do", rev=self.state.rev, edit={"type": kind, **fields})

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


def changed(state: events.State, change: events.Change) -> events.State:
    """The state that a change leads to: what a front end has to do, in as few words as possible."""
    assert change.base == state.rev
    news = change.picture
    old = state.picture
    rects = {r.buffer: r for r in old.rects if r.buffer not in news.rects_removed} | {r.buffer: r for r in news.rects}
    picture = Projection(
        news.head,
        (*old.rows[: news.rows.start], *news.rows.items, *old.rows[news.rows.end :]),
        tuple(rects.values()),
        (*old.curve[: news.curve.start], *news.curve.items, *old.curve[news.curve.end :]),
    )
    plain = {f.name: getattr(change, f.name) for f in fields(change) if f.name not in ("type", "base", "picture")}
    for name in ("device", "model", "rewrites", "schedule", "timing"):
        if plain[name] is None:
            del plain[name]
    return replace(state, **plain, picture=picture)


def attached(session: Session | None = None) -> FrontEnd:
    front = FrontEnd(session or Session(diamond(), ad_hoc()))
    opened = front.ask(**attaching())
    assert isinstance(opened, events.Opened)
    return front


def attaching(session: str | None = None) -> dict[str, Any]:
    return {"type": "attach", "protocol": protocol.PROTOCOL, "version": "test", "session": session}


def opening(path: str, device: str | None = None, **options: Any) -> dict[str, Any]:
    base = {"type": "open", "protocol": protocol.PROTOCOL, "version": "test", "path": path, "device": device}
    return base | options
