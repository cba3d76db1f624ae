"""Working drafts of plans that are changed by hand: one an account and plan, in memory.

They live until they are saved, let go, or the process ends; nothing of them is stored. A draft is
never changed: each step makes a new one with the next number, and whoever works on an older one
is told so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from flask import Flask

from routes.model import ActionId
from routes.planning.hand_changes import HandPlan
from web.errors import BoardError
from web.hand_desk import Desk

__all__ = ["Draft", "Drafts", "drafts_of"]

_MOST = 64  # drafts that are held; the one not looked at for longest goes first
_STEPS = 200  # that can be undone


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A plan under change, with the way back.

    Parameters
    ----------
    states
        From the plan as it was found to the newest.
    at
        Which of them holds now.
    number
        Rises with each step.
    carries
        Plans whose own drafts were taken up in this one whole.
    """

    desk: Desk
    states: tuple[HandPlan, ...]
    at: int = 0
    number: int = 0
    carries: frozenset[ActionId] = frozenset()

    @property
    def hand(self) -> HandPlan:
        """The plan as it is now."""
        return self.states[self.at]

    @property
    def changed(self) -> bool:
        """Whether anything was done that is not undone."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was undone last."""
        return self.at + 1 < len(self.states)

    def with_step(self, hand: HandPlan) -> Draft:
        """Return the draft with a further step; what was undone cannot be redone then."""
        first, *later = self.states[: self.at + 1]
        states = (first, *later[-_STEPS + 1 :], hand)
        return replace(self, states=states, at=len(states) - 1, number=self.number + 1)

    def moved(self, by: int) -> Draft:
        """Return the draft some steps back or on, as far as there are any."""
        at = min(max(0, self.at + by), len(self.states) - 1)
        return replace(self, at=at, number=self.number + 1)


class Drafts:
    """The drafts of one server process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[str, ActionId], Draft] = OrderedDict()

    def of(self, account: str, action_id: ActionId, begin: Callable[[], Draft]) -> Draft:
        """Return an account's draft of a plan, begun now where there is none."""
        key = account, action_id
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return held
        begun = begin()
        with self._lock:
            held = self._held.setdefault(key, begun)
            while len(self._held) > _MOST:
                self._held.popitem(last=False)
            return held

    def held(self, account: str, action_id: ActionId) -> Draft | None:
        """Return an account's draft of a plan; None where there is none with a change."""
        with self._lock:
            found = self._held.get((account, action_id))
        return found if found is not None and found.changed else None

    def put(self, account: str, action_id: ActionId, draft: Draft, *, instead_of: Draft) -> None:
        """Keep the next step of a draft.

        Raises
        ------
        BoardError
            If another step was kept in between.
        """
        with self._lock:
            if self._held.get((account, action_id)) is not instead_of:
                raise BoardError("草稿已在另一窗口改动，请刷新后重试")
            self._held[account, action_id] = draft

    def drop(self, account: str, action_id: ActionId) -> None:
        """Let a draft go."""
        with self._lock:
            self._held.pop((account, action_id), None)


def drafts_of(app: Flask) -> Drafts:
    """Return the drafts of an application."""
    found: Drafts = app.extensions.setdefault("fieldwrit_drafts", Drafts())
    return found
