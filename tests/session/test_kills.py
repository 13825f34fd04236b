"""Kills at random moments of random edits, with room on the disk and without: what was said to be kept is there.

MCU_LAB_KILLS raises the count, MCU_LAB_SEED gives other ones; each is repeated by its own seed, which a failure names.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcu_lab.session import chronicle
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.session.files import MODEL, PLAN, opened
from tests.session.front_end import FrontEnd

KILLS = int(os.environ.get("MCU_LAB_KILLS", "12"))
SEED = int(os.environ.get("MCU_LAB_SEED", "1"))
BOARDS = ["teensy-41", "raspberry-pi-pico", "nucleo-f446re", "arduino-nano-33-ble"]


@dataclass(frozen=True)
class Answer:
    """What an answer said: the history by the names of its decisions, where it stands, and whether that is kept."""

    history: tuple[str, ...]
    position: int
    kept: bool
    saves: bool


def told(session: Session) -> tuple[tuple[str, ...], int]:
    return tuple(chronicle.digest(e.decisions) for e in session.entries), session.snapshot.position


def edit(front: FrontEnd, random: Random) -> bool:
    """One random request; whether it was one to save."""
    state = front.state
    ops = [*state.schedule.order]
    at = random.randrange(len(ops) - 1)
    requests: list[dict[str, Any]] = [
        {"type": "do", "edit": {"type": "set_inputs", "inputs": random.choice(["resident", "streamed"])}},
        {"type": "do", "edit": {"type": "set_device", "device": random.choice(BOARDS)}},
        {"type": "do", "edit": {"type": "set_budget", "sram_bytes": random.randrange(1, 1 << 20), "flash_bytes": None}},
        {"type": "do", "edit": {"type": "make_stage", "stage": {"kind": "rows", "operators": ops[at : at + 2]}}},
        {"type": "do", "edit": {"type": "move", "op": ops[at], "to": random.randrange(len(ops))}},
        {"type": "undo"},
        {"type": "redo"},
        {"type": "jump", "position": random.randrange(state.length)},
        {"type": "revert"},
    ]
    kind = random.choices(["edit", "save", "rename"], [12, 1, 1])[0]
    if kind == "save":
        front.ask(type="save", path=None)
    elif kind == "rename":
        front.ask(type="rename", position=random.randrange(state.length), label=f"n{random.random()}")
    else:
        front.ask(**random.choice(requests), rev=state.rev)
    return kind == "save"


def work(random: Random, out: int, full: bool, fills: bool) -> None:
    """Edit until somebody ends this, saying each answer; with ``full``, there is now and then no room."""
    front, _ = opened(PLAN)
    session = front.channel._session
    while True:
        if full and random.random() < 0.15:
            fill(random) if fills else limit(random)
        saves = edit(front, random)
        kept = not any(notice.kind == "unkept" for notice in front.state.document.notices)
        history, position = told(session)
        os.write(out, json.dumps([history, position, kept, saves]).encode() + b"\n")


def fill(random: Random) -> None:
    """Take all the room there is, or give back what was taken."""
    taken = Path("taken")
    if taken.exists():
        taken.unlink()
        return
    try:
        with taken.open("wb", buffering=0) as file:
            while file.write(b"x" * random.choice([512, 4096, 65536])):
                pass
    except OSError:
        pass


def limit(random: Random) -> None:
    """The same where nothing can be mounted: no file may grow beyond a random size, or any may."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    soft = random.choice([random.randrange(20_000), resource.RLIM_INFINITY])
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def killed(random: Random, full: bool, fills: bool) -> list[Answer]:
    """What was answered until the kill."""
    heard, says = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(heard)
            work(random, says, full, fills)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    os.close(says)
    with open(heard, "rb") as lines:
        for _ in range(random.randrange(1, 40)):
            first = lines.readline()
            if not first:
                break
        time.sleep(random.random() * 0.03)
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        said = [first, *lines.read().splitlines(keepends=True)]
    answers = [json.loads(line) for line in said if line.endswith(b"\n")]
    return [Answer(tuple(history), *rest) for history, *rest in answers]


def apart(run: Callable[[], None]) -> None:
    """Carry ``run`` out in a process of its own, so that the next one is not forked while threads hold locks."""
    if (child := os.fork()) == 0:
        status = 1
        try:
            run()
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, bool]]:
    """A folder, and whether it is a small disk of its own."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True)
    monkeypatch.chdir(small)
    yield small, mounted.returncode == 0
    monkeypatch.undo()
    if mounted.returncode == 0:
        subprocess.run(["umount", "--lazy", small], check=True)


@pytest.mark.slow
def test_what_was_said_to_be_kept_is_there_after_a_kill(place: tuple[Path, bool]) -> None:
    folder, fills = place
    unkept = 0
    for number in range(KILLS):
        seed = SEED * 1_000_000 + number
        full = number % 3 == 0
        for file in [*folder.rglob("*")][::-1]:
            file.unlink() if file.is_file() else file.rmdir()
        (folder / MODEL).write_bytes((DATA / MODEL).read_bytes())
        Session.open(MODEL).save(PLAN)
        answers = killed(Random(seed), full, fills)
        (folder / "taken").unlink(missing_ok=True)
        which = f"seed {seed}, {'full disk' if full else 'with room'}, {len(answers)} answers"
        apart(lambda: check(answers, which))  # noqa: B023
        unkept += any(not answer.kept for answer in answers)
    assert unkept or KILLS < 10, "no kill came while the disk was full"


def check(answers: list[Answer], which: str) -> None:
    """When the plan is opened, the history is that of the last answer that said it was kept, or of a later one."""
    kept = [i for i, answer in enumerate(answers) if answer.kept]
    if kept:
        since = answers[kept[-1] :]
        front, _ = opened(PLAN)
        session = front.channel._session
        found = told(session)
        if not any(follows(*found, answer) for answer in since):
            # A plan that was saved while its journal could not be is there as it was saved; what it was is offered.
            assert any(answer.saves or not answer.kept for answer in since), which
            assert found[0][-1] in {answer.history[answer.position] for answer in since}, which
            (left,) = (n for n in front.state.document.notices if n.kind == "left")
            front.ask(type="bring_back", rev=front.state.rev, journal=left.offers[0].journal)
            assert set(since[0].history) <= set(told(session)[0]), which


def follows(history: tuple[str, ...], position: int, answer: Answer) -> bool:
    """Whether the history is the one that was answered, or that after one more request which nobody answered."""
    here = answer.position + 1
    one_more = history[:here] == answer.history[:here] and position == here == len(history) - 1
    return history == answer.history or one_more
