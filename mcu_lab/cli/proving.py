"""Commands that prove: check against LiteRT, verify a plan, run one."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mcu_lab.cli import options
from mcu_lab.errors import InputError, printable
from mcu_lab.execution.executor import execute, execute_frames
from mcu_lab.execution.oracle import Comparison, compare_frames, misread
from mcu_lab.execution.reference import STATE_FRAMES, random_frames, random_inputs
from mcu_lab.files import check_output, read_file, reason, write_output
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import model_bytes
from mcu_lab.ops import require_supported
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify as problems_of

SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the random input.")]

FramesOption = Annotated[
    int | None,
    typer.Option("--frames", min=1, max=10_000, help="Runs one after the other; each finds the state that is left."),
]

#: Arrays by tensor id, of one inference after the other.
_Frames = Sequence[Mapping[int, np.ndarray]]

_LONGEST_NAME = 1000

#: Whatever a damaged archive makes zipfile, zlib and numpy raise.
NPZ_ERRORS = (
    OSError, ValueError, EOFError, MemoryError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(verify)
    app.command()(run)


def check(
    work: options.WorkArgument,
    seed: SeedOption = 0,
    frames: FramesOption = None,
    all: Annotated[bool, typer.Option("--all", help="List every tensor, not only those that differ.")] = False,
    model: options.BesideOption = None,
    json: options.JsonOption = False,
) -> None:
    """Hold the model against LiteRT's reference kernels, every tensor, byte by byte; and its plan against the model.

    A model with state runs several times, each time with what the last run left. Floats may differ by 1e-5 of the
    tensor's largest magnitude. Exit code 1 when anything differs.

    Example: mcu-lab check model.tflite
    """
    session = options.session(work, model=model)
    graph, plan = session.snapshot.base, session.plan
    given = random_frames(graph, seed, frames or (STATE_FRAMES if graph.states else 1))
    comparisons = list(compare_frames(graph, model_bytes(session.path), given))
    differs = _plan_differs(plan, graph, given, [comparison.outputs for comparison in comparisons])
    # `all` is the option here.
    equal = not (differs or any(not comparison.equal for comparison in comparisons))
    if json:
        fields = [_comparison_fields(comparison) for comparison in comparisons]
        # What there is of one run stands for itself; of several, the first that differs.
        shown = next((f for f, c in zip(fields, comparisons, strict=True) if not c.equal), fields[0])
        options.print_json({"equal": equal, "plan_equal": not differs, "frames": len(comparisons), **shown})
    else:
        for number, comparison in enumerate(comparisons):
            frame = f"frame {number}, " if len(comparisons) > 1 else ""
            for tensor in comparison.tensors if all else comparison.differing:
                print(f"{frame}{tensor}")
        tensors = [t for comparison in comparisons for t in comparison.tensors]
        runs = f", in {len(comparisons)} runs one after the other" if len(comparisons) > 1 else ""
        print(f"{sum(t.equal for t in tensors)} of {len(tensors)} tensors equal LiteRT's{runs}.")
        if misread(graph):
            print("Held against LiteRT's optimized kernels: a reference kernel reads other values than are there.")
        print("The plan's outputs differ from the model's." if differs else "The plan's outputs equal the model's.")
    if not equal:
        raise typer.Exit(1)


def _plan_differs(plan: Plan, graph: Graph, frames: _Frames, outputs: _Frames) -> bool:
    """Whether a plan gives other outputs than the file's ``graph``, which has its ends in the same places."""
    same = dict(zip(graph.inputs, plan.graph.inputs, strict=True))
    ours = execute_frames(plan, [{same[t]: array for t, array in inputs.items()} for inputs in frames])
    return any(
        run.outputs[t].tobytes() != wanted[u].tobytes()
        for run, wanted in zip(ours, outputs, strict=True)
        for t, u in zip(plan.graph.outputs, graph.outputs, strict=True)
    )


def _comparison_fields(comparison: Comparison) -> dict[str, object]:
    return {
        "tensors": [
            {
                "tensor": t.tensor, "name": t.name, "dtype": t.dtype, "equal": t.equal, "identical": t.identical,
                "max_abs": t.max_abs, "relative": t.relative,
            }
            for t in comparison.tensors
        ],
        "skipped": list(comparison.skipped),
    }  # fmt: skip


def verify(
    plan: options.ProvenArgument,
    board: options.BoardOption = None,
    sram: options.SramOption = None,
    flash: options.FlashOption = None,
    model: options.BesideOption = None,
    json: options.JsonOption = False,
) -> None:
    """Prove a plan: follow every byte of memory through every step.

    A verified plan gives the same bytes as the model run operator by operator; so does each model of a bundle, whatever
    the order of their turns. Exit code 1 when there is a problem.

    Example: mcu-lab verify model.mcuplan.json
    """
    checked = options.planned(plan, options.device(board, sram, flash), model)
    steps = sum(len(p.steps) for p in (checked.plans.values() if isinstance(checked, Bundle) else [checked]))
    problems = problems_of(checked)
    if json:
        fields = [
            {"code": p.code.value, "step": p.step, "buffer": p.buffer, "message": p.message}
            | ({"model": p.model} if isinstance(checked, Bundle) else {})
            for p in problems
        ]
        options.print_json({"verified": not problems, "steps": steps, "problems": fields})
    else:
        for problem in problems:
            print(problem)
        print(f"{len(problems)} problems." if problems else f"Verified: all {steps} steps.")
    if problems:
        raise typer.Exit(1)


def run(
    work: options.WorkArgument,
    input: Annotated[Path | None, typer.Option("--input", help="An .npz file with one array for each input.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="The .npz file to write the outputs to.")] = None,
    seed: SeedOption = 0,
    frames: FramesOption = None,
    model: options.BesideOption = None,
    overwrite: options.OverwriteOption = False,
    json: options.JsonOption = False,
) -> None:
    """Run a model or a plan in byte arenas, as the board would; random seeded input without `--input`.

    Arrays are named by the tensors of the model, or by their ids. With `--frames` they have one more axis in front, and
    each run finds the state that the last one left.

    Example: mcu-lab run model.tflite --input frame.npz --output scores.npz
    """
    session = options.session(work, model=model)
    reads = [*session.files, *([input] if input else [])]
    if output:
        check_output(output, overwrite=overwrite, reads=reads)
    plan, graph = session.plan, session.snapshot.graph
    require_supported(graph)
    if frames is None:
        outputs = execute(plan, read_arrays(input, graph) if input else random_inputs(graph, seed)).outputs
    else:
        given = _frames_of(read_arrays(input, graph, frames), frames) if input else random_frames(graph, seed, frames)
        runs = [run.outputs for run in execute_frames(plan, given)]
        outputs = {t: np.stack([run[t] for run in runs]) for t in graph.outputs}
    named = dict(zip(_names(graph, outputs), outputs.values(), strict=True))
    if output:
        write_output(output, archive_of(named), overwrite=overwrite, reads=reads)
    if json:
        shapes = {
            n: {"shape": a.shape, "dtype": str(a.dtype), "values": a.ravel()[:64].tolist()} for n, a in named.items()
        }
        options.print_json({"outputs": shapes, "written": str(output) if output else None})
        return
    for name, array in named.items():
        print(f"{name} {array.dtype} {'x'.join(map(str, array.shape))}: {_values(array)}")
    if output:
        print(f"Wrote {printable(str(output))}.")


def _names(graph: Graph, tensors: Iterable[int]) -> tuple[str, ...]:
    """What arrays are called in an archive: tensors' names, or their ids where a name says too little or too much."""
    names = [graph.tensors[t].name for t in tensors]
    return tuple(
        name if names.count(name) == 1 and name.isprintable() and 0 < len(name) <= _LONGEST_NAME else str(t)
        for t, name in zip(tensors, names, strict=True)
    )


def _frames_of(arrays: Mapping[int, np.ndarray], count: int) -> list[dict[int, np.ndarray]]:
    """The inputs of each run, from arrays of them all."""
    for array in arrays.values():
        if not array.shape or array.shape[0] != count:
            raise InputError(f"an array of shape {array.shape} has not {count} frames along its first axis.")
    return [{t: array[k] for t, array in arrays.items()} for k in range(count)]


def read_arrays(path: Path, graph: Graph, frames: int = 1) -> dict[int, np.ndarray]:
    """The arrays of an ``.npz`` file from anywhere: no pickles, no more bytes than the inputs of so many runs have."""
    most_bytes = frames * sum(graph.tensors[t].bytes for t in graph.inputs) + 4096 * len(graph.inputs)
    try:
        data = read_file(path, 2 * most_bytes + (1 << 20))
    except OSError as error:
        raise InputError(f"cannot be read: {reason(error)}.", where=path.name) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            held_bytes = sum(entry.file_size for entry in archive.infolist())
        if held_bytes > most_bytes:
            raise InputError(f"holds {held_bytes:,} bytes; the inputs have at most {most_bytes:,}.", where=path.name)
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            named = {name: arrays[name] for name in arrays.files}
    except NPZ_ERRORS as error:
        raise InputError(f"cannot be read as .npz: {error}.", where=path.name) from error
    ids = {str(t): t for t in graph.inputs} | {graph.tensors[t].name: t for t in graph.inputs}
    if unknown := sorted(named.keys() - ids.keys()):
        hint = f"Its inputs are {', '.join(str(graph.tensors[t]) for t in graph.inputs)}."
        raise InputError(f"{unknown[0][:200]!r} is not an input of {graph.name}.", where=path.name, hint=hint)
    return {ids[name]: array for name, array in named.items()}


def archive_of(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of an ``.npz`` file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # np.savez has no room for an array called "file"
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return buffer.getvalue()


def _values(array: np.ndarray) -> str:
    flat = array.ravel()
    shown = " ".join(f"{v:g}" for v in flat[:16].tolist())
    return shown + (f" … ({flat.size} values)" if flat.size > 16 else "")
