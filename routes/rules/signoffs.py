"""Signatures by which a named approver answers a finding that asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from geo.messages import Message, message
from routes.errors import ValueRangeError
from routes.model import Verdict

__all__ = ["LONGEST_DOCUMENT_NO", "LONGEST_TERM_D", "Asking", "Role", "SignOff", "unsigned"]

LONGEST_DOCUMENT_NO = 60
"""Characters that the number of a signing paper may have."""

LONGEST_TERM_D = 366
"""Days for which a signature may hold."""


class Asking(Protocol):
    """What may ask for a signature: a finding, or one that goes with a plan."""

    @property
    def rule(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def digest(self) -> str: ...


_Asking = TypeVar("_Asking", bound=Asking)


class Role(StrEnum):
    """Office that signs, the lowest first; a higher one may sign for a lower."""

    OFFICER = "officer"
    DIRECTOR = "director"
    PRESIDENT = "president"
    HIGH_COURT = "high_court"

    @property
    def label(self) -> Message:
        """Return the office as it is shown."""
        return _LABELS[self]

    def may_sign_for(self, asked: Role) -> bool:
        """Return whether this office stands at least as high as the one asked for."""
        return _ORDER.index(self) >= _ORDER.index(asked)


_ORDER = tuple(Role)
_LABELS = {
    Role.OFFICER: message("执行员"),
    Role.DIRECTOR: message("执行局局长"),
    Role.PRESIDENT: message("院长"),
    Role.HIGH_COURT: message("高级人民法院"),
}


@dataclass(frozen=True, slots=True)
class SignOff:
    """One signature for what one rule says of one subject, until it expires.

    Parameters
    ----------
    rule, subject, digest
        Those of the finding that it answers. A finding that says something else asks again, and
        a signature without a digest answers none.
    role
        Office that signed.
    reason
        Why; never blank. Free text, kept like personal data.
    document_no
        Number of the paper.
    signed_by
        Account id of who entered it; never a name.
    signed_at, expires_at
        Aware; it holds from the first until just before the second.

    Raises
    ------
    ValueRangeError
        If reason, paper or account is missing, a moment has no zone, or it ends before it begins.
    """

    rule: str
    subject: str
    role: Role
    reason: str
    document_no: str
    signed_by: str
    signed_at: datetime
    expires_at: datetime
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueRangeError("签批须写明理由，请补写")
        if not 0 < len(self.document_no.strip()) <= LONGEST_DOCUMENT_NO:
            raise ValueRangeError(
                "请填写签批文号（不超过 %(limit)d 字）", limit=LONGEST_DOCUMENT_NO
            )
        if not self.signed_by.strip():
            raise ValueRangeError("签批须由具体人员登记，请登录后重新登记")
        if self.signed_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueRangeError("签批时间须带时区")
        if self.expires_at <= self.signed_at:
            raise ValueRangeError("签批的有效期须晚于签批时间，请核对")

    def covers(self, finding: Asking, at: datetime, *, asked: Role) -> bool:
        """Return whether it answers a finding at an aware moment.

        Parameters
        ----------
        asked
            Office that the rule asks for.
        """
        return (
            finding.verdict == Verdict.SIGN_OFF
            and self.digest != ""
            and (self.rule, self.subject, self.digest)
            == (finding.rule, finding.subject, finding.digest)
            and self.role.may_sign_for(asked)
            and self.signed_at <= at < self.expires_at
        )


def unsigned(
    findings: Iterable[_Asking],
    sign_offs: Iterable[SignOff],
    at: datetime,
    *,
    asked: Mapping[str, Role],
) -> tuple[_Asking, ...]:
    """Return the findings that ask for a signature which nobody gave.

    Parameters
    ----------
    asked
        By rule, the office it asks for.
    """
    given = tuple(sign_offs)
    return tuple(
        one
        for one in findings
        if one.verdict == Verdict.SIGN_OFF
        and not any(each.covers(one, at, asked=asked[one.rule]) for each in given)
    )
