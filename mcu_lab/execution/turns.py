"""Inferences of several models, one after the other, in the memories that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcu_lab.errors import InputError
from mcu_lab.execution.checksum import Trace
from mcu_lab.execution.executor import Copies, Execution, Machine
from mcu_lab.execution.footprint import execution_bytes
from mcu_lab.execution.memory import poisoned
from mcu_lab.execution.reference import Inputs, fresh_states, resolve_inputs
from mcu_lab.limits import RUN_BYTES
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.runnable import require_runnable

#: The name of a model, and what it is given.
Turn = tuple[str, Inputs]


def execute_turns(
    bundle: Bundle, turns: Iterable[Turn], *, trace: Trace | None = None, copies: Copies = "early"
) -> Iterator[Execution]:
    """What each turn gives. Memory is poisoned once, before the first; what lasts is put there once as well.

    So a model finds what it left in the bytes that all others have run in, and nothing is taken on trust. Raises what
    :func:`mcu_lab.execution.executor.execute` raises, InputError for a model that the bundle does not have.
    """
    for plan in bundle.plans.values():
        require_runnable(plan)
    RUN_BYTES.allow(sum(map(execution_bytes, bundle.plans.values())), "running the bundle")
    held = poisoned(bundle.plans.values())
    machines = {name: Machine(plan, held, copies) for name, plan in bundle.plans.items()}
    for machine in machines.values():
        machine.put_lasting(fresh_states(machine.plan.graph))
    for name, inputs in turns:
        if name not in machines:
            raise InputError(f"there is no model {name!r:.80}.", hint=f"There are {', '.join(machines)}.")
        yield machines[name].infer(resolve_inputs(machines[name].plan.graph, inputs), trace=trace)
