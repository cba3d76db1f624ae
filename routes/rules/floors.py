"""Of each parameter of a profile: kind, range, which way is tighter, and how far the law goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from routes.calendar import DayKind
from routes.errors import ProfileError
from routes.model import Identifier, PlaceKind
from routes.namesake import NUMBERS
from routes.rules.citations import Citation, cite

__all__ = ["FLOORS", "Floor", "Kind", "Tighter", "check_floors"]


class Kind(StrEnum):
    """What a parameter is written as."""

    TEXT = "text"
    WHOLE = "whole"  # whole number
    SHARE = "share"  # number from 0 to 1
    CODES = "codes"  # list of codes
    GROUPS = "groups"  # list of lists of codes
    HOURS = "hours"  # two times of day, "07:00"


class Tighter(StrEnum):
    """Which of two values binds the court more."""

    HIGHER = "higher"
    LOWER = "lower"
    MORE = "more"  # the longer list
    INNER = "inner"  # hours that lie inside
    TOGETHER = "together"  # a group within one of the groups
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Floor:
    """Kind and range of a parameter, what is tighter, and the value that the law itself sets.

    Parameters
    ----------
    least, most
        Range of a number, both inside: beyond it a value is a slip of the pen.
    statute
        The loosest value that is lawful, or that LAW.md itself sets; None where the parameter
        is left to the court, which may go either way within the range.
    citation
        What sets it.
    """

    kind: Kind
    tighter: Tighter
    least: float = 0
    most: float = 1
    statute: float | frozenset[str] | tuple[str, str] | None = None
    citation: Citation | None = None

    def holds(self, value: Any) -> bool:
        """Return whether a value of the right type is at least as tight as the law."""
        if self.statute is None:
            return True
        if isinstance(self.statute, frozenset):
            if self.tighter is Tighter.TOGETHER:
                return any(self.statute <= set(group) for group in value)
            return self.statute <= set(value)
        if isinstance(self.statute, tuple):
            return bool(self.statute[0] <= value[0] and value[1] <= self.statute[1])
        return bool(
            value >= self.statute if self.tighter is Tighter.HIGHER else value <= self.statute
        )


def _whole(
    tighter: Tighter,
    least: int,
    most: int,
    statute: int | None = None,
    citation: Citation | None = None,
) -> Floor:
    return Floor(Kind.WHOLE, tighter, least, most, statute, citation)


def _list(
    kind: Kind,
    tighter: Tighter,
    statute: frozenset[str] | None = None,
    citation: Citation | None = None,
) -> Floor:
    return Floor(kind, tighter, statute=statute, citation=citation)


_HIGHER, _LOWER = Tighter.HIGHER, Tighter.LOWER
_YEARS_D = 3660
_STALEST_D = 3 * 366
_NAME = frozenset({Identifier.NAME.value})
_ONE_NUMBER = frozenset(each.value for each in NUMBERS)
_DAYTIME = ("07:00", "21:00")
_HOLIDAY = frozenset({DayKind.HOLIDAY.value})

_HOURS = Floor(Kind.HOURS, Tighter.INNER, statute=_DAYTIME, citation=cite("POLICY", "T1"))

FLOORS: Mapping[str, Floor] = MappingProxyType(
    {
        "court.high_court": Floor(Kind.TEXT, Tighter.NEITHER),
        "crew.min_officers": _whole(_HIGHER, 1, 20, 2, cite("CPI", 97)),
        "identity.required": _whole(_HIGHER, 1, 7, 2, cite("POLICY", "N1")),
        "identity.required_on_claim": _whole(_HIGHER, 0, 7, 1, cite("POLICY", "N1")),
        "identity.never_counted": _list(Kind.CODES, Tighter.MORE, _NAME, cite("POLICY", "N1")),
        "identity.dependent": _list(
            Kind.GROUPS, Tighter.TOGETHER, _ONE_NUMBER, cite("POLICY", "N1")
        ),
        **{f"hours.{kind}": _HOURS for kind in PlaceKind},
        "closed_days.civil": _list(Kind.CODES, Tighter.MORE, _HOLIDAY, cite("POLICY", "T1")),
        "closed_days.administrative": _list(Kind.CODES, Tighter.MORE, _HOLIDAY, cite("AEL", 43)),
        "notice.due_d": _whole(_LOWER, 0, _YEARS_D, 10, cite("CPI", 480)),
        "notice.after_measures_d": _whole(_LOWER, 0, _YEARS_D, 3, cite("EPI", 22)),
        "notice.alert_d": _whole(_HIGHER, 0, _YEARS_D),
        "address.stale_d": _whole(_LOWER, 1, _STALEST_D),
        "address.min_confidence": Floor(Kind.SHARE, _HIGHER, least=0.3),
        "contact.valid_d": _whole(_LOWER, 1, 366),
        "questioning.most_h": _whole(_LOWER, 1, 24, 8, cite("CPI", 482)),
        "questioning.long_most_h": _whole(_LOWER, 1, 48, 24, cite("CPI", 482)),
        "questioning.alert_h": _whole(_LOWER, 0, 24),
        "detention.most_d": _whole(_LOWER, 1, 60, 15, cite("CPL", 118)),
        "detention.family_notice_h": _whole(_LOWER, 1, 72, 24, cite("CPI", 180)),
        "detention.adult_y": _whole(_HIGHER, 0, 150, 18, cite("POLICY", "D5")),
        "detention.old_y": _whole(_LOWER, 0, 150, 70, cite("POLICY", "D5")),
        "instalments.grace_d": _whole(_HIGHER, 0, 365),
        "seizure.excess_share": Floor(
            Kind.SHARE, _LOWER, statute=0.2, citation=cite("POLICY", "Z6")
        ),
        "seizure.costs_share": Floor(
            Kind.SHARE, _LOWER, statute=0.3, citation=cite("POLICY", "Z6")
        ),
        "seizure.alert_d": _whole(_HIGHER, 0, _YEARS_D),
        "retention.case_d": _whole(_LOWER, 1, _YEARS_D),
        "retention.plan_d": _whole(_LOWER, 1, 366),
        "retention.record_d": _whole(_LOWER, 1, _YEARS_D),
        "retention.quarantine_d": _whole(_LOWER, 1, 366),
        "retention.live_d": _whole(_LOWER, 1, 31),
        "live.silent_min": _whole(_LOWER, 5, 240),
    }
)
"""Every parameter of the profile by its key."""


def check_floors(values: Mapping[str, Any], file: str) -> None:
    """Refuse values that loosen what the law sets; tightening it is the court's to choose.

    Parameters
    ----------
    values
        By keys of :data:`FLOORS`, of the right types.

    Raises
    ------
    ProfileError
        With the file, the key, its value and the cure.
    """
    for key, value in values.items():
        floor = FLOORS[key]
        if floor.holds(value):
            continue
        facts = {"file": file, "key": key, "value": value, "citation": str(floor.citation)}
        if isinstance(floor.statute, frozenset):
            facts |= {
                "value": "、".join(map(_shown, value)) or "[]",
                "statute": "、".join(sorted(floor.statute)),
            }
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于规定（%(citation)s）："
                "须包含 %(statute)s。请补上，或删去该键",
                **facts,
            )
        if isinstance(floor.statute, tuple):
            facts |= {"value": "–".join(value), "statute": "–".join(floor.statute)}
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于规定（%(citation)s）："
                "须在 %(statute)s 之内。请改正，或删去该键",
                **facts,
            )
        facts["statute"] = floor.statute
        if floor.tighter is Tighter.HIGHER:
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于规定（%(citation)s）："
                "不得低于 %(statute)s。请改为不低于该值，或删去该键",
                **facts,
            )
        raise ProfileError(
            "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于规定（%(citation)s）："
            "不得高于 %(statute)s。请改为不高于该值，或删去该键",
            **facts,
        )


def _shown(value: Any) -> str:
    return "+".join(value) if isinstance(value, list) else str(value)
