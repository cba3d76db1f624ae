"""What every planning benchmark needs: a checked plan in a given time, and two cores at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import Queue
from types import TracebackType
from typing import TypeVar

from routes.planning import Deadline, Engine, MaxIterations, solve
from routes.planning.problem import Plan, Problem
from routes.planning.validate import violations

__all__ = ["Cores", "checked", "solved"]

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def solved(problem: Problem, *, engine: Engine, stop_s: float, seed: int) -> Plan:
    """Return the plan of an engine, compiled beforehand, that the independent check accepts.

    Raises
    ------
    RuntimeError
        If the plan breaks its problem.
    """
    solve(problem, stop=MaxIterations(1), seed=seed, engine=engine)
    stop = Deadline.after(time.perf_counter, stop_s)
    return checked(problem, solve(problem, stop=stop, seed=seed, engine=engine))


def checked(problem: Problem, plan: Plan) -> Plan:
    """Return a plan that the independent check accepts.

    Raises
    ------
    RuntimeError
        If it does not.
    """
    found = violations(problem, plan)
    if found:
        raise RuntimeError(f"{problem.id}: {len(found)} violations, first {found[0]}")
    return plan


class Cores:
    """Does jobs in so many processes, each kept to a core of its own where the system allows it."""

    def __init__(self, count: int) -> None:
        context = get_context("spawn")
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ[variable] = "1"  # the processes read it when they start
        numbers: Queue[int] = context.Queue()
        for number in sorted(os.sched_getaffinity(0) if _PINS else range(count)) * count:
            numbers.put(number)
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=_keep_to_one, initargs=(numbers,)
        )

    def __enter__(self) -> Cores:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> Iterator[_Result]:
        """Begin all jobs in their order and yield the results in the same order."""
        return self._pool.map(work, jobs)


_PINS = hasattr(os, "sched_setaffinity")


def _keep_to_one(numbers: Queue[int]) -> None:
    if _PINS:
        os.sched_setaffinity(0, {numbers.get()})
