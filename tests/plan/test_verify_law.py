"""The law: what ``verify`` accepts gives the bytes of its graph. Judged on plans with random damage.

A damaged plan that is accepted is run, with transfers as early and as late as allowed; every byte that an operator
writes on the way, and every output, must be the graph's. A sample of those rejected is run too, to see how often the
verifier cries out although the outputs came out right, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from zlib import crc32

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import ProblemCode, verify
from tests.conftest import DATA, model_path, part
from tests.execution.test_executor_models import sharing_most
from tests.plan import ring_aliases, tiny
from tests.plan.damage import damaged
from tests.plan.judge import Judge
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled, spilled
from tests.plan.ring_aliases import Rings
from tests.plan.tiled_aliases import joined_and_split, row_by_row

#: The suite tries one damaged plan in so many; all with MCU_LAB_FULL=1.
PART = 5
Builder = Callable[[Graph], Plan]
#: Rings with room to spare, neither of which begins with row 0.
LARGER = Rings((5, 3), (4, 2))


def whole(graph: Graph) -> Plan:
    return lower(graph, default_schedule(graph), ad_hoc())


def sharing(graph: Graph) -> Plan:
    return lower(graph, sharing_most(graph), ad_hoc())


def fetched(graph: Graph) -> Plan:
    return prefetched(graph, range(len(graph.operators)))


def by_rows(first: int, last: int, rows: int, streamed: bool = False) -> Builder:
    return lambda graph: row_tiled(graph, chain_from(graph, first, last), rows, streamed=streamed)


def by_channels(first: int, last: int, width: int) -> Builder:
    return lambda graph: channel_sliced(graph, chain_from(graph, first, last), width)


def in_rings(rings: Rings) -> Builder:
    return lambda graph: ring_aliases.row_by_row(rings)


def spilling(op: int, until: int) -> Builder:
    return lambda graph: spilled(graph, graph.operators[op].outputs[0], until)


@dataclass(frozen=True)
class Campaign:
    """How many damaged plans of each kind to judge."""

    name: str
    graph: Callable[[], Graph]
    each: int
    plans: Mapping[str, Builder] = field(default_factory=dict)

    def builders(self) -> Mapping[str, Builder]:
        return {"whole": whole, "sharing": sharing, "fetched": fetched, **self.plans}


def shared(name: str) -> Callable[[], Graph]:
    return cache(lambda: read_tflite(model_path(name)))


def own(name: str) -> Callable[[], Graph]:
    return cache(lambda: read_tflite(DATA / f"{name}.tflite"))


TINY = (
    Campaign(
        "chain",
        tiny.chain,
        80,
        {"rows": by_rows(0, 3, 1), "pushed": by_rows(0, 4, 2, True), "channels": by_channels(1, 2, 2)},
    ),
    Campaign("branches", tiny.branches, 80, {"spill": spilling(0, 1)}),
    Campaign("pointwise", tiny.pointwise, 80),
    Campaign("aliases", joined_and_split, 60, {"rows": row_by_row}),
    Campaign("names in rings", ring_aliases.graph, 60, {"rows": in_rings(Rings()), "room": in_rings(LARGER)}),
)
#: Small models in thousands, larger ones as far as time allows; together more than 20,000.
REAL = (
    Campaign("hello_world_int8", shared("hello_world_int8"), 1600, {"channels": by_channels(0, 1, 4)}),
    Campaign("micro_speech_int8", shared("micro_speech_int8"), 1500),
    Campaign("magic_wand_float", shared("magic_wand_float"), 1000),
    Campaign("digits_mlp_int8", own("digits_mlp_int8"), 800, {"channels": by_channels(2, 3, 16)}),
    Campaign("digits_cnn_int8", own("digits_cnn_int8"), 200, {"pushed": by_rows(0, 3, 4, True)}),
    Campaign(
        "digits_dscnn_int8",
        own("digits_dscnn_int8"),
        120,
        {"rows": by_rows(0, 3, 4), "channels": by_channels(7, 8, 12)},
    ),
    Campaign("digits_two_branch_int8", own("digits_two_branch_int8"), 100, {"rows": by_rows(0, 5, 8)}),
    Campaign(
        "digits_residual_int8",
        own("digits_residual_int8"),
        80,
        {"pushed": by_rows(0, 4, 8, True), "spill": spilling(0, 4)},
    ),
    Campaign("mlperf_kws_dscnn_int8", shared("mlperf_kws_dscnn_int8"), 200, {"rows": by_rows(0, 8, 1)}),
    Campaign("mlperf_ad_autoencoder_int8", shared("mlperf_ad_autoencoder_int8"), 100),
    Campaign("mlperf_ic_resnet8_int8", shared("mlperf_ic_resnet8_int8"), 30),
)
#: Every how manieth rejected plan is run as well.
SAMPLE = 20

#: Why a plan with this problem may still have given the right outputs once.
HARMLESS_THIS_TIME: Mapping[ProblemCode, str] = {
    ProblemCode.STEP_ID: "ids are for people and boards; the executor goes by index",
    ProblemCode.BOX: "a box beyond its tensor, or an empty one, may touch nothing that matters",
    ProblemCode.RING: "a ring of no rows in a View that nobody reads",
    ProblemCode.WRONG_TENSOR: "tensors of one shape and dtype lie alike, and may hold the same values",
    ProblemCode.WRONG_FORM: "bytes are bytes to the executor, as long as nothing disturbs them",
    ProblemCode.OUTSIDE_BUFFER: "what lies behind a buffer may be free",
    ProblemCode.ARITY: "a step that writes nothing does no harm",
    ProblemCode.UNSUPPORTED: "an operator that cannot be exported may still have a kernel here",
    ProblemCode.CAPACITY: "the executor makes its memories as long as the plan asks for",
    ProblemCode.ALIGNMENT: "numpy reads at any address",
    ProblemCode.OUT_OF_REACH: "the executor reaches every memory",
    ProblemCode.READ_ONLY: "the executor writes every memory",
    ProblemCode.NO_LINK: "the executor copies from everywhere to everywhere",
    ProblemCode.STREAM_ORDER: "the executor has the whole input from the start",
    ProblemCode.WRONG_VALUE: "other bytes may lead to the same outputs: clamped, of equal value, or read for nothing",
    ProblemCode.LOST_STATE: "only the next inference would notice",
    ProblemCode.START_TENSOR: "a false claim about the start may be made true by the producer later",
    ProblemCode.START_CONFLICT: "the constant underneath may be used by nobody, or equal where it matters",
    ProblemCode.MISSING_OUTPUT: "a part that at_end leaves out may be added by another View",
    ProblemCode.SELF_OVERWRITE: "equal values may lie on each other, and what is lost may be read by nobody",
    ProblemCode.OVERLAP: "poison in place of what an unordered kernel might destroy may clamp to the same output",
    ProblemCode.IN_FLIGHT: "whoever comes too early may come just in time in both extremes of the executor",
    ProblemCode.NEVER_AWAITED: "a copy that nobody reads",
    ProblemCode.WAIT: "a second Wait does the copy again, from a source that is still there",
    ProblemCode.COPY_OVERLAP: "the poisoned bytes may be read by nobody",
    ProblemCode.COPY_MISMATCH: "both tensors may lie alike",
    ProblemCode.SCRATCH: "the executor's kernels need no working memory",
    ProblemCode.WRONG_SUMS: "sums that are wrong may clamp to the same output",
    ProblemCode.REDUCE: "sums that are wrong may clamp to the same output",
}


def judge(campaign: Campaign, each: int, sample: int = SAMPLE) -> Counter[str]:
    """Damage, verify, run; how many were accepted, rejected, and rejected though right (with the first code)."""
    graph = campaign.graph()
    truth = Judge.of(graph)
    seen: Counter[str] = Counter()
    for name, build in campaign.builders().items():
        plan = build(graph)
        assert verify(plan) == (), f"{campaign.name}, {name}"
        for number in range(part(each, PART)):
            seed = crc32(f"{campaign.name} {name} {number}".encode())
            other, damages = damaged(plan, seed)
            problems = verify(other)
            if not problems:
                wrong = truth.difference(other, on_the_way=True)
                assert not wrong, f"{campaign.name}, {name}, seed {seed}, after {damages}: accepted, but {wrong}"
            elif number % sample == 0:
                seen["sampled"] += 1
                if not truth.refuses(other) and not truth.difference(other):
                    seen["right"] += 1
                    seen[f"right: {problems[0].code}"] += 1
            seen["rejected" if problems else "accepted"] += 1
    return seen


def check(seen: Counter[str]) -> None:
    print(dict(seen))
    assert seen["accepted"] >= 0.03 * (seen["accepted"] + seen["rejected"]), "too little survives to test the law"
    codes = {ProblemCode(key.removeprefix("right: ")) for key in seen if key.startswith("right: ")}
    assert codes <= set(HARMLESS_THIS_TIME), "rejected, right, and not explained"


@pytest.mark.quick(1)
@pytest.mark.parametrize("campaign", TINY, ids=lambda c: c.name)
def test_what_is_accepted_is_right_on_tiny_graphs(campaign: Campaign) -> None:
    check(judge(campaign, campaign.each))


@pytest.mark.slow
@pytest.mark.parametrize("campaign", REAL, ids=lambda c: c.name)
def test_what_is_accepted_is_right_on_real_models(campaign: Campaign) -> None:
    check(judge(campaign, campaign.each))


def test_the_campaigns_are_as_large_as_promised() -> None:
    assert sum(c.each * len(c.builders()) for c in TINY) >= 1_000
    assert sum(c.each * len(c.builders()) for c in REAL) >= 20_000
