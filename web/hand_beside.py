"""An own draft beside another plan, both as they differ from what they came out of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.replans import Replan
from data.store import Store
from routes.model import ActionId, DebtorId
from routes.people import CaseName
from routes.planning.changes import Pair, Slot
from routes.planning.concerned import debtors_of
from routes.planning.disturbances import BarredByHand, LockedByHand
from routes.planning.figures import compare
from routes.planning.hand_changes import HandPlan
from routes.planning.hand_taking_up import TakenUp, taken_up
from routes.planning.hand_tries import Tried
from routes.planning.problem import Plan, Problem
from web.hand_board import Say, figures_json, slot_json, title_of_subject, try_json
from web.hand_desk import Desk
from web.hand_drafts import Draft
from web.labels import label

__all__ = ["Side", "beside_json", "standing_plan", "take_up"]


class Side(StrEnum):
    """Who treats a stop otherwise than the plan that both came out of."""

    BOTH = "both"  # and not alike
    ALIKE = "alike"
    OWN = "own"
    OTHER = "other"


def standing_plan(store: Store, action_id: ActionId) -> ActionId:
    """Return the plan that stands in the place of one; itself where none took it."""
    held = store.replans.of(action_id)
    while held is not None and held.undone_at is not None:
        action_id = held.replaces
        held = store.replans.of(action_id)
    later = store.replans.later(action_id)
    while later is not None:
        action_id = later.action_id
        later = store.replans.later(action_id)
    return action_id


def beside_json(
    draft: Draft, other_id: ActionId, problem: Problem, plan: Plan, store: Store
) -> dict[str, Any]:
    """Return what a draft changes and what another plan changes, a line a stop.

    Parameters
    ----------
    other_id, problem, plan
        The other plan.
    """
    desk, hand = draft.desk, draft.hand
    begin = desk.begin
    own = compare(begin.problem, begin.plan, hand.problem, hand.plan)
    other = compare(begin.problem, begin.plan, problem, plan)
    cases = store.case_names(debtors_of(begin.problem) | debtors_of(problem))
    own_marks = _Marks(hand.locks, hand.barred).less(begin)
    other_marks = _Marks.of(store.replans.of(other_id)).less(begin)
    return {
        "before": figures_json(own.before),
        "own": figures_json(own.after),
        "other": figures_json(other.after),
        "lines": _lines(
            (problem, begin.problem),
            cases,
            begin.plan,
            (own.pairs, own_marks.by_subject(begin.problem)),
            (other.pairs, other_marks.by_subject(problem)),
        ),
    }


def take_up(desk: Desk, onto: Draft, draft: Draft, say: Say) -> tuple[Draft, TakenUp]:
    """Return a draft of the standing plan with what another draft changed, a step a change.

    Parameters
    ----------
    desk
        Of the standing plan.
    onto
        The draft of it so far.
    """

    def lawful(hand: HandPlan, tried: Tried) -> bool:
        return bool(try_json(desk, hand, tried, say)["lawful"])

    told = taken_up(desk.tries, onto.hand, draft.desk.begin, draft.hand, lawful=lawful)
    for step in told.steps:
        onto = onto.with_step(step)
    return onto, told


@dataclass(frozen=True, slots=True)
class _Marks:
    """What was locked or barred by hand."""

    locks: Mapping[str, bool]
    barred: frozenset[str]

    @classmethod
    def of(cls, held: Replan | None) -> _Marks:
        told = () if held is None else held.disturbances
        return cls(
            {one.ref: one.minute for one in told if isinstance(one, LockedByHand)},
            frozenset(one.subject for one in told if isinstance(one, BarredByHand)),
        )

    def less(self, begin: HandPlan) -> _Marks:
        """Return those that were not there at the beginning."""
        new = {ref: at for ref, at in self.locks.items() if begin.locks.get(ref) is not at}
        return _Marks(new, self.barred - begin.barred)

    def by_subject(self, problem: Problem) -> dict[str, list[str]]:
        """Return what is said of each debtor and duty."""
        debtors = {one.id: one.debtor for one in problem.options}
        found: defaultdict[str, list[str]] = defaultdict(list)
        for ref, minute in self.locks.items():
            kind = "locked_minute" if minute else "locked"
            found[debtors.get(ref, ref)].append(label("hand_mark", kind))
        for subject in self.barred:
            found[subject].append(label("hand_mark", "barred"))
        return dict(found)


_Told = tuple[Sequence[Pair], Mapping[str, list[str]]]


def _lines(
    problems: tuple[Problem, Problem],
    cases: Mapping[DebtorId, CaseName],
    begin: Plan,
    own: _Told,
    other: _Told,
) -> list[dict[str, Any]]:
    """Return a line for each debtor and duty that either treats otherwise, what clashes first."""
    names = {team.id: team.name or team.id for one in problems for team in one.teams}
    sides = [_by_subject(pairs) for pairs, _ in (own, other)]
    marks = [said for _, said in (own, other)]
    was = _stops(begin, problems[1])
    lines = []
    for subject in dict.fromkeys(one for each in (*sides, *marks) for one in each):
        told = [
            {
                "marks": said.get(subject, []),
                "changes": [
                    {
                        "kind": str(pair.kind),
                        "label": label("plan_change", pair.kind),
                        "now": slot_json(names, pair.now),
                    }
                    for pair in side.get(subject, ())
                ],
            }
            for side, said in zip(sides, marks, strict=True)
        ]
        changed = [bool(one["marks"] or one["changes"]) for one in told]
        if all(changed):
            side = Side.ALIKE if told[0] == told[1] else Side.BOTH
        else:
            side = Side.OWN if changed[0] else Side.OTHER
        problem = next((one for one in problems if _knows(one, subject)), problems[0])
        lines.append(
            {
                "side": str(side),
                "label": label("hand_side", side),
                "title": title_of_subject(cases.get(DebtorId(subject)), problem, subject),
                "was": [slot_json(names, one) for one in was.get(subject, ())],
                "own": told[0],
                "other": told[1],
            }
        )
    order = {str(side): n for n, side in enumerate((Side.BOTH, Side.OWN, Side.OTHER, Side.ALIKE))}
    return sorted(lines, key=lambda one: order[one["side"]])


def _stops(plan: Plan, problem: Problem) -> dict[str, list[Slot]]:
    """Return where a plan has each debtor and duty."""
    debtors = {one.id: one.debtor for one in problem.options}
    found: defaultdict[str, list[Slot]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            if stop.is_work:
                slot = Slot(stop.ref, route.shift, route.team, route.day, stop.start_s, stop.place)
                found[debtors.get(stop.ref, stop.ref)].append(slot)
    return dict(found)


def _knows(problem: Problem, subject: str) -> bool:
    return any(one.id == subject for one in problem.duties)


def _by_subject(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.subject].append(pair)
    return dict(found)
