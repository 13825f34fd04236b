"""Commands that decide: fit, and reorder for stock TFLite Micro."""

from __future__ import annotations

import hashlib
import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcu_lab.api import file_of, front
from mcu_lab.api import fit as search
from mcu_lab.cli import options
from mcu_lab.cli.interrupt import EXIT_CODE, kept
from mcu_lab.cost import cost
from mcu_lab.errors import InputError, printable
from mcu_lab.files import check_output, write_output
from mcu_lab.graph.offline_plan import with_offline_plan
from mcu_lab.graph.rewrite import reordered
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.rewriting import rewrite_named
from mcu_lab.schedule.document import SUFFIX
from mcu_lab.schedule.json_text import Document, to_text
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.techniques import TECHNIQUES
from mcu_lab.session.session import Session
from mcu_lab.view.projection import project
from mcu_lab.view.table import summary

if TYPE_CHECKING:
    from mcu_lab.search.fit import FitResult


def add_to(app: typer.Typer) -> None:
    app.command()(fit)
    app.command()(reorder)


def fit(
    model: options.WorkArgument,
    board: options.BoardOption = None,
    sram: options.SramOption = None,
    flash: options.FlashOption = None,
    use: options.UseOption = options.ALL_TECHNIQUES,
    input: Annotated[
        str | None,
        typer.Option("--input", help="resident: whole in SRAM at the start (default); streamed: handed over."),
    ] = None,
    max_macs: Annotated[
        float | None, typer.Option("--max-macs", help="Allowed multiply-accumulates, as a factor of the model's own.")
    ] = None,
    least: Annotated[
        str, typer.Option("--least", help="sram: the smallest arena (default); macs: the least work that fits.")
    ] = "sram",
    pareto: Annotated[
        bool, typer.Option("--front", help="All that no other schedule beats in SRAM and multiply-accumulates both.")
    ] = False,
    seconds: options.SecondsOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the decisions as a .mcuplan.json document.")
    ] = None,
    rewrite: options.RewriteOption = None,
    model_file: options.BesideOption = None,
    overwrite: options.OverwriteOption = False,
    json: options.JsonOption = False,
) -> None:
    """Search for the schedule that takes the least SRAM, and say what is proven about it.

    `--use none` keeps the file's order and whole, separate tensors, and only places them. When nothing fits, the
    smallest plan found is reported, with `fits: false` and exit code 1. Of a PLAN, what a person decided stays:
    rewrites, pins, storage of constants, and the way of input; its order, sharing and stages are chosen anew.

    `--rewrite remove-unread` first leaves out operators and tensors that no output needs, `--rewrite fold-constants`
    computes ahead what follows from constants, as float16 weights; no output byte changes.

    `--max-macs 1.5` allows half as much work again, for patches that are made twice. `--front` shows what every bit of
    work buys, up to `--max-macs` (2 unless given); `-o` then keeps the smallest.

    Example: mcu-lab fit model.tflite --board nucleo-f446re -o model.mcuplan.json
    """
    if output and not output.name.endswith(SUFFIX):
        raise InputError(f"a plan's file name ends in {SUFFIX}.", where=str(output))
    work = options.session(model, options.device(board, sram, flash), model_file)
    if output:
        check_output(output, overwrite=overwrite, reads=[work.path])
    _rewrite(work, rewrite or [])
    now, decided = work.snapshot, work.snapshot.decisions.schedule
    telling = not json and sys.stderr.isatty()
    chosen: dict[str, Any] = {
        "use": techniques_of(use), "inputs": _inputs(input or decided.inputs), "pins": decided.pins,
        "storage": decided.storage, "seconds": seconds, "progress": _progress if telling else None,
    }  # fmt: skip
    if pareto:
        _front(work, chosen | {"max_mac_factor": 2.0 if max_macs is None else max_macs}, output, overwrite, json)
        return
    factor = 1.0 if max_macs is None else max_macs
    with kept() as interrupted:
        result = search(
            now.graph, now.device, max_mac_factor=factor, least=_least(least), cancelled=interrupted, **chosen
        )
    _clear_line(telling)
    if output:
        _save(work, result.schedule, output, overwrite)
    if json:
        options.print_json(_fields(result, work))
    else:
        _tell(result, output)
        options.print_missing(now.graph)
    end_if(interrupted())
    if not result.fits:
        raise typer.Exit(1)


def _rewrite(work: Session, names: list[str]) -> None:
    """What a plan has decided already comes first; twice is no more than once."""
    before = work.snapshot.decisions.rewrites
    more = [rewrite_named(name) for name in names]
    work.rewrite(*dict.fromkeys((*before, *more)))


def _save(work: Session, schedule: Schedule, output: Path, overwrite: bool) -> None:
    """Write ``schedule``, which is of the graph that ``work`` shows, as a document of the same model."""
    now = work.snapshot
    found = Session(now.base, now.device, schedule, rewrites=now.decisions.rewrites, path=work.path)
    found.save(output, overwrite=overwrite)


def end_if(interrupted: bool) -> None:
    """Say so when Ctrl-C ended the search; what it had found is shown, and written, by then."""
    if interrupted:
        print("mcu-lab: interrupted; this is the best found until then.", file=sys.stderr)
        raise typer.Exit(EXIT_CODE)


def techniques_of(text: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in text.split(",") if part.strip()) - {"none"}
    unknown = names - TECHNIQUES
    if unknown:
        known = ", ".join(sorted(TECHNIQUES))
        raise InputError(f"{', '.join(sorted(unknown))} is not a technique.", where="--use", hint=f"There is {known}.")
    return names


def _inputs(text: str) -> Any:
    if text not in ("resident", "streamed"):
        raise InputError(f"{text!r} is neither resident nor streamed.", where="--input")
    return text


def _least(text: str) -> Any:
    if text not in ("sram", "macs"):
        raise InputError(f"{text!r} is neither sram nor macs.", where="--least")
    return text


def _clear_line(telling: bool) -> None:
    if telling:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _front(work: Session, options_: dict[str, Any], output: Path | None, overwrite: bool, json: bool) -> None:
    """Search for the front, show it, and keep its smallest arena."""
    now = work.snapshot
    with kept() as interrupted:
        points = front(now.graph, now.device, cancelled=interrupted, **options_)
    _clear_line(options_["progress"] is not None)
    if output:
        _save(work, points[0].schedule, output, overwrite)
    if json:
        fields = ("arena_bytes", "macs", "mac_factor", "steps")
        options.print_json({
            "model": Path(work.path).name, "input": options_["inputs"],
            "points": [{name: getattr(point, name) for name in fields} for point in points],
        })  # fmt: skip
        end_if(interrupted())
        return
    title = Text(printable(f"{Path(work.path).name}, input {options_['inputs']}"))
    table = Table("arena B", "MAC factor", "steps", title=title)
    for point in points:
        table.add_row(f"{point.arena_bytes:,}", f"{point.mac_factor:.3f}", f"{point.steps:,}")
    Console().print(table)
    if output:
        print(f"Wrote {printable(str(output))}.")
    end_if(interrupted())


def _progress(best: int, bound: int) -> None:
    print(f"\r\x1b[Kfound {best:,} B, bound {bound:,} B", end="", file=sys.stderr, flush=True)


def _fields(result: FitResult, work: Session) -> dict[str, Any]:
    plan, model, sha256 = result.plan, Path(work.path).name, work.snapshot.base.sha256
    rewrites = work.snapshot.decisions.rewrites
    decisions = jsonlib.loads(to_text(Document(model, sha256, plan.device.id, result.schedule)))
    return {
        "model": model,
        "sha256": sha256,
        "rewrites": [rewrite.type for rewrite in rewrites],
        "device": plan.device.id,
        "input": result.schedule.inputs,
        "peak_sram_bytes": result.peak_sram_bytes,
        "live_bound_bytes": result.live_bound_bytes,
        "lower_bound_bytes": result.lower_bound_bytes,
        "default_peak_bytes": result.default_peak_bytes,
        "proven_optimal": result.proven_optimal,
        "macs": result.macs,
        "mac_factor": result.mac_factor,
        "flash_bytes": result.flash_bytes,
        "latency_us": round(cost(plan).latency_us, 1),
        "fits": result.fits,
        "reason": result.reason,
        "stopped": result.stopped,
        "schedule": {k: v for k, v in decisions.items() if k not in ("schema", "model", "device")},
        "seconds": round(result.seconds, 3),
    }


def _tell(result: FitResult, output: Path | None) -> None:
    print(summary(project(result.plan)))
    print(f"Input {result.schedule.inputs}; {result.mac_factor:.2f} x the model's multiply-accumulates.")
    saved = result.default_peak_bytes - result.peak_sram_bytes
    print(f"The file's order, tensors whole and apart, has {result.default_peak_bytes:,} B live: {saved:,} B saved.")
    if result.proven_optimal:
        print(f"Proven: no schedule with these techniques needs less than {result.lower_bound_bytes:,} B.")
    else:
        why = {"candidates": "all candidates were tried", "": "the search ended"}.get(result.stopped, result.stopped)
        print(f"Not proven: the lower bound is {result.lower_bound_bytes:,} B ({why}).")
    if result.reason:
        print(result.reason)
    if output:
        print(f"Wrote {printable(str(output))}.")


def reorder(
    model: options.ModelArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The .tflite file to write.")],
    offline_plan: Annotated[
        bool,
        typer.Option("--offline-plan", help="Add TFLM's OfflineMemoryAllocation metadata with exact offsets."),
    ] = False,
    overwrite: options.OverwriteOption = False,
    json: options.JsonOption = False,
) -> None:
    """Write the model with its operators in the order that needs least memory, for any TFLite runtime.

    With `--offline-plan`, stock TFLite Micro also takes our offsets instead of planning its own, and needs a smaller
    arena for the same bytes.

    Example: mcu-lab reorder model.tflite -o smaller.tflite --offline-plan
    """
    from mcu_lab.search.order import least_peak_order
    from mcu_lab.search.tflm import tflm_plan, tflm_problem

    file = file_of(model)
    check_output(output, overwrite=overwrite, reads=[file])
    graph = read_tflite(file)
    found = least_peak_order(tflm_problem(graph))
    better = reordered(graph, found.order)
    fields: dict[str, Any] = {
        "model": Path(model).name,
        "output": str(output),
        "default_peak_bytes": tflm_problem(graph).peak_bytes(tuple(range(len(graph.operators)))),
        "peak_bytes": found.peak_bytes,
        "proven_optimal": found.peak_bytes == found.lower_bound_bytes,
    }
    if offline_plan:
        plan = tflm_plan(better)
        better = with_offline_plan(better, plan.offsets)
        fields["planned_bytes"] = plan.placement.height_bytes
    data = write_tflite(better)
    write_output(output, data, overwrite=overwrite, reads=[file])
    fields["sha256"] = hashlib.sha256(data).hexdigest()
    if json:
        options.print_json(fields)
        return
    proven = "proven least" if fields["proven_optimal"] else "best found"
    print(
        f"Live bytes {fields['default_peak_bytes']:,} → {fields['peak_bytes']:,} ({proven}, sizes rounded as in TFLM)."
    )
    if offline_plan:
        print(f"Offsets for TFLM reach {fields['planned_bytes']:,} B.")
    print(f"Wrote {printable(str(output))}.")
