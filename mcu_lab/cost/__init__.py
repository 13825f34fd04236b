"""Estimates of time and energy, read off a plan."""

from mcu_lab.cost.model import Cost, Span, cost

__all__ = ["Cost", "Span", "cost"]
