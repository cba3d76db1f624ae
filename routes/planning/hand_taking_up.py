"""What a person changed by hand in a plan, taken up on another that has taken its place.

Of a draft only what was meant is taken up: stops that were put elsewhere, left out, locked or
barred. What merely moved along stays as the other plan has it. Each is tried like any change by
hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from geo.messages import Message
from routes.errors import HandChangeError
from routes.planning.changes import Pair, Slot, pairs_between
from routes.planning.hand_changes import (
    Add,
    Bar,
    HandChange,
    HandPlan,
    Lock,
    Move,
    TakeOut,
    Unbar,
    Unlock,
)
from routes.planning.hand_tries import HandDesk, Tried

__all__ = ["LeftBehind", "TakenUp", "taken_up"]

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A change that could not be taken up.

    Parameters
    ----------
    subject
        Debtor or duty.
    why
        None where the independent check or the rules stand against it.
    """

    subject: str
    why: Message | None


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What came of taking changes up.

    Parameters
    ----------
    steps
        The plan after each change that was taken up.
    moved
        Debtors and duties that could not begin at the minute of the draft, but near it.
    left
        What could not be taken up.
    """

    steps: tuple[HandPlan, ...]
    moved: tuple[str, ...]
    left: tuple[LeftBehind, ...]


def taken_up(
    desk: HandDesk,
    onto: HandPlan,
    begin: HandPlan,
    draft: HandPlan,
    *,
    lawful: Callable[[HandPlan, Tried], bool],
) -> TakenUp:
    """Take what a draft changed in one plan up on another.

    Parameters
    ----------
    desk
        Of the plan ``onto`` which it is taken.
    begin, draft
        The plan that was changed, before and after.
    lawful
        Whether a try on a plan may be taken.

    Returns
    -------
    TakenUp
        Nothing of what stands so in the other plan already.
    """
    waiting, steps = list(_wishes(begin, draft)), [onto]
    moved: list[str] = []
    while True:
        left: list[tuple[_Wish, LeftBehind]] = []
        for wish in waiting:
            try:
                tried = _tried(desk, steps[-1], wish)
            except HandChangeError as error:
                left.append((wish, LeftBehind(wish.subject, error.message)))
                continue
            if tried is None:
                continue
            if not lawful(steps[-1], tried):
                left.append((wish, LeftBehind(wish.subject, None)))
                continue
            if wish.now is not None and _minute(tried.start_s) != _minute(wish.now.start_s):
                moved.append(wish.subject)
            steps.append(tried.made)
        if len(left) in (0, len(waiting)):
            break
        waiting = [wish for wish, _ in left]  # one change may make room for another
    return TakenUp(tuple(steps[1:]), tuple(dict.fromkeys(moved)), tuple(told for _, told in left))


@dataclass(frozen=True, slots=True)
class _Wish:
    """One thing that was meant: a change as it is, or a stop to be put where the draft has it."""

    subject: str
    change: HandChange | None = None
    was: Slot | None = None
    now: Slot | None = None
    beside: str = ""


def _wishes(begin: HandPlan, draft: HandPlan) -> Iterator[_Wish]:
    """Yield what was meant: what makes room first, what binds last."""
    for subject in sorted(begin.barred - draft.barred):
        yield _Wish(subject, Unbar(subject))
    subjects = _subjects(draft)
    for ref in sorted(begin.locks.keys() - draft.locks.keys()):
        yield _Wish(subjects.get(ref, ref), Unlock(ref))
    for subject in sorted(draft.barred - begin.barred):
        yield _Wish(subject, Bar(subject))
    pairs = [
        pair
        for pair in pairs_between(begin.problem, begin.plan, draft.problem, draft.plan)
        if pair.subject in draft.touched - draft.barred
    ]
    yield from (
        _Wish(pair.subject, TakeOut(pair.was.ref))
        for pair in pairs
        if pair.now is None and pair.was is not None and not _is_planned(draft, pair.was.ref)
    )
    yield from _puts(pairs, draft)
    for ref, minute in sorted(draft.locks.items()):
        if begin.locks.get(ref) is not minute:
            yield _Wish(subjects.get(ref, ref), Lock(ref, minute))


def _puts(pairs: list[Pair], draft: HandPlan) -> Iterator[_Wish]:
    """Yield each stop that was put somewhere once, with the other of two teams."""
    seen: set[str] = set()
    for pair in pairs:
        if pair.now is None or pair.now.ref in seen:
            continue
        ref = pair.now.ref
        seen.add(ref)
        halves = {
            stop.second: (route.shift, stop.start_s)
            for route in draft.plan.routes
            for stop in route.stops
            if stop.ref == ref and stop.is_work
        }
        shift, start_s = halves[False]
        now = Slot(ref, shift, pair.now.team, pair.now.day, start_s, pair.now.place)
        beside = halves[True][0] if True in halves else ""
        yield _Wish(pair.subject, was=pair.was, now=now, beside=beside)


def _tried(desk: HandDesk, hand: HandPlan, wish: _Wish) -> Tried | None:
    """Return what a wish comes to; None where all is so already."""
    match wish.change:
        case Unbar(subject=subject) if subject not in hand.barred:
            return None
        case Bar(subject=subject) if subject in hand.barred:
            return None
        case Unlock(ref=ref) if ref not in hand.locks:
            return None
        case Lock(ref=ref, minute=minute) if hand.locks.get(ref) is minute:
            return None
        case TakeOut(ref=ref) if not _is_planned(hand, ref):
            return None
        case None:
            return _put(desk, hand, wish)
    return desk.tried(hand, wish.change)


def _put(desk: HandDesk, hand: HandPlan, wish: _Wish) -> Tried | None:
    now, was = wish.now, wish.was
    assert now is not None
    refs = [now.ref] if was is None else [now.ref, was.ref]
    ref = next((one for one in refs if _is_planned(hand, one)), None)
    for route in hand.plan.routes:
        for stop in route.stops:
            same = stop.ref == now.ref and stop.is_work and not stop.second
            if same and route.shift == now.shift and _minute(stop.start_s) == _minute(now.start_s):
                return None
    change: Move | Add = (
        Add(wish.subject, now.shift, now.start_s, beside=wish.beside)
        if ref is None
        else Move(ref, now.shift, now.start_s, beside=wish.beside)
    )
    tried = desk.tried(hand, change)
    if tried.lawful or tried.nearest_s is None:
        return tried
    return desk.tried(hand, replace(change, start_s=tried.nearest_s))


def _is_planned(hand: HandPlan, ref: str) -> bool:
    return any(stop.ref == ref for route in hand.plan.routes for stop in route.stops)


def _subjects(hand: HandPlan) -> dict[str, str]:
    """Return the debtor of each visit, and each duty itself."""
    return {one.id: one.debtor for one in hand.problem.options} | {
        one.id: one.id for one in hand.problem.duties
    }


def _minute(second: int | None) -> int | None:
    return None if second is None else second // _MINUTE_S
