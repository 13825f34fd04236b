"""Any sequence of requests, sound or malformed, is answered one by one; nothing is raised, and the session lives on.

``MCU_LAB_CALLS=200 python -m pytest tests/session/test_call_orders.py`` makes more sequences.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from random import Random
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from mcu_lab.errors import InputError
from mcu_lab.session import events, protocol, requests
from mcu_lab.session.wire import field_types, from_json
from tests.conftest import DATA
from tests.session.front_end import FrontEnd, attaching, opening

SEQUENCES = int(os.environ.get("MCU_LAB_CALLS", 8))
LENGTH = 40
MODEL = "digits_residual_int8.tflite"
KINDS = get_args(protocol.Request)

NUMBERS = [0, 1, 2, 3, 5, 7, -1, 64, 10**9, 1 << 40, 1 << 63, 10**30]
FLOATS = [0.0, 1.0, 1.5, 0.01, -1.0, float("nan"), float("inf"), 1e308]
WORDS = [
    "", " ", "0", "1", "99", "-1", "9" * 30, "t0", "t3", "sram", "flash", "saved", "nucleo-f446re", "no-such-board",
    MODEL, "plan.mcuplan.json", "other.mcuplan.json", "out", "out/report.html", "x.py", "../x", "/etc/passwd", "a\0b",
    "pipe", "pipe.toml", "zero.toml", "zero.mcuplan.json", "zero.tflite", ".", "n" * 300, "\ud800",
    "\u202e", "\x1b[31m", "order", "alias", "inplace", "magic", "{", "[" * 5000, "x" * 100_000,
]  # fmt: skip
MALFORMED = [None, True, [], {}, "x", -1, 1.5, [[]], {"type": "x"}, [None], {"a": {"b": []}}]


class StrictFrontEnd(FrontEnd):
    """Takes nothing that could not travel: text that is no Unicode, numbers that are not finite."""

    def hear(self, message: Any) -> None:
        json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
        super().hear(message)


def value_of(kind: Any, random: Random) -> Any:
    """A JSON value of a type, often with a meaning, sometimes with none."""
    origin, choices = get_origin(kind), get_args(kind)
    if origin is Literal:
        return random.choice(choices)
    if origin in (Union, UnionType):
        return value_of(random.choice(choices), random)
    if origin is tuple:
        if choices[-1] is ...:
            return [value_of(choices[0], random) for _ in range(random.choice([0, 1, 2, 3, 7]))]
        return [value_of(choice, random) for choice in choices]
    if is_dataclass(kind):
        return record_of(kind, random)
    if kind is bool:
        return random.random() < 0.5
    return random.choice({int: NUMBERS, float: FLOATS, str: WORDS, type(None): [None]}[kind])


def record_of(kind: Any, random: Random) -> dict[str, Any]:
    types = field_types(kind)
    given = [f for f in fields(kind) if f.default is MISSING or f.name == "type" or random.random() < 0.5]
    return {f.name: value_of(types[f.name], random) for f in given}


def request_of(front: FrontEnd, random: Random) -> dict[str, Any]:
    """Any request; most are for the present revision, so that they come to something."""
    request = record_of(random.choice(KINDS), random)
    state = front.state
    if "rev" in request and state is not None and random.random() < 0.9:
        request["rev"] = state.rev
    if request.get("type") in ("open", "attach"):
        request |= {"protocol": protocol.PROTOCOL, "version": "test"}
        if random.random() < 0.7:
            request |= {"path": random.choice([MODEL, "plan.mcuplan.json"])} if request["type"] == "open" else {}
            request |= {"session": None} if request["type"] == "attach" else {"text": None, "model": None}
    if "seconds" in request and random.random() < 0.8:
        request["seconds"] = 0.2
    if state is not None and request.get("edit", {}).get("type") == "set_schedule" and random.random() < 0.7:
        request["edit"]["schedule"]["order"] = list(state.schedule.order)
    if random.random() < 0.1:
        request[random.choice([*request, "novelty"])] = random.choice(MALFORMED)
    if random.random() < 0.03:
        del request[random.choice(list(request))]
    return request


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model, a plan that is a copy of another's place, and files that hold up or never end."""
    (tmp_path / MODEL).write_bytes((DATA / MODEL).read_bytes())
    for name in ("pipe", "pipe.toml"):
        os.mkfifo(tmp_path / name)
    for name in ("zero.toml", "zero.mcuplan.json", "zero.tflite"):
        (tmp_path / name).symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_any_order_of_requests_is_answered_and_the_session_lives_on(seed: int, folder: Path) -> None:
    random = Random(seed)
    front = StrictFrontEnd()
    if random.random() < 0.8:
        assert isinstance(front.ask(**opening(MODEL)), events.Opened)
    for _ in range(LENGTH):
        request = request_of(front, random)
        front.next_id += 1
        request = {"id": front.next_id} | {k: v for k, v in request.items() if k != "id"}
        heard = len(front.heard)
        front.channel.receive(request)
        if random.random() < 0.8:
            front.wait(lambda e: getattr(e, "id", None) == front.next_id and not isinstance(e, events.Progress))
        bugs = [e for e in front.heard[heard:] if isinstance(e, events.Failed) and e.kind == "bug"]
        assert not bugs, (request, bugs)
    front.ask(type="cancel")
    assert not [e for e in front.heard if isinstance(e, events.Failed) and e.kind == "bug"]
    assert isinstance(front.ask(**opening(MODEL, fresh=True)), events.Opened)
    assert isinstance(front.do("set_inputs", inputs="streamed"), events.Change)
    assert isinstance(front.ask(type="resync"), events.State)
    front.channel.close()


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_text_that_is_no_unicode_is_refused_at_the_door(text: str, folder: Path) -> None:
    front = StrictFrontEnd()
    front.ask(**opening(MODEL))
    failed = front.ask(type="rename", position=0, label=text)
    assert isinstance(failed, events.Failed) and failed.kind == "InputError"
    assert isinstance(front.ask(**attaching(text)), events.Failed)
    assert front.ask(type="history").entries[0].label == "open"


def test_every_kind_of_request_can_be_made_at_random() -> None:
    random = Random(0)
    made = set()
    for kind in KINDS:
        for _ in range(50):
            request = record_of(kind, random) | {"id": 1}
            with suppress(InputError):
                made.add(type(from_json(protocol.Request, request)))
    assert made == set(KINDS) and requests.Open in made
