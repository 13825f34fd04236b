"""Documents of older schemas open as they are, give the plans that they gave then, and are saved in today's words.

Each was written by the last version that wrote its schema; what is expected are figures of its plans.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import verify
from mcu_lab.session.session import Session
from tests.conftest import DATA

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", sorted(p.name.split(".")[0] for p in DOCUMENTS.glob("*.mcuplan.json")))
def test_it_gives_the_same_plan(name: str, tmp_path: Path) -> None:
    plan = Path(shutil.copy(DOCUMENTS / f"{name}.mcuplan.json", tmp_path))
    assert json.loads(plan.read_text())["schema"] in (1, 2)
    shutil.copy(DATA / json.loads(plan.read_text())["model"]["path"], tmp_path)
    expected = json.loads((DOCUMENTS / f"{name}.expected.json").read_text())
    session = Session.open(plan)
    assert not session.dirty
    for opened in (session, Session.open(session.save(tmp_path / "new.mcuplan.json"))):
        made = opened.plan
        assert {b.id: [b.memory, b.offset, b.bytes] for b in made.buffers} == expected["buffers"]
        assert (arena_bytes(made), len(made.steps)) == (expected["arena_bytes"], expected["steps"])
        assert {p.code.value for p in verify(made)} <= {"capacity"}
    assert '"schema": 3' in (tmp_path / "new.mcuplan.json").read_text()
