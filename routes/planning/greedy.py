"""The floor: insertion by gain per minute, duties first."""

from __future__ import annotations

from routes.planning import engine, stop
from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener

__all__ = ["insert_by_gain"]


def insert_by_gain(problem: Problem) -> Plan:
    """Plan by insertion alone: quick, without chance, and what the search must beat."""
    return engine.search(
        problem, stop=stop.MaxIterations(0), seed=0, listener=Listener(), name="greedy"
    )
