"""Arguments and options that several commands share, and what they mean."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_lab.api import device_of, file_of
from mcu_lab.device import Device
from mcu_lab.errors import InputError, printable
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import problems
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import KINDS
from mcu_lab.schedule.bundle_text import SUFFIX as BUNDLE_SUFFIX
from mcu_lab.search.techniques import TECHNIQUES
from mcu_lab.session.bundling import BundleSession
from mcu_lab.session.session import Session

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="A .tflite file, or a model's name in the zoo.")]
ProvenArgument = Annotated[
    str, typer.Argument(metavar="MODEL|PLAN|BUNDLE", help="A .tflite, .mcuplan.json or .mcubundle.json file.")
]
WorkArgument = Annotated[str, typer.Argument(metavar="MODEL|PLAN", help="A .tflite file, or a .mcuplan.json document.")]
BoardOption = Annotated[str | None, typer.Option("--board", help="A board's id (see `mcu-lab boards`) or .toml file.")]
SramOption = Annotated[str | None, typer.Option("--sram", help="SRAM of an ad hoc device: 65536, 64k or 1M.")]
FlashOption = Annotated[str | None, typer.Option("--flash", help="Flash of an ad hoc device: 524288, 512k or 1M.")]
BesideOption = Annotated[
    Path | None, typer.Option("--model", help="The model of a PLAN, when it lies outside the plan's folder.")
]
RewriteOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rewrite", help=f"Rewrite the graph first: {', '.join(k.replace('_', '-') for k in sorted(KINDS))}."
    ),
]
UseOption = Annotated[
    str, typer.Option("--use", help=f"Techniques allowed, by commas: {', '.join(sorted(TECHNIQUES))}; or none.")
]
#: What :data:`UseOption` is unless it is given.
ALL_TECHNIQUES = ",".join(sorted(TECHNIQUES))
SecondsOption = Annotated[float | None, typer.Option("--seconds", help="Stop searching after so long.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]

_UNITS = {"": 1, "b": 1, "k": 1024, "kb": 1024, "kib": 1024, "m": 1024**2, "mb": 1024**2, "mib": 1024**2}


def device(board: str | None, sram: str | None, flash: str | None) -> Device | None:
    """The device that the options ask for; None when they ask for none."""
    if board is None and sram is None and flash is None:
        return None
    return device_of(board, size_bytes(sram, "--sram"), size_bytes(flash, "--flash"))


def size_bytes(text: str | None, option: str) -> int | None:
    """``64k`` as bytes; k and M are 1024 and 1024². InputError names the option."""
    if text is None:
        return None
    digits = text.strip().lower().rstrip("kmbi")
    unit = text.strip().lower()[len(digits) :]
    try:
        size = round(float(digits) * _UNITS[unit])
    except (ValueError, OverflowError, KeyError) as error:
        raise InputError(f"{text!r} is not a size.", where=option, hint="Write 65536, 64k or 1M.") from error
    if size <= 0:
        raise InputError(f"{text!r} is not a positive size.", where=option)
    return size


def session(work: str, chosen: Device | None = None, model: Path | None = None) -> Session:
    """A session on a model file, a zoo model or a document.

    ``chosen`` wins over the document's device, ``model`` over what it says of its model.
    """
    return Session.open(file_of(work), chosen, model=model)


def planned(work: str, chosen: Device | None = None, model: Path | None = None) -> Plan | Bundle:
    """The plan of a model file, a zoo model or a document; of a bundle's document all of its plans together."""
    if not work.endswith(BUNDLE_SUFFIX):
        return session(work, chosen, model).plan
    if model is not None:
        raise InputError("is a bundle, which names its models itself.", where=work)
    return BundleSession.open(file_of(work), chosen).bundle


def print_json(fields: Mapping[str, Any]) -> None:
    """One JSON object on stdout. JSON has no word for infinity and not-a-number: they become null."""
    print(json.dumps(_finite(fields), indent=2))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def missing(graph: Graph) -> list[str]:
    """Every reason why the graph cannot be executed; empty when it can."""
    return [str(found) for found in problems(graph)]


def print_missing(graph: Graph) -> None:
    """All of it at once, where there is any."""
    for number, reason in enumerate(missing(graph)):
        if number == 0:
            print("Cannot be executed, so it is planned as far as its shapes allow, and neither proven nor exported:")
        print(f"  {printable(reason)}")
