"""Cheap checks of whether a place is a debtor's, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from geo.messages import Message, message
from routes.model import ClaimId, ClaimSource

__all__ = ["CHECK_SOURCES", "Answer", "Check", "CheckAnswer"]


class Check(StrEnum):
    """What may be asked about a place before a team is sent."""

    LIAISON = "liaison"
    LEASE_REGISTER = "lease_register"
    TELEPHONE = "telephone"

    @property
    def label(self) -> Message:
        """Return what is done, as it is shown."""
        return _CHECKS[self]


class Answer(StrEnum):
    """What comes of a check, asked whether a place is the debtor's."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Message:
        """Return the answer as it is shown."""
        return _ANSWERS[self]


_CHECKS = {
    Check.LIAISON: message("询问网格联络员"),
    Check.LEASE_REGISTER: message("查询租赁备案"),
    Check.TELEPHONE: message("拨打已知电话"),
}
_ANSWERS = {
    Answer.YES: message("是"),
    Answer.NO: message("否"),
    Answer.UNKNOWN: message("不知道"),
}

CHECK_SOURCES: Mapping[Check, ClaimSource] = MappingProxyType(
    {Check.LIAISON: ClaimSource.LIAISON, Check.LEASE_REGISTER: ClaimSource.LEASE}
)
"""The source that answers a check, where it makes statements of its own too."""


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What was answered on a day about the place of an address claim."""

    id: str
    claim_id: ClaimId
    check: Check
    answer: Answer
    answered_on: date
