"""Files that a front end asks for: firmware, report, model, texts. All of them inside the document's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mcu_lab.errors import InputError
from mcu_lab.execution.executor import execute_frames
from mcu_lab.execution.reference import STATE_FRAMES, random_frames
from mcu_lab.files import check_output, make_folder, write_output
from mcu_lab.firmware.export import export as export_firmware
from mcu_lab.firmware.vector import TestVector
from mcu_lab.graph.offline_plan import with_offline_plan
from mcu_lab.graph.rewrite import reordered
from mcu_lab.graph.state import without_state
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import numbers_of
from mcu_lab.session.events import Exported
from mcu_lab.session.folder import folder_of, inside
from mcu_lab.session.requests import Export, ExportKind
from mcu_lab.session.script import script
from mcu_lab.session.session import Session, Snapshot
from mcu_lab.view.words import bytes_words, counted, size_words


def export(session: Session, request: Export) -> Exported:
    """Write what was asked for. Raises InputError for a path that is taken or leads out, and what the export raises."""
    folder = folder_of(session)
    path = inside(folder, request.path)
    if request.kind == "firmware":
        files, text = _firmware(session.snapshot, path, request.overwrite)
        files = tuple(f"{request.path}/{name}" for name in files)
    else:
        check_output(path, overwrite=request.overwrite, reads=session.files)
        data = _CONTENT[request.kind](session)
        make_folder(path.parent)
        write_output(path, data, overwrite=request.overwrite, reads=session.files)
        files, text = (request.path,), f"Wrote {request.path}, {size_words(len(data))}."
    return Exported("exported", request.id, request.kind, request.path, files, text)


def node_data_text(snapshot: Snapshot) -> str:
    """Figures for each operator as JSON that Model Explorer lays over the graph of the model's file.

    Its nodes of a ``.tflite`` graph are named by operator index; each set of values is one overlay.
    (Model Explorer user guide, "Custom node data")
    """
    in_file = numbers_of(snapshot.base, snapshot.decisions.rewrites, ()).operators
    rows = {
        str(in_file[row.op]): row
        for row in snapshot.picture.rows
        if row.kind == "operator" and row.op is not None and row.op in in_file
    }
    overlays: dict[str, dict[str, Any]] = {
        "live bytes": {op: row.live_bytes for op, row in rows.items()},
        "multiply-accumulates": {op: row.macs for op, row in rows.items()},
        "place in the order": {op: row.index for op, row in rows.items()},
    }
    graph = {
        "results": {op: {"value": value} for op, value in overlays["live bytes"].items()},
        "gradient": [{"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#d55e00"}],
    }
    return json.dumps({"main": graph}, indent=1, sort_keys=False) + "\n"


def self_test(plan: Plan, seed: int, runs: int = 1) -> TestVector:
    """What an export runs and what must come out, as the executor has it: so many runs, or more where one leaves state
    to the next."""
    frames = random_frames(plan.graph, seed, STATE_FRAMES if plan.graph.states else runs)
    outputs = [run.outputs for run in execute_frames(plan, frames)]
    return TestVector.of(zip(frames, outputs, strict=True))


def _firmware(now: Snapshot, folder: Path, overwrite: bool) -> tuple[tuple[str, ...], str]:
    if now.problems:
        raise InputError(
            f"not exported: the plan has {counted(len(now.problems), 'problem')}, the first: {now.problems[0]}",
            where="export",
            hint="The list of problems leads to each of them.",
        )
    made = export_firmware(now.plan, folder, vector=self_test(now.plan, 0), overwrite=overwrite)
    flash = f"constants {bytes_words(made.weights_bytes)} + table of steps {bytes_words(made.table_bytes)}"
    sizes = f"arena {bytes_words(made.arena_bytes)}, of flash {flash}"
    return made.files, f"Wrote {counted(len(made.files), 'file')}: {sizes}. `make test` there runs the self-test."


def _report(session: Session) -> bytes:
    # Bokeh takes most of a second to import; who draws nothing should not wait for it.
    from mcu_lab.view.report import report_html

    now = session.snapshot
    figures = now.entry.figures
    facts = [("latency (estimate)", f"{figures.latency_us / 1000:,.1f} ms")]
    if figures.energy_uj is not None:
        facts.append(("energy (estimate)", f"{figures.energy_uj / 1000:,.2f} mJ"))
    problems = [str(p) for p in now.problems]
    return report_html(
        now.picture, model=now.graph.name, device=now.device.name, facts=facts, problems=problems
    ).encode()


def _tflite(session: Session) -> bytes:
    """The model in the schedule's order, with exact offsets for stock TFLM, which knows neither stages nor sharing."""
    from mcu_lab.search.tflm import tflm_plan

    now = session.snapshot
    graph = reordered(now.graph, now.decisions.schedule.order)
    if not without_state(graph).subgraphs:
        graph = with_offline_plan(graph, tflm_plan(graph).offsets)
    return write_tflite(graph)


_CONTENT: Mapping[ExportKind, Callable[[Session], bytes]] = {
    "report": _report,
    "tflite": _tflite,
    "node_data": lambda session: node_data_text(session.snapshot).encode(),
    "script": lambda session: script(session).encode(),
}
