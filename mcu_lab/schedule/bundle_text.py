"""``.mcubundle.json``: the decisions about several models that take turns, each as in a document of its own.

Only decisions: where everything lies in the memories that they share follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_lab.device.model import Device
from mcu_lab.errors import DocumentError
from mcu_lab.schedule.json_text import (
    ALWAYS,
    DECIDED,
    SCHEMA,
    Document,
    device_of_value,
    device_text,
    document_of,
    fields_of,
    object_text,
    parsed,
)
from mcu_lab.schedule.strict import check_keys, name, record

SUFFIX = ".mcubundle.json"
#: Documents of several models came with this schema.
_OLDEST = 3
MOST_MODELS = 64
_OWN = tuple(key for key in ALWAYS if key not in ("schema", "device"))


@dataclass(frozen=True)
class BundleDocument:
    """What a ``.mcubundle.json`` file says: one device, and for each model by name what was decided for it there."""

    device: str | Device
    models: Mapping[str, Document]


def bundle_to_text(document: BundleDocument) -> str:
    """The document's canonical JSON text."""
    models = {
        model: object_text({key: value for key, value in fields_of(said).items() if key != "device"})
        for model, said in document.models.items()
    }
    indented = object_text({model: text.replace("\n", "\n  ") for model, text in models.items()}).replace("\n", "\n  ")
    fields = {"schema": str(SCHEMA), "device": device_text(document.device), "models": indented}
    return object_text(fields) + "\n"


def bundle_from_text(text: str) -> BundleDocument:
    """The document that a JSON text describes. Raises DocumentError naming the field that is wrong."""
    top, version = parsed(text, _OLDEST)
    check_keys(top, "the document", required=("schema", "device", "models"), optional=())
    device = device_of_value(top["device"])
    models = record(top["models"], "models")
    if not 0 < len(models) <= MOST_MODELS:
        raise DocumentError(f"There have to be 1 to {MOST_MODELS}.", where="models")
    said = {name(model, "models"): _model(model, models[model], version, device) for model in models}
    return BundleDocument(device, MappingProxyType(said))


def _model(called: str, value: object, version: int, device: str | Device) -> Document:
    where = f"models.{called[:80]}"
    try:
        fields = record(value, "")
        check_keys(fields, "", required=_OWN, optional=DECIDED)
        return document_of(fields, version, device)
    except DocumentError as error:
        raise DocumentError(error.what, where=".".join(filter(None, (where, error.where))), hint=error.hint) from error
