"""One plan for each way of being wrong, and what shows that it really is.

The bases are right; :func:`broken_plans` breaks one thing in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Memory
from mcu_lab.graph.box import Interval
from mcu_lab.lowering.lower import default_schedule, lower
from mcu_lab.lowering.together import together
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.model import Buffer, Codebook, Codes, Compute, Copy, Form, Plan, Ring, Step, View, Wait
from mcu_lab.plan.verify import ProblemCode
from tests.plan import tiny
from tests.plan.bundles import with_plan
from tests.plan.coded_plans import BOOK, coded
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled


class Witness(Enum):
    """What shows that a plan with this problem is wrong."""

    BYTES = "bytes"
    """The executor runs it to other bytes than the graph's, with transfers done early or late."""
    SECOND = "second"
    """The first inference is right, a second one in the memory it leaves is not."""
    REFUSED = "refused"
    """The executor cannot run it, or gives no output."""
    BOARD = "board"
    """The executor has no such limit, the board does; ``because`` says which."""


@dataclass(frozen=True)
class Broken:
    code: ProblemCode
    plan: Plan | Bundle
    witness: Witness
    because: str = ""
    scratch_bytes: int = 0
    """Working memory that every kernel is said to need while this plan is checked."""


@cache
def whole() -> Plan:
    graph = tiny.chain()
    return lower(graph, default_schedule(graph), ad_hoc(4096, 16384))


@cache
def joined() -> Plan:
    graph = tiny.branches()
    return lower(graph, default_schedule(graph), ad_hoc())


@cache
def remembering() -> Plan:
    net = tiny.Net((1, 3, 5, 2))
    state = net.state((1, 3, 5, 2))
    out = net.relu(net.add(net.read(state), net.input))
    net.assign(state, net.relu(out))
    graph = net.graph(out)
    return lower(graph, default_schedule(graph), ad_hoc())


@cache
def rows() -> Plan:
    graph = tiny.chain()
    return row_tiled(graph, chain_from(graph, 0, 3), 1)


@cache
def streamed() -> Plan:
    graph = tiny.chain()
    return row_tiled(graph, chain_from(graph, 0, 3), 2, streamed=True)


@cache
def slices() -> Plan:
    graph = tiny.chain()
    return channel_sliced(graph, chain_from(graph, 1, 2), 1)


@cache
def fetched() -> Plan:
    return prefetched(tiny.chain(), [0, 1, 2])


@cache
def decoding() -> Plan:
    """The weights of the first two operators in codes."""
    plan = whole()
    return coded(plan, [_compute(plan, k).reads[1][0].tensor for k in (0, 1)], 4)


BASES: tuple[Callable[[], Plan], ...] = (whole, joined, rows, streamed, slices, fetched, remembering, decoding)


# Changing a plan.


def with_buffer(plan: Plan, name: str, **changes: object) -> Plan:
    changed = tuple(replace(b, **changes) if b.id == name else b for b in plan.buffers)  # type: ignore[arg-type]
    return replace(plan, buffers=changed)


def with_step(plan: Plan, index: int, **changes: object) -> Plan:
    changed = replace(plan.steps[index], **changes)  # type: ignore[arg-type]
    return replace(plan, steps=(*plan.steps[:index], changed, *plan.steps[index + 1 :]))


def with_steps(plan: Plan, steps: list[Step]) -> Plan:
    """Steps numbered again; Waits follow their Copies."""
    new = {id(s): i for i, s in enumerate(steps)}
    old = {s.id: s for s in plan.steps}
    return replace(
        plan,
        steps=tuple(
            replace(s, id=i, copy=new.get(id(old.get(s.copy)), s.copy)) if isinstance(s, Wait) else replace(s, id=i)
            for i, s in enumerate(steps)
        ),
    )


def twice(plan: Plan) -> Plan:
    """The plan's steps once more, in the memory that the first inference leaves."""
    more = len(plan.steps)
    again = tuple(
        replace(s, id=s.id + more, copy=s.copy + more) if isinstance(s, Wait) else replace(s, id=s.id + more)
        for s in plan.steps
    )
    return replace(plan, steps=(*plan.steps, *again))


def _compute(plan: Plan, index: int) -> Compute:
    step = plan.steps[index]
    assert isinstance(step, Compute)
    return step


def _write(plan: Plan, index: int) -> View:
    view = _compute(plan, index).writes[0]
    assert view
    return view


def _with_write(plan: Plan, index: int, **changes: object) -> Plan:
    return with_step(plan, index, writes=(replace(_write(plan, index), **changes),))  # type: ignore[arg-type]


def _with_read(plan: Plan, index: int, slot: int, **changes: object) -> Plan:
    reads = _compute(plan, index).reads
    changed = replace(reads[slot][0], **changes)  # type: ignore[arg-type]
    return with_step(plan, index, reads=(*reads[:slot], (changed,), *reads[slot + 1 :]))


def _top(plan: Plan, memory: str) -> int:
    """The first offset behind every buffer there that suits any buffer."""
    return 4 * (max(b.end for b in plan.buffers if b.memory == memory) // 4 + 1)


def _offset(plan: Plan, name: str) -> int:
    offset = plan.buffer[name].offset
    assert offset is not None
    return offset


# Breaking one.


def broken_plans() -> Iterator[Broken]:
    """At least one for each code, in the order of the codes."""
    yield from _no_plans()
    yield from _misplaced()
    yield from _wrong_ends()
    yield from _wrong_steps()
    yield from _wrong_copies()
    yield from _wrong_turns()


def _no_plans() -> Iterator[Broken]:
    plan = whole()
    first, out = _compute(plan, 0), _write(plan, 0)
    yield Broken(ProblemCode.MALFORMED, with_step(plan, 0, reads=None), Witness.REFUSED)
    nowhere = replace(plan.graph, outputs=(999,))
    yield Broken(ProblemCode.GRAPH, replace(plan, graph=nowhere), Witness.REFUSED)
    because = "it may be right; following it would take more memory than a check is worth"
    yield Broken(ProblemCode.TOO_LARGE, with_buffer(plan, out.buffer, offset=1 << 40), Witness.BOARD, because)
    unknown = replace(plan.graph.operators[0], kind="CUSTOM:unknown")
    graph = replace(plan.graph, operators=(unknown, *plan.graph.operators[1:]))
    yield Broken(ProblemCode.UNSUPPORTED, replace(plan, graph=graph), Witness.REFUSED)
    because = "the row that a board reports by its id would be another row in the plan"
    yield Broken(ProblemCode.STEP_ID, with_step(plan, 0, id=1), Witness.BOARD, because)
    yield Broken(ProblemCode.ARITY, with_step(plan, 0, reads=first.reads[:2]), Witness.REFUSED)
    join = next(s for s in joined().steps if isinstance(s, Compute) and joined().graph.operators[s.op].kind == "ADD")
    same_twice = with_step(joined(), join.id, reads=(join.reads[0], join.reads[0]))
    yield Broken(ProblemCode.WRONG_TENSOR, same_twice, Witness.BYTES)
    start = plan.at_start[0]
    beyond = replace(start, box=start.box.replaced(1, Interval(0, 9)))
    yield Broken(ProblemCode.BOX, replace(plan, at_start=(beyond, *plan.at_start[1:])), Witness.REFUSED)
    yield Broken(ProblemCode.RING, _with_write(plan, 0, ring=Ring(1, 0)), Witness.REFUSED)
    because = "the remainder of a negative number is negative in C"
    yield Broken(ProblemCode.RING, _with_write(plan, 0, ring=Ring(1, 8, -8)), Witness.BOARD, because)
    yield Broken(ProblemCode.UNKNOWN_BUFFER, _with_write(plan, 0, buffer="nowhere"), Witness.REFUSED)
    weights, bias = first.reads[1][0].buffer, first.reads[2][0].buffer
    moved = replace(plan.buffer[bias], offset=_offset(plan, weights))
    yield Broken(ProblemCode.DUPLICATE_BUFFER, replace(plan, buffers=(*plan.buffers, moved)), Witness.BYTES)
    as_scratch = with_buffer(with_step(plan, 1, scratch=out.buffer), out.buffer, form=Form.SCRATCH)
    yield Broken(ProblemCode.WRONG_FORM, as_scratch, Witness.BYTES)
    spare = Buffer("spare", "sram", 8, 4, _top(plan, "sram"), (8,), "int8")
    beside = _with_write(replace(plan, buffers=(*plan.buffers, spare)), 0, origin=out.origin + 1)
    yield Broken(ProblemCode.OUTSIDE_BUFFER, beside, Witness.BYTES)
    yield from _wrong_codes()


def _wrong_codes() -> Iterator[Broken]:
    plan = decoding()
    coded = next(b for b in plan.buffers if isinstance(b.holds, Codes))
    codes, book = coded.holds, plan.buffer[BOOK]
    assert isinstance(codes, Codes) and isinstance(book.holds, Codebook)
    elsewhere = with_buffer(plan, coded.id, holds=replace(codes, codebook=coded.id))
    yield Broken(ProblemCode.CODEBOOK, elsewhere, Witness.REFUSED)
    cut = with_buffer(plan, BOOK, holds=replace(book.holds, vectors=book.holds.vectors[:-1]))
    yield Broken(ProblemCode.CODEBOOK, cut, Witness.REFUSED)
    beyond = with_buffer(plan, coded.id, holds=replace(codes, numbers=b"\xff" * len(codes.numbers)))
    yield Broken(ProblemCode.CODE_RANGE, beyond, Witness.BYTES)
    turned = with_buffer(plan, coded.id, holds=replace(codes, numbers=codes.numbers[::-1]))
    yield Broken(ProblemCode.WRONG_CODES, turned, Witness.BYTES)


def _misplaced() -> Iterator[Broken]:
    plan = whole()
    out = _write(plan, 0).buffer
    because = "the board has no memory of that name"
    yield Broken(ProblemCode.UNKNOWN_MEMORY, with_buffer(plan, out, memory="tape"), Witness.BOARD, because)
    yield Broken(ProblemCode.UNPLACED, with_buffer(plan, out, offset=None), Witness.REFUSED)
    because = "the linker has no room for an arena beyond the end of SRAM"
    yield Broken(ProblemCode.CAPACITY, with_buffer(plan, out, offset=4096 - 4), Witness.BOARD, because)
    bias = _compute(plan, 0).reads[2][0].buffer
    high = _top(plan, "flash")
    because = "an int32 at an odd address is a fault on a Cortex-M0, and slow or a fault on others"
    yield Broken(ProblemCode.ALIGNMENT, with_buffer(plan, bias, offset=high + 2), Witness.BOARD, because)
    away = replace(plan.device, memories=(*plan.device.memories, Memory("away", "external", 1 << 20, 4, reach=False)))
    far = with_buffer(replace(plan, device=away), out, memory="away", offset=0)
    because = "a kernel has no address for bytes behind a serial bus"
    yield Broken(ProblemCode.OUT_OF_REACH, far, Witness.BOARD, because)
    because = "a store to flash is a bus fault"
    in_flash = with_buffer(plan, out, memory="flash", offset=high)
    yield Broken(ProblemCode.READ_ONLY, in_flash, Witness.BOARD, because)


def _wrong_ends() -> Iterator[Broken]:
    plan = whole()
    claimed = replace(with_steps(plan, list(plan.steps[1:])), at_start=(*plan.at_start, _write(plan, 0)))
    yield Broken(ProblemCode.START_TENSOR, claimed, Witness.BYTES)
    first = _compute(plan, 0)
    weights, other = first.reads[1][0].buffer, _compute(plan, 1).reads[1][0].buffer
    at = _offset(plan, weights)
    yield Broken(ProblemCode.START_CONFLICT, with_buffer(plan, other, offset=at), Witness.BYTES)
    yield Broken(ProblemCode.MISSING_OUTPUT, replace(plan, at_end=()), Witness.REFUSED)
    top = _top(plan, "sram")
    last = _write(plan, len(plan.steps) - 1).buffer
    overwritten = with_buffer(with_buffer(plan, weights, memory="sram", offset=top), last, offset=top)
    overwritten = with_buffer(overwritten, plan.at_start[0].buffer, offset=top + plan.buffer[weights].bytes + 4)
    yield Broken(ProblemCode.LOST_STATE, overwritten, Witness.SECOND)
    plan = remembering()
    state, total = plan.graph.states[0], _write(plan, 1)
    on_it = with_buffer(plan, total.buffer, offset=_offset(plan, f"t{state}"))
    because = "what is left there when a transfer fails on the way is no state, and the next inference takes it for one"
    yield Broken(ProblemCode.ON_STATE, on_it, Witness.BOARD, because)


def _wrong_steps() -> Iterator[Broken]:
    plan = whole()
    steps = list(plan.steps)
    steps[1], steps[2] = steps[2], steps[1]
    yield Broken(ProblemCode.WRONG_VALUE, with_steps(plan, steps), Witness.BYTES)
    ring_too_short = replace(_write(rows(), 0), ring=Ring(1, 2))
    narrow = replace(rows(), steps=tuple(_in_shorter_ring(s, ring_too_short) for s in rows().steps))
    yield Broken(ProblemCode.WRONG_VALUE, narrow, Witness.BYTES)
    box = _compute(plan, 1).reads[0][0].box
    fewer = _with_read(plan, 1, 0, box=box.replaced(1, Interval(0, box[1].hi - 1)))
    yield Broken(ProblemCode.UNCOVERED_READ, fewer, Witness.REFUSED)
    ringed = _with_read(_with_write(plan, 0, ring=Ring(1, 4)), 1, 0, ring=Ring(1, 4))
    yield Broken(ProblemCode.SELF_OVERWRITE, ringed, Witness.BYTES)
    given, made = plan.at_start[0].buffer, _write(plan, 0).buffer
    yield Broken(ProblemCode.OVERLAP, with_buffer(plan, made, offset=_offset(plan, given)), Witness.BYTES)
    because = "the C kernel writes all of the working memory it asks for, whatever lies there"
    yield Broken(ProblemCode.SCRATCH, plan, Witness.BOARD, because, scratch_bytes=32)
    read = _compute(plan, 1).reads[0][0]
    halves = (replace(read, box=read.box.replaced(2, i)) for i in (Interval(0, 4), Interval(4, read.box[2].hi)))
    because = "the C kernel looks for the View of each row, and walks along it to its end"
    in_halves = with_step(plan, 1, reads=(tuple(halves), *_compute(plan, 1).reads[1:]))
    yield Broken(ProblemCode.UNFOLLOWED, in_halves, Witness.BOARD, because)
    finishing = max(s.id for s in slices().steps if isinstance(s, Compute) and s.reduce)
    last = _compute(slices(), finishing).reduce
    assert last
    early = with_step(slices(), finishing - 2, writes=_compute(slices(), finishing).writes)
    yield Broken(ProblemCode.REDUCE, with_steps(early, list(early.steps[: finishing - 1]) + _after(early, finishing)),
                 Witness.BYTES)  # fmt: skip
    without = [s for s in slices().steps if s.id != finishing - 2]
    yield Broken(ProblemCode.WRONG_SUMS, with_steps(slices(), without), Witness.BYTES)


def _after(plan: Plan, index: int) -> list[Step]:
    return list(plan.steps[index + 1 :])


def _in_shorter_ring(step: Step, like: View) -> Step:
    def shorter(view: View) -> View:
        return replace(view, ring=like.ring) if view.tensor == like.tensor and view.ring else view

    assert isinstance(step, Compute)
    writes = tuple(shorter(v) if v else None for v in step.writes)
    return replace(step, writes=writes, reads=tuple(tuple(shorter(v) for v in slot) for slot in step.reads))


def _wrong_copies() -> Iterator[Broken]:
    plan = fetched()
    copies = [s for s in plan.steps if isinstance(s, Copy)]
    biases = [s for s in copies if s.src.box.shape == (4,)]
    yield Broken(ProblemCode.COPY_MISMATCH, with_step(plan, biases[0].id, src=biases[1].src), Witness.BYTES)
    yield Broken(ProblemCode.COPY_OVERLAP, _moved_a_little(whole()), Witness.BYTES)
    because = "no transfer leads from there to here, and the core has no address for it"
    no_links = replace(plan, device=replace(plan.device, links=()))
    yield Broken(ProblemCode.NO_LINK, no_links, Witness.BOARD, because)
    because = "an external memory gives whole bursts, and would overwrite what lies behind"
    coarse = tuple(replace(link, burst_bytes=64) for link in plan.device.links)
    yield Broken(ProblemCode.BURST, replace(plan, device=replace(plan.device, links=coarse)), Witness.BOARD, because)
    pieces = [s.id for s in streamed().steps if isinstance(s, Copy)]
    reordered = list(streamed().steps)
    reordered[pieces[0]], reordered[pieces[1]] = reordered[pieces[1]], reordered[pieces[0]]
    because = "a camera does not send a line again"
    yield Broken(ProblemCode.STREAM_ORDER, with_steps(streamed(), reordered), Witness.BOARD, because)
    waits = [s for s in plan.steps if isinstance(s, Wait)]
    late = [s for s in plan.steps if s is not waits[0]]
    yield Broken(ProblemCode.IN_FLIGHT, with_steps(plan, [*late, waits[0]]), Witness.BYTES)
    yield Broken(ProblemCode.WAIT, with_step(plan, waits[0].id, copy=waits[0].id + 1), Witness.REFUSED)
    yield Broken(ProblemCode.NEVER_AWAITED, with_steps(plan, late), Witness.BYTES)


def _moved_a_little(plan: Plan) -> Plan:
    """The first activation is moved up by 16 bytes, onto itself, and read there."""
    made = _write(plan, 0)
    old = plan.buffer[made.buffer]
    top = _top(plan, "sram")
    plan = with_buffer(plan, old.id, offset=top)
    moved = Buffer("moved", "sram", old.bytes, 4, top + 16, old.shape, old.dtype)
    shape = plan.graph.tensors[made.tensor].shape
    there = dense_view("moved", made.tensor, shape)
    read_there = _with_read(plan, 1, 0, buffer="moved")
    steps = [plan.steps[0], Copy(-1, made, there), *read_there.steps[1:]]
    return with_steps(replace(plan, buffers=(*plan.buffers, moved)), steps)


@cache
def taking_turns() -> Bundle:
    """Three models, one with state, two with codes of one codebook."""
    device, book = remembering().device, decoding().buffer[BOOK].holds
    assert isinstance(book, Codebook)
    chain = coded(replace(whole(), device=device), [_compute(whole(), 1).reads[1][0].tensor], 4, book=book)
    return together({"remembering": remembering(), "decoding": replace(decoding(), device=device), "chain": chain})


def _wrong_turns() -> Iterator[Broken]:
    bundle = taking_turns()
    chain, other = bundle.plans["chain"], bundle.plans["remembering"]
    because = "its plans were made for memories that are not the same"
    small = replace(chain, device=ad_hoc(4096, 16384))
    yield Broken(ProblemCode.OTHER_DEVICE, with_plan(bundle, "chain", small), Witness.BOARD, because)
    because = "the codebook that goes by the name is one of the two for whoever shares it"
    apart = with_buffer(chain, BOOK, offset=4 * (bundle_bytes(bundle, "flash") // 4 + 1))
    yield Broken(ProblemCode.OTHER_CODEBOOK, with_plan(bundle, "chain", apart), Witness.BOARD, because)
    theirs = next(b for b in bundle.plans["decoding"].buffers if b.form is Form.CODES and b.id not in chain.buffer)
    mine = next(b for b in chain.buffers if b.memory == "flash" and b.form is Form.PLAIN and b.bytes < theirs.bytes)
    merged = with_buffer(chain, mine.id, offset=theirs.offset)
    yield Broken(ProblemCode.SHARED_PLACE, with_plan(bundle, "chain", merged), Witness.BYTES)
    state = other.buffer[f"t{other.graph.states[0]}"]
    on_state = with_buffer(chain, chain.at_end[0].buffer, offset=state.offset)
    yield Broken(ProblemCode.TRESPASS, with_plan(bundle, "chain", on_state), Witness.BYTES)
