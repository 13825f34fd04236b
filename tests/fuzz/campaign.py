"""Commands over many files, each in bounded time and memory: what ends neither well nor in one sentence is a fault.

A forked child runs one after the other, as the installed command would, so that thousands take minutes. One that
breaks its time is ended, and a new child goes on behind it. Memory that is not to be had raises MemoryError in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from select import select

import mcu_lab.cli.app
import mcu_lab.search.fit  # noqa: F401
from mcu_lab.cli.main import main

#: Of a processor's time, because machines that run tests do other things too.
MOST_SECONDS = 10.0
MOST_BYTES = 1 << 30
#: When a child does not answer for so long, on a clock on the wall, it is ended from outside.
_GRACE_S = 600.0


@dataclass(frozen=True)
class Case:
    """A name to find it again by, its file's bytes, and what to run on it: words, {} standing for the file."""

    name: str
    model: bytes
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Fault:
    """What a command did that it should not."""

    case: str
    command: str
    what: str
    where: str = ""
    text: str = ""
    seconds: float = 0.0


class _OutOfTime(BaseException):
    pass


Judge = Callable[[Case, Path], Iterator[Fault]]


def faults(count: int, case_of: Callable[[int], Case], judge: Judge | None = None) -> Iterator[Fault]:
    """All faults of cases 0 to ``count``, in their order. ``judge`` may do more with a file than its commands."""
    begin = 0
    while begin < count:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            code = 1
            try:
                _serve(range(begin, count), case_of, writer, judge)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(writer)
        begin = yield from _watched(child, reader, begin, case_of)


def _watched(child: int, reader: int, at: int, case_of: Callable[[int], Case]) -> Iterator[Fault]:
    """The faults that a child tells, and the case to go on with when it has ended."""
    buffer = b""
    while True:
        ready, _, _ = select([reader], [], [], _GRACE_S)
        data = os.read(reader, 1 << 16) if ready else b""
        if not data:
            break
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if told is None:
                at += 1
            elif told != "alive":
                yield Fault(**told)
    os.close(reader)
    if not ready:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        yield Fault(case_of(at).name, "?", "does not end" if not ready else f"the process ends with {code}")
        at += 1
    return at


def _serve(cases: range, case_of: Callable[[int], Case], writer: int, judge: Judge | None) -> None:
    """In the child: every case, each fault on a line, ``null`` when a case is done."""
    _bound_memory()

    def tell(message: object) -> None:
        os.write(writer, json.dumps(message).encode() + b"\n")

    signal.signal(signal.SIGPROF, _out_of_time)
    with tempfile.TemporaryDirectory(prefix="mcu-lab-fuzz-") as name:
        for case in map(case_of, cases):
            folder = Path(name) / "case"
            folder.mkdir()
            path = folder / "m.tflite"
            path.write_bytes(case.model)
            for command in case.commands:
                tell("alive")
                fault = timed(case.name, " ".join(command), partial(run_command, command, path))
                if fault:
                    tell(asdict(fault))
            for fault in judge(case, path) if judge else ():
                tell(asdict(fault))
            shutil.rmtree(folder)
            tell(None)


def timed(case: str, command: str, run: Callable[[], str], seconds: float = MOST_SECONDS) -> Fault | None:
    """What is wrong with how ``run`` ends: it returns a complaint, raises, or takes too long."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        complaint = run()
        signal.setitimer(signal.ITIMER_PROF, 0)
    except _OutOfTime as error:
        return Fault(case, command, "takes too long", _place(error), seconds=time.process_time() - began)
    except BaseException as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        return Fault(case, command, type(error).__name__, _place(error), str(error)[:300], time.process_time() - began)
    if complaint:
        return Fault(case, command, "complaint", text=complaint[:300], seconds=time.process_time() - began)
    return None


def run_command(words: Sequence[str], model: Path) -> str:
    """Run it in this process; what is wrong with what it prints and with its exit code, in words."""
    folder = model.parent
    argv = [w.replace("{}", str(model)).replace("{out}", str(folder / "out")) for w in words]
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["mcu-lab", *argv]
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as left:
        code = left.code or 0
    finally:
        sys.argv = before
    if code not in (0, 1, 2):
        return f"exit code {code}: {err.getvalue()}"
    if code == 2 and (not err.getvalue().startswith("mcu-lab: ") or err.getvalue().count("\n") != 1):
        return f"not one sentence: {err.getvalue()}"
    if code == 2 and out.getvalue():
        return "prints beside an error"
    return ""


def _place(error: BaseException) -> str:
    """The last lines of the project on the way to an error."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "mcu_lab" in f.filename]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-4:]))


def _out_of_time(*_: object) -> None:
    raise _OutOfTime


def _bound_memory() -> None:
    """MOST_BYTES more than there are now."""
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + MOST_BYTES, held + MOST_BYTES))
