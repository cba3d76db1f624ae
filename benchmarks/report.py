"""Figures are printed one a line as ``name value unit``, and nothing else is."""

from __future__ import annotations

__all__ = ["figure"]


def figure(name: str, value: float, unit: str) -> None:
    """Print one figure; a name may be printed once in a run."""
    print(f"{name} {value:.6g} {unit}", flush=True)
