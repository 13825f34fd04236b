"""Plans to show, small enough to look at by hand."""

from __future__ import annotations

from dataclasses import replace

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Device
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Plan
from tests.conftest import DATA
from tests.session.models import diamond

HOSTILE = "</script><img src=x onerror=alert(1)>"


def as_stored(name: str, device: Device | None = None) -> Plan:
    """A model of data/ in the order of its file."""
    graph = read_tflite(DATA / f"{name}.tflite")
    return lower(graph, default_schedule(graph), device or ad_hoc())


def hostile() -> Plan:
    """Every name that a model can bring is markup that must never run."""
    plain = diamond()
    graph: Graph = replace(
        plain, name=HOSTILE, tensors=tuple(replace(t, name=f"{HOSTILE}{t.id}") for t in plain.tensors)
    )
    return lower(graph, default_schedule(graph), replace(ad_hoc(1000, 1000), name=HOSTILE))
