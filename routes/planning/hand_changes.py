"""What a person may change in a plan by hand, as values, and a plan with what was decided so.

A change names visits and duties by their ids, and a shift, which is a team on a day. It says
nothing of whether it is lawful: :mod:`routes.planning.hand_tries` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geo.localtime import DAY_S
from routes.errors import HandChangeError
from routes.planning.problem import Plan, Problem

__all__ = [
    "Add",
    "Bar",
    "HandChange",
    "HandPlan",
    "Lock",
    "Move",
    "Swap",
    "TakeOut",
    "Unbar",
    "Unlock",
]


@dataclass(frozen=True, slots=True)
class Move:
    """A stop goes to a shift: at a time, or before the stop that is ``at`` in its order.

    Parameters
    ----------
    ref
        Option or duty in the plan. On another day or in other hours the visit is that option of
        the same address which holds there.
    start_s
        When it is to begin; None for wherever it fits best.
    at
        How many visits and duties of the route that are not begun, without this one, come before
        it.
    second
        Of what two teams do, whether it is the second team's stop that goes there. The other
        team's follows it in time.
    beside
        The shift of the other of two teams; empty for the one that it has, or else another that
        can.
    """

    ref: str
    shift: str
    start_s: int | None = None
    at: int | None = None
    second: bool = False
    beside: str = ""

    def __post_init__(self) -> None:
        _check_place(self.start_s, self.at)


@dataclass(frozen=True, slots=True)
class Add:
    """A debtor, or a duty, who is in no route goes to a shift; as in :class:`Move`."""

    subject: str
    shift: str
    start_s: int | None = None
    at: int | None = None
    beside: str = ""

    def __post_init__(self) -> None:
        _check_place(self.start_s, self.at)


@dataclass(frozen=True, slots=True)
class Swap:
    """Two stops take each other's place; of what two teams do the part that is named."""

    ref: str
    other: str
    second: bool = False
    other_second: bool = False

    def __post_init__(self) -> None:
        if self.ref == self.other:
            raise HandChangeError("请选择两处不同的停留再对调")


@dataclass(frozen=True, slots=True)
class TakeOut:
    """A stop leaves the plan; it may be added again."""

    ref: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A stop stays with its shift, with ``minute`` at its minute too."""

    ref: str
    minute: bool = False


@dataclass(frozen=True, slots=True)
class Unlock:
    """A stop may be moved again."""

    ref: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A debtor, or a duty, leaves the plan and is not planned again."""

    subject: str


@dataclass(frozen=True, slots=True)
class Unbar:
    """A debtor, or a duty, may be planned again."""

    subject: str


HandChange = Move | Add | Swap | TakeOut | Lock | Unlock | Bar | Unbar


@dataclass(frozen=True, slots=True, eq=False)
class HandPlan:
    """A plan under change by hand.

    Parameters
    ----------
    problem, plan
        What has begun is frozen in the problem.
    locks
        Locked stops, and whether each keeps its minute.
    barred
        Debtors and duties that are not to be planned.
    touched
        Debtors and duties that were changed by hand.
    """

    problem: Problem
    plan: Plan
    locks: Mapping[str, bool] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()

    @property
    def minutes(self) -> frozenset[str]:
        """Stops that keep their minute."""
        return frozenset(ref for ref, minute in self.locks.items() if minute)


def _check_place(start_s: int | None, at: int | None) -> None:
    if start_s is not None and at is not None:
        raise HandChangeError("时间和次序只能指定一项")
    if start_s is not None and not 0 <= start_s <= 2 * DAY_S:
        raise HandChangeError("开始时间无效：%(at)d 秒", at=start_s)
    if at is not None and at < 0:
        raise HandChangeError("次序不能小于零")
