"""A peak that no way of sharing storage goes below, whatever the order: the ordering problem with sharing for free.

Every tensor keeps a buffer of its own, and what sharing could save is given away at no cost:

* an operator that may write over an input gets its output for nothing while it runs (afterwards both count: if
  the input is still wanted then, it was not written over);
* at an operator that may move no byte, only the larger side counts, inputs or outputs; and its inputs
  count no longer after it, because they may lie inside the outputs, or the other way round;
* the output of a PAD that may write nothing is no larger than its input.

So whatever counts at a step is live there in any real plan, and no two that count share a byte. Where one tensor has
several operators that may move no byte, its parts may overlap, and of everything hanging together that way
only the largest tensor counts. Orders of this problem cost no more than real ones, hence its least peak is a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.folding import leaves_border
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Alias
from mcu_lab.search.problem import OrderBuffer, OrderProblem, closures
from mcu_lab.search.sharing import Sharing


def with_free_sharing(graph: Graph, ops: tuple[int, ...], problem: OrderProblem, allowed: Sharing) -> OrderProblem:
    """``problem`` (nothing shared, operator ``i`` is ``ops[i]``, buffers named ``t{tensor}``) with sharing for free."""
    rank = {op: i for i, op in enumerate(ops)}
    links = {op: spec_of(graph.operators[op]).aliases(graph, graph.operators[op]) for op in allowed.alias}
    tangles = _tangles(graph, links)
    scratch = list(problem.scratch_bytes)
    last: dict[str, int] = {}
    for op, found in links.items():
        tensors = {t for link in found for t in (link.part, link.whole)}
        if tensors & tangles.keys():
            continue
        read = tensors - set(graph.operators[op].outputs)
        scratch[rank[op]] -= min(_bytes(graph, read), _bytes(graph, tensors - read))
        last |= {f"t{t}": rank[op] for t in read}
    for op in dict(allowed.in_place):
        scratch[rank[op]] -= graph.tensors[graph.operators[op].outputs[0]].bytes
    shrunk = {f"t{a.whole}": graph.tensors[a.part].bytes for a in _folded(graph, links)}
    before, _ = closures(problem)
    ignored = {f"t{t}" for t, largest in tangles.items() if t != largest}
    return OrderProblem(
        problem.predecessors,
        tuple(
            _until(replace(b, bytes=shrunk.get(b.name, b.bytes)), last.get(b.name), before)
            for b in problem.buffers
            if b.name not in ignored
        ),
        tuple(scratch),
    )


def _folded(graph: Graph, links: Mapping[int, tuple[Alias, ...]]) -> list[Alias]:
    return [alias for op, found in links.items() if leaves_border(graph, graph.operators[op]) for alias in found]


def _until(buffer: OrderBuffer, last: int | None, before: list[int]) -> OrderBuffer:
    """The buffer as long as it surely is apart from others: up to operator ``last``."""
    if last is None:
        return buffer
    kept = frozenset(op for op in buffer.operators if op == last or before[last] >> op & 1)
    return replace(buffer, operators=kept, at_end=False)


def _bytes(graph: Graph, tensors: set[int]) -> int:
    return sum(graph.tensors[t].bytes for t in tensors)


def _tangles(graph: Graph, links: Mapping[int, tuple[Alias, ...]]) -> dict[int, int]:
    """Tensors that hang together with one that several operators may share: each with the largest of them."""
    together: dict[int, set[int]] = {}
    uses: Counter[int] = Counter()
    for op, found in links.items():
        tensors = {t for link in found for t in (link.part, link.whole)}
        uses.update(tensors - set(graph.operators[op].outputs))
        merged = set().union(tensors, *(together.get(t, ()) for t in tensors))
        together |= dict.fromkeys(merged, merged)
    tangled = {t: group for t, group in together.items() if any(uses[m] > 1 for m in group)}
    return {t: max(sorted(group), key=lambda m: graph.tensors[m].bytes) for t, group in tangled.items()}
