"""What a person decided, on what was shown, and why; no program decides these things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo.messages import Message
from routes.errors import ValueRangeError

__all__ = ["Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of one person about one subject.

    Parameters
    ----------
    subject
        As in :class:`routes.model.Finding`, such as ``step:ID``.
    by
        Account id of who decided; never a name.
    at
        When; aware.
    reason
        Why, in words; never blank. Free text: it is personal data and is kept like such.
    factors
        What was shown to the person, as it was shown.
    override
        Whether the person went against what the program proposed.
    rests_on
        Digest of the facts that the decision rests on; empty where it was kept without. See
        :func:`routes.step_files.decided_on` for those of a step.
    about
        Digest of what the decision is about and no later event may change; empty where it was
        kept without. See :func:`routes.step_files.decided_about`.

    Raises
    ------
    ValueRangeError
        If nobody decided, the reason is blank or the moment has no time zone.
    """

    subject: str
    by: str
    at: datetime
    reason: str
    factors: tuple[Message, ...] = ()
    override: bool = False
    rests_on: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ValueRangeError("决定须由具体人员作出，请登录后重新决定")
        if not self.reason.strip():
            raise ValueRangeError("决定须写明理由，请补写")
        if self.at.tzinfo is None:
            raise ValueRangeError("决定时间须带时区")
