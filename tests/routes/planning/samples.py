"""A problem by hand with every kind of stop, large enough to damage its plan in many ways."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from routes.planning import MaxIterations, solve
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    VisitSet,
    WorkShift,
)

DAY, NEXT = date(2026, 1, 5), date(2026, 1, 6)
_SIDE = 5


@cache
def district() -> Problem:
    """Return 25 places on a grid, two teams on two days, and one route begun already."""
    n = _SIDE * _SIDE
    xy = np.array([(k % _SIDE, k // _SIDE) for k in range(n)], dtype=np.float64) * 1500.0
    length_m = np.abs(xy[:, None, :] - xy[None, :, :]).sum(axis=2)
    length_m[:, n - 1] = length_m[n - 1, :] = np.inf
    length_m[n - 1, n - 1] = 0.0
    lunch = (Break(41400, 46800, 3600),)

    def option(k: int) -> Option:
        escorted = k % 4 == 0
        return Option(
            f"o{k}",
            f"d{k % 24}",
            f"p{k % n}",
            DAY if k % 3 else NEXT,
            30600 if k % 2 else 50400,
            41399 if k % 2 else 63000,
            1500,
            10.0 + k % 7,
            0.4,
            "morning" if k % 2 else "afternoon",
            frozenset({"licence"}),
            2,
            EscortMode.AT_DOOR if escorted else EscortMode.NONE,
            ("e1", "e2") if escorted else (),
            f"c{k}",
            load=1 + k % 2,
        )

    return Problem(
        id="district",
        places=tuple(PlanPlace(f"p{k}", 118.5 + k / 1000, 24.9) for k in range(n)),
        bands=(TimeBand("peak", 0, 32400), TimeBand("calm", 32400, 86400)),
        matrices=(
            Matrix("car", "peak", length_m / 5.0, length_m.copy()),
            Matrix("car", "calm", length_m / 10.0, length_m.copy()),
        ),
        teams=(
            PlanTeam("t1", 2, frozenset({"licence"}), "car", "第一组"),
            PlanTeam("t2", 3, frozenset({"licence", "locksmith"}), "car", "第二组"),
            PlanTeam("t3", 1, frozenset(), "car", "第三组"),
        ),
        shifts=(
            WorkShift("s1", "t1", DAY, 30600, 63000, "p0", "p0", lunch),
            WorkShift("s2", "t2", DAY, 30600, 63000, "p4", "p4", lunch, 9),
            WorkShift("s3", "t1", NEXT, 30600, 63000, "p0", "p0", lunch, capacity=10),
            WorkShift("s4", "t3", NEXT, 30600, 63000, "p0", "p0"),
        ),
        options=tuple(option(k) for k in range(48)),
        duties=(
            PlanDuty("q1", "checkpoint", "p12", DAY, 54000, 54000, 5400, teams=("t2",)),
            PlanDuty("q2", "hearing", "p2", NEXT, 36000, 37800, 3600, label="听证"),
            PlanDuty(
                "q3", "other", "p3", DAY, 34200, 41000, 1800, frozenset({"locksmith"}), 3
            ),
        ),
        escort_stations=(
            EscortStation("e1", "p6", tuple(EscortSlot(d, 50400, 61200) for d in (DAY, NEXT))),
            EscortStation("e2", "p18", (EscortSlot(DAY, 50400, 57600, 2),)),
        ),
        frozen=(
            Route(
                "s1", "t1", DAY, 30600, 33000,
                (Stop(StopKind.VISIT, "o1", "p1", 30900, 30900, 32400, 11.0, None, True),),
                600, 3000,
            ),
        ),
        blocked=(PlanFinding("N2", "block", "debtor:red", "守信名单，不走访", "本院规则"),),
        prices=Prices(travel_h=0.5),
        sets=tuple(VisitSet((f"o{k}", f"o{k + 24}"), 15.0 + k % 7, 0.6) for k in range(2, 12)),
    )  # fmt: skip


@cache
def district_plan() -> Plan:
    """Return a good plan of the district."""
    return solve(district(), stop=MaxIterations(300), seed=1)


def two_roads() -> Problem:
    """Return two debtors of whom one team visits one: by a quick long road, or a slow short one."""
    far = np.inf
    return Problem(
        id="roads",
        places=tuple(PlanPlace(f"p{k}", 118.0, 24.0) for k in range(3)),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(
            Matrix(
                "car",
                "all",
                np.array([[0.0, 600.0, 1200.0], [600.0, 0.0, far], [1200.0, far, 0.0]]),
                np.array([[0.0, 15e3, 6e3], [15e3, 0.0, far], [6e3, far, 0.0]]),
            ),
        ),
        teams=(PlanTeam("t", 2, frozenset(), "car"),),
        shifts=(WorkShift("s", "t", DAY, 28800, 43200, "p0", "p0", max_stops=1),),
        options=tuple(
            Option(f"o{k}", f"d{k}", f"p{k}", DAY, 28800, 43200, 1800, 10.0, 0.5) for k in (1, 2)
        ),
    )
