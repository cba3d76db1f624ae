"""A pool of routes that the search came by, and the best plan that can be made of them.

Choosing the routes is a set packing problem: each group in at most one route, each shift at most
one route. HiGHS solves it within a fixed number of nodes, so that the same pool gives the same
plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from geo.model import Ints
from routes.planning.kernels import (
    ALIKE,
    BREAK,
    COST,
    COUNT,
    DUTY,
    FLOORS,
    GROUP,
    KIND,
    MOST,
    RANK,
    SECOND,
    SIZE,
    TASK,
    TWIN,
    WORTH,
    Instance,
    Solution,
)

__all__ = ["RoutePool"]

_MOST = 600  # routes put to the solver: those of the best solutions
_KEPT = 30_000  # routes held; of more, the better half stays
_NODES = 10  # of the solver, so that the same pool gives the same answer


@dataclass(slots=True)
class _Route:
    """Tasks in their order, what they are worth, and the best solution that held them."""

    kind: int
    tasks: tuple[int, ...]
    worth: float
    best: float


class RoutePool:
    """Routes by what they serve, each in the order that costs least.

    Parameters
    ----------
    inst
        The instance of all solutions that will be added.
    """

    def __init__(self, inst: Instance) -> None:
        self._inst = inst
        self._routes: dict[tuple[int, frozenset[int]], _Route] = {}
        self._best = -np.inf
        self._held: frozenset[int] = frozenset()  # groups of the duties of the best solution

    def add(self, sol: Solution, value: float) -> None:
        """Keep the routes of a solution, whose objective is ``value``."""
        inst = self._inst
        if len(self._routes) > _KEPT:
            best = sorted(self._routes.items(), key=lambda item: -item[1].best)
            self._routes = dict(best[: _KEPT // 2])
        if value > self._best:
            groups = np.flatnonzero(sol.served[:, 0] >= 0)
            kinds = inst.tasks[sol.served[groups, 0], KIND]
            self._best, self._held = value, frozenset(groups[kinds == DUTY].tolist())
        for shift in np.flatnonzero(sol.state[:, COUNT]).tolist():
            tasks = sol.routes[shift, : sol.state[shift, SIZE], TASK].tolist()
            worth = float(sol.worth[shift, WORTH] - sol.worth[shift, COST])
            worth += _of_sets(inst, tasks)
            kind = int(inst.shifts[shift, ALIKE])
            held = self._routes.setdefault(
                (kind, frozenset(tasks)), _Route(kind, tuple(tasks), worth, value)
            )
            held.best = max(held.best, value)
            if worth > held.worth:
                held.worth, held.tasks = worth, tuple(tasks)

    def packed(self) -> tuple[Ints, Ints] | None:
        """Return shift and task of each stop of the best choice of routes, None if none is found.

        Breaks are left out.
        """
        inst = self._inst
        # a loss, however small, is no gain to the solver's tolerance; a second team's is another's
        gainful = [
            route
            for route in self._routes.values()
            if route.worth > 0.0 or any(inst.tasks[task, TWIN] >= 0 for task in route.tasks)
        ]
        if not gainful or len(inst.shifts) == 1:
            return None
        chosen = sorted(gainful, key=lambda route: -route.best)[:_MOST]
        stops = [
            [task for task in route.tasks if inst.tasks[task, KIND] != BREAK] for route in chosen
        ]
        n_groups = len(inst.group_table)
        alike = inst.shifts[:, ALIKE]
        kinds = np.bincount(alike)
        pairs = {
            pair: n_groups + len(kinds) + k
            for k, pair in enumerate(sorted({_pair(inst, t) for of in stops for t in of} - {-1}))
        }
        most = np.concatenate([np.ones(n_groups), kinds, np.zeros(len(pairs))])
        least = np.zeros(len(most))
        least[sorted(self._held)] = 1.0
        worth = np.array([route.worth for route in chosen])
        cover = lil_array((len(most), len(chosen)))
        for k, tasks in enumerate(stops):
            cover[n_groups + chosen[k].kind, k] = 1.0
            for task in tasks:
                if inst.tasks[task, SECOND]:
                    cover[pairs[_pair(inst, task)], k] = -1.0
                    continue
                cover[inst.tasks[task, GROUP], k] = 1.0
                if inst.tasks[task, TWIN] >= 0:
                    cover[pairs[_pair(inst, task)], k] = 1.0
                if inst.tasks[task, GROUP] in self._held:  # it is asked for instead of being paid
                    worth[k] -= inst.value[task]
        answer = milp(
            -worth,
            integrality=np.ones(len(chosen)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(cover.tocsr(), least, most),
            options={"node_limit": _NODES, "mip_rel_gap": 0.0},
        )
        if answer.x is None:
            return None
        free: dict[int, list[int]] = {}
        for shift, kind in enumerate(alike.tolist()):
            free.setdefault(kind, []).append(shift)
        taken = np.flatnonzero(answer.x > 0.5).tolist()
        shifts = [free[chosen[k].kind].pop() for k in taken]
        return (
            np.repeat(np.array(shifts, dtype=np.int64), [len(stops[k]) for k in taken]),
            np.array([task for k in taken for task in stops[k]], dtype=np.int64),
        )


def _pair(inst: Instance, task: int) -> int:
    """Return the first half of what two teams do, -1 for what one does."""
    if inst.tasks[task, TWIN] < 0:
        return -1
    return int(inst.tasks[task, TWIN] if inst.tasks[task, SECOND] else task)


def _of_sets(inst: Instance, tasks: Sequence[int]) -> float:
    """Return what a route is worth by groups of which several tasks may be served."""
    ranks: dict[int, list[int]] = {}
    total = 0.0
    for task in tasks:
        group = int(inst.tasks[task, GROUP])
        if group >= 0 and inst.group_table[group, MOST] > 1 and not inst.tasks[task, SECOND]:
            ranks.setdefault(group, []).append(int(inst.tasks[task, RANK]))
    for group, held in ranks.items():
        begins, ends, most, sets = inst.group_table[group, :FLOORS].tolist()
        at = 0
        for k in range(most):
            at = at * (ends - begins) + held[min(k, len(held) - 1)]
        total += float(inst.sets[sets + at])
    return total
