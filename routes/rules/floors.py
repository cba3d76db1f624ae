"""Which way each parameter of a profile is tighter, and how far the law lets it be loosened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from routes.calendar import DayKind
from routes.errors import ProfileError
from routes.model import PlaceKind
from routes.namesake import NUMBERS
from routes.rules.citations import Citation, cite

__all__ = ["FLOORS", "Floor", "Tighter", "check_floors"]


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
    """What is tighter of a parameter, and the value that the law itself sets.

    Parameters
    ----------
    statute
        The loosest value that is lawful, or that LAW.md itself sets; None where the parameter
        is left to the court, which may go either way.
    citation
        What sets it.
    """

    tighter: Tighter
    statute: int | frozenset[str] | None = None
    citation: Citation | None = None

    def holds(self, value: Any) -> bool:
        """Return whether a value of the right type is at least as tight as the law."""
        if self.statute is None:
            return True
        if isinstance(self.statute, frozenset):
            if self.tighter is Tighter.TOGETHER:
                return any(self.statute <= set(group) for group in value)
            return self.statute <= set(value)
        return bool(
            value >= self.statute if self.tighter is Tighter.HIGHER else value <= self.statute
        )


_HIGHER, _LOWER, _MORE = Floor(Tighter.HIGHER), Floor(Tighter.LOWER), Floor(Tighter.MORE)

FLOORS: Mapping[str, Floor] = MappingProxyType(
    {
        "court.high_court": Floor(Tighter.NEITHER),
        "crew.min_officers": Floor(Tighter.HIGHER, 2, cite("CPI", 97)),
        "identity.required": Floor(Tighter.HIGHER, 2, cite("POLICY", "N1")),
        "identity.required_on_claim": Floor(Tighter.HIGHER, 1, cite("POLICY", "N1")),
        "identity.never_counted": _MORE,
        "identity.dependent": Floor(
            Tighter.TOGETHER, frozenset(each.value for each in NUMBERS), cite("POLICY", "N1")
        ),
        **{f"hours.{kind}": Floor(Tighter.INNER) for kind in PlaceKind},
        "closed_days.civil": _MORE,
        "closed_days.administrative": Floor(
            Tighter.MORE, frozenset({DayKind.HOLIDAY.value}), cite("AEL", 43)
        ),
        "notice.due_d": Floor(Tighter.LOWER, 10, cite("CPI", 480)),
        "notice.after_measures_d": Floor(Tighter.LOWER, 3, cite("EPI", 22)),
        "notice.alert_d": _HIGHER,
        "address.stale_d": _LOWER,
        "address.min_confidence": _HIGHER,
        "contact.valid_d": _LOWER,
        "questioning.most_h": Floor(Tighter.LOWER, 8, cite("CPI", 482)),
        "questioning.long_most_h": Floor(Tighter.LOWER, 24, cite("CPI", 482)),
        "questioning.alert_h": _LOWER,
        "detention.most_d": Floor(Tighter.LOWER, 15, cite("CPL", 118)),
        "detention.family_notice_h": Floor(Tighter.LOWER, 24, cite("CPI", 180)),
        "detention.adult_y": _HIGHER,
        "detention.old_y": _LOWER,
        "instalments.grace_d": _HIGHER,
        "seizure.excess_share": _LOWER,
        "seizure.alert_d": _HIGHER,
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
                "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于法律规定（%(citation)s）："
                "须包含 %(statute)s。请补上，或删去该键",
                **facts,
            )
        facts["statute"] = floor.statute
        if floor.tighter is Tighter.HIGHER:
            raise ProfileError(
                "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于法律规定（%(citation)s）："
                "不得低于 %(statute)s。请改为不低于该值，或删去该键",
                **facts,
            )
        raise ProfileError(
            "规则参数文件 %(file)s 的 %(key)s 为 %(value)s，宽于法律规定（%(citation)s）："
            "不得高于 %(statute)s。请改为不高于该值，或删去该键",
            **facts,
        )


def _shown(value: Any) -> str:
    return "+".join(value) if isinstance(value, list) else str(value)
