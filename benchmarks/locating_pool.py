"""The same work for many seeds, in two processes, with progress on standard error."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

__all__ = ["over_seeds"]

_Result = TypeVar("_Result")


def over_seeds(
    work: Callable[[int], _Result], seeds: Sequence[int], *, name: str, workers: int
) -> list[_Result]:
    """Return the result for each seed, in their order.

    Parameters
    ----------
    work
        A function of a module, or a partial of one.
    name
        Shown with the progress.
    workers
        Processes; 1 works in this one. Each of them computes with a single thread.
    """
    begun_s = time.monotonic()
    results: list[_Result] = []

    def say() -> None:
        print(
            f"{name}: {len(results)} of {len(seeds)} seeds, {time.monotonic() - begun_s:.0f} s",
            file=sys.stderr,
            flush=True,
        )

    if workers == 1:
        for seed in seeds:
            results.append(work(seed))
            say()
        return results
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = "1"  # the processes read it when they start
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for result in pool.map(work, seeds):
            results.append(result)
            say()
    return results
