"""Support requests: what a partner is asked for, what it answered, and what counts as promised.

Known to others as part of :mod:`routes.model`. Only a confirmed request is a promise. Nobody
writes that a request expired: from its term on it is so by the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from routes.errors import SupportError
from routes.ids import ActionId

__all__ = ["NEXT_STATES", "SupportKind", "SupportRequest", "SupportState"]


class SupportKind(StrEnum):
    """What a partner is asked for: to come along to a stop, or to look at a place by itself."""

    ESCORT = "escort"
    CHECKPOINT = "checkpoint"
    PROPERTY_CHECK = "property_check"


class SupportState(StrEnum):
    """Where a support request stands."""

    DRAFT = "draft"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_TIME_PROPOSED = "other_time_proposed"

    @property
    def is_open(self) -> bool:
        """Whether an answer is still waited for, the station's or the court's."""
        return self in (SupportState.SENT, SupportState.OTHER_TIME_PROPOSED)

    @property
    def is_refusal(self) -> bool:
        """Whether the station does not come: it said no, or nothing in time."""
        return self in (SupportState.DECLINED, SupportState.EXPIRED)


_S = SupportState

NEXT_STATES: Mapping[SupportState, frozenset[SupportState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.SENT, _S.WITHDRAWN}),
        _S.SENT: frozenset({_S.CONFIRMED, _S.DECLINED, _S.OTHER_TIME_PROPOSED, _S.WITHDRAWN}),
        _S.OTHER_TIME_PROPOSED: frozenset({_S.CONFIRMED, _S.DECLINED, _S.WITHDRAWN}),
        _S.CONFIRMED: frozenset({_S.DECLINED, _S.WITHDRAWN}),
        _S.DECLINED: frozenset(),
        _S.WITHDRAWN: frozenset(),
        _S.EXPIRED: frozenset(),
    }
)
"""States that somebody may give a request next; that it expired only the clock says."""


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """An ask to a station, for one stop of an action or the place of one; all moments aware.

    Parameters
    ----------
    ref
        The option or, where ``is_duty``, the duty of the stop.
    starts_at, ends_at
        Window in which the officers are wanted, or in which they are to look.
    created_by
        Account that wrote it.
    expires_at
        First moment at which an answer is too late; not after the window begins.
    document
        Number of the assistance notice or the agreement that it rests on (LAW.md L6). A draft
        may lack it.
    sent_at, sent_by
        When and by which account it was sent; None for a draft.
    answered_at, answered_by
        Of the last state but sent.
    proposed_starts_at
        Begin of the window that the station proposed instead; it stays once the court agrees.

    Raises
    ------
    SupportError
        If a moment has no time zone, or they are out of order.
    """

    id: str
    action_id: ActionId
    station_id: str
    kind: SupportKind
    ref: str
    starts_at: datetime
    ends_at: datetime
    state: SupportState
    created_at: datetime
    created_by: str
    expires_at: datetime
    is_duty: bool = False
    document: str | None = field(default=None, repr=False)
    sent_at: datetime | None = None
    sent_by: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    proposed_starts_at: datetime | None = None

    def __post_init__(self) -> None:
        moments = (
            self.starts_at,
            self.ends_at,
            self.created_at,
            self.expires_at,
            self.sent_at,
            self.answered_at,
            self.proposed_starts_at,
        )
        if any(one is not None and one.tzinfo is None for one in moments):
            raise SupportError("协助请求 %(id)s 的时间须带时区", id=self.id)
        if self.starts_at >= self.ends_at:
            raise SupportError("协助请求的开始时间须早于结束时间")
        if self.expires_at > self.starts_at:
            raise SupportError("协助请求的答复期限不得晚于开始时间")

    @property
    def hours(self) -> tuple[datetime, datetime]:
        """The window that is spoken of last: as asked, or as the station proposed instead."""
        if self.proposed_starts_at is None:
            return self.starts_at, self.ends_at
        return self.proposed_starts_at, self.proposed_starts_at + (self.ends_at - self.starts_at)

    @property
    def court_agreed(self) -> bool:
        """Whether the court took the time that the station proposed; only then it stays so."""
        return (
            self.proposed_starts_at is not None
            and self.state is not SupportState.OTHER_TIME_PROPOSED
        )

    def may_answer_again(self, at: datetime) -> bool:
        """Whether the station may put another answer in the place of the one that it gave.

        It may until its term is over, or the court acted on the answer.
        """
        given = (SupportState.CONFIRMED, SupportState.DECLINED, SupportState.OTHER_TIME_PROPOSED)
        return self.state_at(at) in given and at < self.expires_at and not self.court_agreed

    def state_at(self, at: datetime) -> SupportState:
        """Return where the request stands at an aware moment: unanswered at its term, it expired.

        Of a proposal the court's own answer is late, too, once the proposed window has begun.
        """
        if self.state.is_open and at >= min(self.expires_at, self.hours[0]):
            return SupportState.EXPIRED
        return self.state

    def as_of(self, at: datetime) -> SupportRequest:
        """Return the request with the state that it has at an aware moment."""
        state = self.state_at(at)
        return self if state is self.state else replace(self, state=state)

    def moved(
        self,
        state: SupportState,
        *,
        at: datetime,
        by: str,
        proposed_starts_at: datetime | None = None,
    ) -> SupportRequest:
        """Return the request in its next state.

        Parameters
        ----------
        at
            Aware; now.
        by
            Account that sends or answers.
        proposed_starts_at
            With another time, and only then: aware, after ``at``.

        Raises
        ------
        SupportError
            If the state may not follow, a request without a document or past its term is sent,
            or the proposed time is missing, out of place or past.
        """
        if (state is SupportState.OTHER_TIME_PROPOSED) != (proposed_starts_at is not None):
            raise SupportError("另提时间须给出时间，其他答复不带时间")
        held = self.state_at(at)
        if state not in NEXT_STATES[held]:
            raise SupportError(
                "协助请求 %(id)s 现为 %(held)s，不能改为 %(next)s",
                id=self.id,
                held=held.value,
                next=state.value,
            )
        if state is SupportState.SENT:
            return replace(self._ready(at), state=state, sent_at=at, sent_by=by)
        if proposed_starts_at is not None and proposed_starts_at <= at:
            raise SupportError("建议的时间已过，请提出以后的时间")
        return replace(
            self,
            state=state,
            answered_at=at,
            answered_by=by,
            proposed_starts_at=proposed_starts_at or self.proposed_starts_at,
        )

    def answered(
        self,
        state: SupportState,
        *,
        at: datetime,
        by: str,
        proposed_starts_at: datetime | None = None,
    ) -> SupportRequest:
        """Return the request with the station's answer: the first, or one in its place.

        Parameters and errors are those of :meth:`moved`.
        """
        asked = self
        if self.may_answer_again(at):
            asked = replace(
                self,
                state=SupportState.SENT,
                answered_at=None,
                answered_by=None,
                proposed_starts_at=None,
            )
        return asked.moved(state, at=at, by=by, proposed_starts_at=proposed_starts_at)

    def _ready(self, at: datetime) -> SupportRequest:
        if not (self.document or "").strip():
            raise SupportError(
                "协助请求没有文书依据，不得发出；请填写协助执行通知书或协作协议的文号"
            )
        if at >= self.expires_at:
            raise SupportError("协助请求的答复期限已过，不能发出；请改用以后的停留或重新规划")
        return self
