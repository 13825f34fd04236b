"""The public Python interface, in the words of the command line: load, fit, verify, execute, timeline, export …

Everything takes and returns plain values. A model can be given as a Graph or as anything :func:`load` takes; a
device as a Device, a board's id, or the path of a board file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mcu_lab.cost import cost
from mcu_lab.device import Device, ad_hoc, board, boards
from mcu_lab.device.said import device_said
from mcu_lab.errors import InputError
from mcu_lab.execution.executor import Execution
from mcu_lab.execution.executor import execute as _execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.execution.turns import execute_turns as _execute_turns
from mcu_lab.files import check_output, write_output
from mcu_lab.firmware.export import Export, export_bundle
from mcu_lab.firmware.export import export as _export
from mcu_lab.graph import zoo
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule
from mcu_lab.lowering import lower as _lower
from mcu_lab.lowering.together import together
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Plan
from mcu_lab.plan.runnable import require_runnable
from mcu_lab.plan.verify import verify
from mcu_lab.rewriting import Rewrite, rewrite_named, rewritten
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.techniques import TECHNIQUES
from mcu_lab.session.bundling import BundleSession, free_name, self_test_turns
from mcu_lab.session.exporting import self_test
from mcu_lab.session.opening import session_on
from mcu_lab.session.session import Session
from mcu_lab.view.projection import Projection, project
from mcu_lab.view.table import summary as _summary
from mcu_lab.view.table import table as _table

if TYPE_CHECKING:
    from mcu_lab.search.fit import FitResult
    from mcu_lab.search.front import Point
    from mcu_lab.view.timeline import Timeline

__all__ = [
    "BundleSession", "Session", "boards", "bundle", "execute", "execute_turns", "export", "fit", "front",
    "live_session", "load", "lower", "report", "rewrite", "run", "table", "timeline", "tradeoff", "verify", "zoo",
]  # fmt: skip

Model = Graph | str | os.PathLike[str]
#: A device, a board's id, the path of its TOML file, or what such a file says.
Board = Device | str | Mapping[str, Any]
Arrays = Mapping[int, np.ndarray] | Mapping[str, np.ndarray]


def load(model: str | os.PathLike[str]) -> Graph:
    """The graph of a ``.tflite`` file, or of a public model by its name in the zoo. Raises ModelError or InputError."""
    return read_tflite(file_of(model))


def file_of(model: str | os.PathLike[str]) -> Path:
    """The file that :func:`load` reads. Raises as it does."""
    if isinstance(model, str) and model in zoo.names() and not os.path.exists(model):
        return zoo.path_of(model)
    return Path(model)


def live_session(path: str | os.PathLike[str]) -> Session:
    """The session that is live in this process on a ``.tflite`` model or a ``.mcuplan.json`` document.

    So a cell works on what a panel shows, when both have the same kernel. Without one, the file is opened, with the
    unsaved work that a crash left behind. Raises InputError, ModelError or DocumentError.
    """
    return session_on(path)


def device_of(device: Board | None, sram: int | None = None, flash: int | None = None) -> Device:
    """The device that was asked for: a board, or sizes in bytes, or no limits at all."""
    if device is None:
        return ad_hoc(sram, flash)
    if sram is not None or flash is not None:
        raise InputError("a board and sizes of its own were both given.", hint="Give the board, or sram and flash.")
    if isinstance(device, Mapping):
        return device_said(device, "board")
    return board(device) if isinstance(device, str) else device


def lower(
    model: Model,
    schedule: Schedule | None = None,
    device: Board | None = None,
    *,
    sram: int | None = None,
    flash: int | None = None,
) -> Plan:
    """The plan that follows from ``schedule`` (default: the file's order, tensors whole) on ``device``.

    ``sram`` and ``flash`` are bytes of an ad hoc device.
    """
    graph = _graph(model)
    return _lower(graph, schedule or default_schedule(graph), device_of(device, sram, flash))


def fit(
    model: Model,
    device: Board | None = None,
    *,
    sram: int | None = None,
    flash: int | None = None,
    use: Iterable[str] = TECHNIQUES,
    **options: Any,
) -> FitResult:
    """The schedule with the least SRAM that the techniques in ``use`` reach, and what is proven about it.

    ``sram`` and ``flash`` are bytes of an ad hoc device. Other options are those of :func:`mcu_lab.search.fit.fit`.
    """
    # The solvers take half a second to import; looking at a model must not wait for them.
    from mcu_lab.search.fit import fit as _fit

    return _fit(_graph(model), device_of(device, sram, flash), use=frozenset(use), **options)


def front(
    model: Model,
    device: Board | None = None,
    *,
    sram: int | None = None,
    flash: int | None = None,
    use: Iterable[str] = TECHNIQUES,
    **options: Any,
) -> tuple[Point, ...]:
    """How small the arena gets for how many multiply-accumulates: points that no other one found beats in both.

    ``lower(model, point.schedule)`` makes a point's plan. Options are those of :func:`mcu_lab.search.front.front`.
    """
    from mcu_lab.search.front import front as _front

    return _front(_graph(model), device_of(device, sram, flash), use=frozenset(use), **options)


def rewrite(model: Model, *rewrites: Rewrite | str) -> Graph:
    """The model's graph after these rewrites, in this order; the same graph when they change nothing.

    A rewrite is given as a value of :mod:`mcu_lab.rewriting` or by its name (``"remove-unread"``). Raises InputError
    for one that there is not, ScheduleError for one that the graph does not allow.
    """
    return rewritten(_graph(model), tuple(rewrite_named(r) if isinstance(r, str) else r for r in rewrites))


def bundle(
    models: Mapping[str, Model | Plan] | Iterable[Model | Plan],
    device: Board | None = None,
    *,
    sram: int | None = None,
    flash: int | None = None,
    use: Iterable[str] = TECHNIQUES,
    **options: Any,
) -> Bundle:
    """Several models in one program: their plans in the same memories, where they take turns.

    A plan is taken as it is; any other model is fitted first, as by :func:`fit`. A mapping names the models, else they
    are called as their graphs. :func:`verify` and :func:`export` take a bundle like a plan, and :class:`BundleSession`
    keeps one in a file. Raises InputError for no models, and for plans of different devices.
    """
    wanted, given = frozenset(use), device_of(device, sram, flash)
    named = dict(models) if isinstance(models, Mapping) else None
    plans: dict[str, Plan] = {}
    for name, model in named.items() if named is not None else ((None, m) for m in models):
        plan = model if isinstance(model, Plan) else fit(model, given, use=wanted, **options).plan
        plans[free_name(plans, plan.graph.name) if name is None else name] = plan
    return together(plans)


def execute_turns(bundle: Bundle, turns: Iterable[tuple[str, Arrays]], **options: Any) -> Iterator[Execution]:
    """Run one inference of a model of ``bundle`` after the other, all in one set of memories.

    Each turn names its model and gives its inputs; a model with state finds what its last turn left.
    """
    return _execute_turns(bundle, turns, **options)


def execute(plan: Plan, inputs: Arrays | None = None, *, seed: int = 0, **options: Any) -> Execution:
    """Run ``plan`` step by step in byte arenas. Without ``inputs``: random ones from ``seed``."""
    return _execute(plan, random_inputs(plan.graph, seed) if inputs is None else inputs, **options)


def run(model: Model, inputs: Arrays | None = None, *, seed: int = 0) -> Mapping[int, np.ndarray]:
    """Every tensor of the model, by id, run operator by operator: what any plan of it has to reproduce."""
    graph = _graph(model)
    return run_reference(graph, random_inputs(graph, seed) if inputs is None else inputs)


def timeline(plan: Plan) -> Timeline:
    """The memory timeline as a Bokeh figure that shows itself in a notebook."""
    # Bokeh takes most of a second to import; who draws nothing should not wait for it.
    from mcu_lab.view.timeline import timeline as drawn

    return drawn(_projected(plan))


def tradeoff(points: Sequence[Point], sram: int | None = None) -> Timeline:
    """A Pareto front as a Bokeh figure that shows itself in a notebook; ``sram`` (bytes) as a dashed line."""
    from mcu_lab.view.tradeoff import tradeoff as drawn

    return drawn([(point.arena_bytes, point.mac_factor) for point in points], limit_bytes=sram)


def table(plan: Plan) -> str:
    """``plan`` as text: whether it fits, the peak and why it is that, and one line a step."""
    picture = _projected(plan)
    return f"{_summary(picture)}\n\n{_table(picture)}"


def report(plan: Plan, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a standalone HTML report of ``plan`` to ``path``, where no file is unless ``overwrite``."""
    check_output(Path(path), overwrite=overwrite)
    from mcu_lab.view.report import report_html

    picture, estimate = _projected(plan), cost(plan)
    facts = [("latency (estimate)", f"{estimate.latency_us / 1000:,.1f} ms")]
    if estimate.energy_uj is not None:
        facts.append(("energy (estimate)", f"{estimate.energy_uj / 1000:,.2f} mJ"))
    html = report_html(
        picture,
        model=plan.graph.name,
        device=plan.device.name,
        facts=facts,
        problems=[str(p) for p in verify(plan)],
    )
    return write_output(Path(path), html.encode(errors="replace"), overwrite=overwrite)


def export(plan: Plan | Bundle, folder: str | os.PathLike[str], *, seed: int = 0, **options: Any) -> Export:
    """Write ``plan`` as C99 into ``folder``, with a self-test whose expected bytes are those of the executor."""
    if isinstance(plan, Bundle):
        return export_bundle(plan, Path(folder), vector=self_test_turns(plan, seed), **options)
    return _export(plan, Path(folder), vector=self_test(plan, seed), **options)


def _projected(plan: Plan) -> Projection:
    """The picture of a plan from anywhere. Raises PlanError for what is no plan at all."""
    require_runnable(plan)
    return project(plan)


def _graph(model: Model) -> Graph:
    return model if isinstance(model, Graph) else load(model)
