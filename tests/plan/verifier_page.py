"""docs/verifier.md, made from the problem codes and from the messages that the broken plans of these tests give.

``python -m tests.plan.verifier_page`` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from unittest.mock import patch

from mcu_lab.ops import SPECS
from mcu_lab.plan.verify import Problem, ProblemCode, verify
from tests.conftest import ROOT
from tests.plan.broken_plans import Broken, Witness, broken_plans

PAGE = ROOT / "docs" / "verifier.md"

_INTRODUCTION = """# The verifier

`verify(plan)` says whether a plan may run. It follows the steps over a *shadow memory*: for each byte of each memory,
it knows which byte of which element of which tensor lives there. A step that reads must find exactly the elements that
its Views promise; a step that writes replaces what was there; scratch memory destroys it; a copy in flight owns both
its ends until it is waited for. Overlapping buffers, in-place operators, line buffers, row tiles, channel slices and
spills need no rules of their own: each of them either leaves the right elements where the next reader looks, or not.

What RESHAPE, SPLIT or CONCATENATION passes on keeps its name in the shadow, so that a tensor may be read from the
middle of another one that holds it. Within a step, an output may lie on an input as far as the operator's file
promises an order of access, and no further.

A bundle is right when each of its plans is, and what lasts of one (constants, codes, state) lies where no other writes.

It never raises and never repairs; it shares no code with lowering or the searches. Its memory and time are bounded,
and a plan beyond the bounds is not accepted. What it accepts gives the bytes of its graph; the tests damage plans of
real models at random, and run each that is accepted: more than 20,000 with `MCU_LAB_FULL=1`, in the suite a part.

Each problem below has a plan in the tests that triggers it, and a witness that such a plan is really wrong:
*bytes*: the executor runs it to other bytes; *second*: a second inference in the memory left behind gives other bytes;
*refused*: the executor cannot run it; *board*: only a board would show it, and the reason is given.

This page is generated: `python -m tests.plan.verifier_page`.

"""


def page() -> str:
    """The text of docs/verifier.md."""
    rows = [_row(code, broken, message) for code, (broken, message) in _examples().items()]
    return "\n".join([_INTRODUCTION + "| code | rule | for example | witness |", "|---|---|---|---|", *rows, ""])


def problems_of(broken: Broken) -> tuple[Problem, ...]:
    """What ``verify`` says of a broken plan, while kernels need as much working memory as it asks for."""
    if not broken.scratch_bytes:
        return verify(broken.plan)
    hungry = {k: replace(spec, scratch_bytes=lambda *_: broken.scratch_bytes) for k, spec in SPECS.items()}
    with patch("mcu_lab.plan.verify.compute.SPECS", hungry):
        return verify(broken.plan)


def _examples() -> Mapping[ProblemCode, tuple[Broken, str]]:
    found: dict[ProblemCode, tuple[Broken, str]] = {}
    for broken in broken_plans():
        message = next(str(p) for p in problems_of(broken) if p.code is broken.code)
        found.setdefault(broken.code, (broken, message))
    return {code: found[code] for code in ProblemCode}


def _row(code: ProblemCode, broken: Broken, message: str) -> str:
    witness = f"board: {broken.because}" if broken.witness is Witness.BOARD else broken.witness.value
    example = message.removesuffix(f" [{code}]").replace("|", "\\|")
    return f"| `{code}` | {code.rule} | {example} | {witness} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
