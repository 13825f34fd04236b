"""What a plan costs on its device: time on two lanes (CPU and transfers) and energy.

An estimate, made of the device's own figures: cycles for each multiply-accumulate of a step, or for each byte it
makes where it multiplies nothing; set-up and bandwidth for each copy over a link. A copy that does not block runs on
the transfer lane beside the CPU until its Wait; what the CPU loses there is a stall (Miao & Lin 2021). Between
memories without a link the CPU moves the bytes itself, and that is work like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.device.model import Device, Link
from mcu_lab.errors import PlanError
from mcu_lab.graph.remembered import remembered
from mcu_lab.plan.address import element_bytes, is_zero_copy
from mcu_lab.plan.lifetimes import macs_by_step
from mcu_lab.plan.model import APPLICATION, Compute, Copy, Plan, Step, View, Wait

Lane = Literal["cpu", "transfer"]


@dataclass(frozen=True)
class Span:
    """Step ``step`` keeps ``lane`` busy from ``start_us`` to ``end_us``."""

    step: int
    lane: Lane
    start_us: float
    end_us: float


@dataclass(frozen=True)
class Cost:
    """``latency_us`` from the first step to the last; ``stall_us`` of it the CPU spent waiting for transfers.

    ``energy_uj`` is None where the device has no power figure with a source.
    """

    spans: tuple[Span, ...]
    latency_us: float
    stall_us: float
    cycles: float
    energy_uj: float | None


def cost(plan: Plan) -> Cost:
    """Latency, stalls and energy of ``plan`` on its device. PlanError when a copy has no link to run on."""
    cpu_us = transfer_us = stall_us = cycles = 0.0
    arrives_us: dict[int, float] = {}
    spans: list[Span] = []
    work = _work(plan)
    for step in plan.steps:
        start_us = cpu_us
        link = _link(plan, step) if isinstance(step, Copy) else None
        if isinstance(step, Copy) and link:
            begin_us = max(cpu_us, transfer_us)
            transfer_us = begin_us + link.setup_us + _bytes(plan, step.src) / link.bytes_per_s * 1e6
            arrives_us[step.id] = transfer_us
            spans.append(Span(step.id, "transfer", begin_us, transfer_us))
            cpu_us = transfer_us if step.blocking else cpu_us
            stall_us += cpu_us - start_us
            continue
        if isinstance(step, Wait):
            cpu_us = max(cpu_us, arrives_us.get(step.copy, 0.0))
            stall_us += cpu_us - start_us
        else:
            step_cycles = _cycles(plan, step, *work[step.id]) if isinstance(step, Compute) else copy_cycles(plan, step)
            cycles += step_cycles
            cpu_us += step_cycles / plan.device.core.clock_hz * 1e6
        spans.append(Span(step.id, "cpu", start_us, cpu_us))
    latency_us = max(cpu_us, transfer_us)
    return Cost(tuple(spans), latency_us, stall_us, cycles, _energy_uj(plan.device, latency_us, stall_us))


def compute_cycles(plan: Plan, step: Compute) -> float:
    """CPU cycles of one step. A zero-copy step costs nothing."""
    return _cycles(plan, step, *_work(plan)[step.id])


def _cycles(plan: Plan, step: Compute, macs: int, made_bytes: int) -> float:
    core = plan.device.core
    family = plan.graph.operators[step.op].kind.lower()
    if macs:
        return macs * core.cycles_per_mac.get(family, core.cycles_per_mac.get("default", 1.0))
    return made_bytes * core.cycles_per_byte.get(family, core.cycles_per_byte.get("default", 1.0))


@remembered(shared=True)
def _work(plan: Plan) -> tuple[tuple[int, int], ...]:
    """(multiply-accumulates, bytes made) of each step that computes; none of either where nothing moves."""

    def work(step: Step, macs: int) -> tuple[int, int]:
        if macs or not isinstance(step, Compute) or is_zero_copy(plan.graph, step):
            return macs, 0
        return 0, sum(_bytes(plan, v) for v in step.writes if v)

    return tuple(work(step, macs) for step, macs in zip(plan.steps, macs_by_step(plan), strict=True))


def copy_cycles(plan: Plan, step: Copy) -> float:
    """CPU cycles of a copy that has no link; none for streamed input, which comes at the application's pace.

    Raises PlanError when the core cannot reach both ends.
    """
    src, dst = _ends(plan, step)
    if APPLICATION in (src, dst):
        return 0.0
    if plan.device.memory(src).reach and plan.device.memory(dst).reach:
        return _bytes(plan, step.src) * plan.device.core.cycles_per_byte.get("default", 1.0)
    raise PlanError(
        f"{plan.device.name} has no link from {src} to {dst}.",
        where=f"step {step.id}",
        hint="Add a [[link]] with its bandwidth to the board file.",
    )


def _ends(plan: Plan, step: Copy) -> tuple[str, str]:
    return plan.buffer[step.src.buffer].memory, plan.buffer[step.dst.buffer].memory


def _link(plan: Plan, step: Copy) -> Link | None:
    ends = _ends(plan, step)
    return next((link for link in plan.device.links if (link.src, link.dst) == ends), None)


def _bytes(plan: Plan, view: View) -> int:
    return view.box.size * element_bytes(plan, view)


def _energy_uj(device: Device, latency_us: float, stall_us: float) -> float | None:
    power = device.power
    if power.active_mw is None:
        return None
    idle_mw = power.active_mw if power.idle_mw is None else power.idle_mw
    return ((latency_us - stall_us) * power.active_mw + stall_us * idle_mw) / 1000
