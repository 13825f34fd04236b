"""Every kind of stage is drawn at random and goes everywhere: over the wire, into scripts, out of journals of old."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any, get_args

import numpy as np
import pytest

from mcu_lab.device import ad_hoc
from mcu_lab.errors import InputError
from mcu_lab.schedule import model
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Stage
from mcu_lab.session import chronicle
from mcu_lab.session.script import script
from mcu_lab.session.session import Session
from mcu_lab.session.staging import MakeStage
from mcu_lab.session.wire import from_json, json_schema, to_json
from mcu_lab.view.projection import project
from mcu_lab.view.words import stage_words
from tests.fuzz import schedules as fuzz
from tests.law import schedules as law
from tests.session.models import column
from tests.session.test_edits import random_stage

GRAPH = column(6)
RUN = (1, 2, 3)
DRAWN: dict[str, Callable[[int], Stage]] = {
    "law": lambda seed: law.random_stage(np.random.default_rng(seed), GRAPH, RUN),
    "fuzz": lambda seed: fuzz.random_stage(RUN, Random(seed)),
    "edits": lambda seed: random_stage(Random(seed), RUN),
}
EXAMPLES: list[Stage] = [
    ByRows(RUN),
    ByRows(RUN, 2, "apart"),
    ByTiles(RUN, 1, 2),
    ByTiles(RUN, 1, 0, (1, 2)),
    ByTiles(RUN, 3, 2, "all"),
    ByChannels(RUN, 2),
]


@pytest.mark.parametrize("name", DRAWN)
def test_every_kind_is_drawn_and_goes_over_the_wire(name: str) -> None:
    drawn = [DRAWN[name](seed) for seed in range(200)]
    assert {type(stage) for stage in drawn} == set(get_args(Stage))
    assert {stage.fresh for stage in drawn if isinstance(stage, ByRows)} == {"inside", "apart"}
    anew = [stage.anew for stage in drawn if isinstance(stage, ByTiles)]
    assert "all" in anew and () in anew and any(isinstance(some, tuple) and some for some in anew)
    for stage in drawn:
        assert from_json(Stage, json.loads(json.dumps(to_json(stage)))) == stage
        assert eval(repr(stage), vars(model)) == stage
    assert len({stage_words(stage) for stage in drawn}) > 5


def test_every_kind_can_be_made() -> None:
    for stage in EXAMPLES:
        made = Session(GRAPH, ad_hoc()).apply(MakeStage(stage))
        assert made.decisions.schedule.stages == (stage,) and stage_words(stage) in made.label
        (row,) = [row for row in project(made.plan, made.decisions.schedule).rows if row.kind == "stage"]
        assert row.how == stage_words(stage)


def test_a_script_makes_every_kind_again() -> None:
    for stage in EXAMPLES:
        session = Session(GRAPH, ad_hoc())
        session.apply(MakeStage(stage))
        lines = [line for line in script(session).splitlines() if not line.startswith("graph = ")]
        names: dict[str, Any] = {}
        exec("\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("plan = "))]), names)
        assert names["schedule"] == session.snapshot.decisions.schedule


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"operators": [1], "rows": 1}, "kind"),
        ({"kind": "stripes", "operators": [1]}, "rows, tiles, channels"),
        ({"kind": "rows", "operators": [1], "columns": 2}, "columns"),
        ({"kind": "tiles", "operators": [1], "anew": "some"}, "stage.anew"),
        ({"kind": "tiles", "operators": [1], "anew": ["all"]}, "stage.anew[0]"),
        ({"kind": "tiles", "operators": [1], "anew": None}, "stage.anew"),
        ({"kind": "channels", "operators": [1]}, "channels"),
    ],
)
def test_what_is_of_no_kind_is_refused_by_field(said: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as refused:
        from_json(Stage, said, "stage")
    assert named in str(refused.value)


def test_the_schema_tells_the_kinds_apart() -> None:
    definitions = json_schema([MakeStage])["$defs"]
    kinds = [definitions[kind.__name__]["properties"]["kind"] for kind in get_args(Stage)]
    assert kinds == [{"const": "rows"}, {"const": "tiles"}, {"const": "channels"}]


def test_a_journal_whose_stages_have_no_kinds_is_read() -> None:
    session = Session(GRAPH, ad_hoc())
    session.apply(MakeStage(ByRows((0,))))
    session.apply(MakeStage(ByTiles(RUN, 2, 3, "all")))
    said = [json.loads(line) for line in chronicle.entry_lines(session.entries, 2)[1]]
    common = {"columns": 0, "halo": "keep", "fresh": "inside", "channels": 0, "anew": []}
    one = common | {"operators": [0], "rows": 1}
    said[1]["schedule"]["stages"] = [one]
    said[2]["schedule"]["stages"] = [one, common | {"operators": [*RUN], "rows": 2, "columns": 3, "halo": "recompute"}]
    lines = [chronicle.head_line(chronicle.Head("plan", "0")), *map(chronicle.line, said), chronicle.line({"go": 2})]
    _, told = chronicle.read(BytesIO(b"".join(lines)), "a journal")
    assert told.entries == session.entries and told.position == 2 and not told.damaged
