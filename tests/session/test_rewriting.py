"""A rewritten graph in a session: an edit like others, that documents, journals, scripts, pages and exports know of."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mcu_lab.device import ad_hoc, board
from mcu_lab.errors import DocumentError, InputError, ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import verify
from mcu_lab.rewriting import RemoveUnread
from mcu_lab.schedule.document import load
from mcu_lab.schedule.json_text import from_text
from mcu_lab.schedule.model import ByRows
from mcu_lab.session import events
from mcu_lab.session.moving import Move
from mcu_lab.session.placing import Pin, Store
from mcu_lab.session.rewriting import SetRewrites, rewrite_infos
from mcu_lab.session.session import Session
from mcu_lab.session.sharing import SetInPlace
from mcu_lab.session.staging import MakeStage
from tests.law.graphs import random_graph
from tests.rewriting.models import cut, spare
from tests.session.files import opened, restart
from tests.session.front_end import attached
from tests.session.models import column, woven

MODEL, PLAN = "spare.tflite", "spare.mcuplan.json"
UNREAD = (RemoveUnread(),)
ASKED = [{"type": "remove_unread"}]
WORDS = "2 operators and 76 B of constants that no output needs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a model that holds more than it needs."""
    (tmp_path / MODEL).write_bytes(write_tflite(spare()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rewriting_is_an_edit_that_can_be_undone_and_made_again() -> None:
    session = Session(spare(), ad_hoc())
    before = session.snapshot
    foreseen = session.preview(SetRewrites(UNREAD))
    after = session.apply(SetRewrites(UNREAD))
    assert after.entry.figures == foreseen and foreseen.flash_bytes < before.entry.figures.flash_bytes
    assert (after.label, len(after.graph.operators)) == ("remove what no output needs", 2)
    assert after.base is before.base is before.graph and after.plan.graph is after.graph
    assert verify(after.plan) == () and session.dirty
    assert session.undo().graph is before.graph and not session.dirty
    assert session.redo().graph is after.graph
    assert session.rewrite().label == "the graph as the file has it"
    assert session.snapshot.decisions.schedule == before.decisions.schedule
    now = session.rewrite("remove-unread")
    assert session.rewrite(RemoveUnread()) is now
    for wrong, error in (("prune", InputError), (RemoveUnread(), ScheduleError)):
        with pytest.raises(error):
            session.rewrite(RemoveUnread(), wrong)
    assert session.snapshot is now


def test_where_there_is_nothing_to_remove_the_schedule_and_its_proof_stay() -> None:
    session = Session(column(3), ad_hoc())
    session.fit()
    before = session.snapshot
    after = session.rewrite("remove_unread")
    assert (after.graph, after.decisions.schedule) == (before.graph, before.decisions.schedule)
    assert after.decisions.proof == before.decisions.proof is not None
    assert [info.words for info in rewrite_infos(after.base, UNREAD)] == ["nothing"]
    assert rewrite_infos(before.base, ()) == ()


def test_what_was_decided_goes_along_and_comes_back() -> None:
    session = Session(spare(), board("nucleo-f446re"))
    session.apply(Move((3,), 1))
    session.apply(SetInPlace(2, 0))
    session.apply(Store((4,), "sram"))
    session.apply(Pin("t0", 128))
    before = session.snapshot.decisions.schedule
    assert before.order == (0, 3, 1, 2)
    after = session.rewrite(*UNREAD).decisions.schedule
    assert after == replace(before, order=(0, 1), in_place=(), storage=(), pins=(("t0", 128),))
    session.apply(SetInPlace(1, 0))
    back = session.rewrite().decisions.schedule
    assert back == replace(before, order=(0, 1, 2, 3), in_place=((3, 0),), storage=()), (
        "each reader before it overwrites"
    )
    assert verify(session.plan) == ()


def test_stages_lose_what_is_gone_and_keep_the_rest() -> None:
    session = Session(spare(), ad_hoc())
    session.apply(MakeStage(ByRows((0, 1, 2, 3), 1)))
    after = session.rewrite(*UNREAD)
    assert after.decisions.schedule.stages == (ByRows((0, 1), 1),)
    assert verify(after.plan) == ()
    assert session.rewrite().decisions.schedule.stages == (ByRows((0, 3), 1),)
    assert verify(session.plan) == ()


@pytest.mark.quick(5)
@pytest.mark.parametrize("seed", range(16))
def test_what_a_search_placed_stays_where_it_is_and_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = cut(random_graph(rng), rng)
    session = Session(base, ad_hoc())
    session.fit(seconds=2, use=frozenset({"order", "alias", "inplace", "rows"}))
    before = session.snapshot
    after = session.rewrite(*UNREAD)
    assert verify(after.plan) == ()
    if after.decisions.schedule.offsets:
        assert arena_bytes(after.plan) <= arena_bytes(before.plan)
    assert verify(session.rewrite().plan) == ()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_was_decided_a_rewritten_plan_is_right(seed: int) -> None:
    from tests.session.test_edits import random_edit

    random = Random(seed)
    base: Graph = woven(random)
    session = Session(replace(base, outputs=base.outputs[:1]), ad_hoc())
    for at in range(12):
        try:
            session.apply(random_edit(random, session))
        except (ScheduleError, InputError):
            continue
        session.rewrite(*(UNREAD if at % 2 else ()))
        if not session.snapshot.decisions.schedule.pins:
            assert verify(session.plan) == ()


def test_a_document_says_it_only_where_it_was_decided(folder: Path) -> None:
    session = Session.open(MODEL)
    session.save(PLAN)
    assert "rewrites" not in json.loads(Path(PLAN).read_text())
    now = session.rewrite(*UNREAD)
    session.save()
    assert json.loads(Path(PLAN).read_text())["rewrites"] == ASKED
    assert load(PLAN).rewrites == UNREAD
    again = Session.open(PLAN)
    assert again.snapshot.decisions == now.decisions and again.plan == now.plan and not again.dirty
    assert again.is_saved_in(folder / PLAN)
    again.rewrite()
    again.save()
    assert session.reload().decisions.rewrites == () and session.undo().decisions.rewrites == UNREAD


@pytest.mark.parametrize(
    ("rewrites", "what"),
    [
        ("remove_unread", "It has to be a list."),
        (["remove_unread"], "It has to be an object."),
        ([{}], "It has to be printable text"),
        ([{"type": 7}], "It has to be printable text"),
        (
            [{"type": "<b>prune</b>"}],
            "There is no rewrite '<b>prune</b>'; this mcu_lab knows fold_constants, remove_unread.",
        ),
        ([{"type": "remove_unread", "much": 1}], "There is no field 'much'"),
    ],
)
def test_a_rewrite_in_a_document_that_is_none_is_refused_in_words(folder: Path, rewrites: object, what: str) -> None:
    Session.open(MODEL).save(PLAN)
    said = json.loads(Path(PLAN).read_text())
    with pytest.raises(DocumentError) as refused:
        from_text(json.dumps(said | {"rewrites": rewrites}))
    assert refused.value.what.startswith(what) and refused.value.where.startswith("rewrites")


def test_a_document_that_rewrites_twice_or_for_another_order_is_refused(folder: Path) -> None:
    Session.open(MODEL).save(PLAN)
    said = json.loads(Path(PLAN).read_text())
    for rewrites, what in ((ASKED * 50_000, "given twice"), (ASKED, "operator")):
        Path(PLAN).write_text(json.dumps(said | {"rewrites": rewrites}))
        with pytest.raises(ScheduleError, match=what):
            Session.open(PLAN)


def test_it_comes_back_after_a_crash(folder: Path) -> None:
    front, _ = opened(MODEL)
    front.do("set_rewrites", rewrites=ASKED)
    front.do("set_budget", sram_bytes=100_000, flash_bytes=None)
    schedule = front.state.schedule
    restart()
    again, answer = opened(MODEL)
    assert answer.recovered is not None
    assert again.state.schedule == schedule and again.state.rewrites[0].in_force
    again.ask(type="jump", rev=again.state.rev, position=0)
    assert len(again.state.model.operators) == 4


def test_a_saved_rewrite_goes_with_its_journal(folder: Path) -> None:
    front, _ = opened(MODEL)
    front.do("set_rewrites", rewrites=ASKED)
    front.ask(type="save", path=None)
    front.do("set_rewrites", rewrites=[])
    restart()
    again, answer = opened(PLAN)
    assert answer.recovered is not None and len(again.state.model.operators) == 4 and again.state.document.dirty
    again.ask(type="revert", rev=again.state.rev)
    assert len(again.state.model.operators) == 2 and not again.state.document.dirty


def test_the_script_leads_to_the_same_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    front, _ = opened(MODEL)
    front.do("set_rewrites", rewrites=ASKED)
    front.do("set_in_place", operator=1, slot=0)
    (folder / "again.py").write_text(front.ask(type="script").text)
    assert "graph = mcu_lab.rewrite(graph, RemoveUnread())" in (folder / "again.py").read_text()
    made = runpy.run_path(str(folder / "again.py"))
    session = front.channel._session
    assert session is not None
    assert made["plan"] == session.plan and made["schedule"] == front.state.schedule
    assert "arena" in capsys.readouterr().out.lower()


def test_a_page_is_told_the_graph_that_is_shown_and_what_can_be_done_to_it(folder: Path) -> None:
    front, answer = opened(MODEL)
    (offered,) = answer.state.rewrites
    assert offered == events.RewriteInfo("remove what no output needs", WORDS, "changes no output byte", False, UNREAD)
    foreseen = front.ask(type="preview", rev=0, edit={"type": "set_rewrites", "rewrites": ASKED})
    told = front.do("set_rewrites", rewrites=ASKED)
    assert isinstance(told, events.Change) and told.figures == foreseen.after and told.model is not None
    assert [op.origin for op in told.model.operators] == [0, 3]
    assert [(t.id, t.origin, t.name) for t in told.model.tensors] == [(0, 0, "in"), (1, 2, "a"), (2, 6, "out")]
    assert told.model.sha256 == answer.state.model.sha256 == read_tflite(MODEL).sha256
    (in_force,) = front.state.rewrites
    assert in_force == replace(offered, in_force=True, then=())
    later = front.do("set_inputs", inputs="streamed")
    assert later.model is None and later.rewrites is None
    whole = front.ask(type="resync")
    assert (whole.model, whole.rewrites) == (front.state.model, front.state.rewrites)
    front.do("set_rewrites", rewrites=[])
    assert front.state.model == answer.state.model and front.state.rewrites == (offered,)


@pytest.mark.parametrize("rewrites", [[{"type": "prune"}], ["remove_unread"], "remove_unread", ASKED * 2, [{"x": 1}]])
def test_a_rewrite_that_is_none_is_refused_and_changes_nothing(rewrites: object) -> None:
    front = attached(Session(spare(), ad_hoc()))
    before = front.state
    failed = front.ask(type="do", rev=0, edit={"type": "set_rewrites", "rewrites": rewrites})
    assert isinstance(failed, events.Failed) and failed.kind in ("InputError", "ScheduleError")
    assert front.state is before


def test_plans_of_both_graphs_can_be_compared(folder: Path) -> None:
    front, answer = opened(MODEL)
    front.do("move", operators=[3], to=1)
    front.do("set_rewrites", rewrites=ASKED)
    compared = front.ask(type="compare", other={"kind": "position", "id": "0"})
    assert compared.model == answer.state.model
    assert "New rewrite: remove what no output needs." in compared.decided
    assert not any(said.startswith("Order") for said in compared.decided), "what is left runs as it did"
    front.do("move", operators=[1], to=1)
    assert front.ask(type="compare", other={"kind": "position", "id": "2"}).model is None
    front.do("set_rewrites", rewrites=[])
    compared = front.ask(type="compare", other={"kind": "position", "id": "2"})
    assert "No longer: remove what no output needs." in compared.decided
    assert [op.origin for op in compared.model.operators] == [0, 3]


def test_a_trade_off_is_taken_with_the_graph_that_it_was_found_for() -> None:
    front = attached(Session(spare(), ad_hoc()))
    front.do("set_rewrites", rewrites=ASKED)
    asked = {"type": "front", "use": ["order", "inplace"], "max_mac_factor": 1.0, "seconds": None}
    found = front.ask(rev=front.state.rev, **asked)
    front.do("set_rewrites", rewrites=[])
    other = {"kind": "point", "id": "0"}
    assert front.ask(type="compare", other=other).before == found.points[0].figures
    chosen = front.ask(type="choose", rev=front.state.rev, point=0)
    assert chosen.figures == found.points[0].figures and len(front.state.model.operators) == 2


def test_what_is_exported_is_the_rewritten_graph(folder: Path) -> None:
    front, _ = opened(MODEL)
    front.do("set_rewrites", rewrites=ASKED)
    overlay = json.loads(front.ask(type="node_data").text)
    nodes = json.dumps(overlay)
    assert '"0"' in nodes and '"3"' in nodes and '"1"' not in nodes, "Model Explorer shows the file's graph"
    made = front.ask(type="export", kind="tflite", path="less.tflite")
    assert isinstance(made, events.Exported)
    assert [op.kind for op in read_tflite("less.tflite").operators] == ["RELU", "RELU6"]
    firmware = front.ask(type="export", kind="firmware", path="firmware")
    assert isinstance(firmware, events.Exported) and "RELU_N1_TO_1" not in _sources(folder / "firmware")


def _sources(folder: Path) -> str:
    return "\n".join(file.read_text() for file in folder.glob("*.c"))
