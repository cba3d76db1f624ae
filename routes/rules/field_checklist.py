"""What officers check at a door before they put an outcome on record, with its rule and source.

The list is of the steps that are taken there; the rules that it names say the same beforehand, to
who plans. What was not done is put on record with why, and holds up nothing at the door.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from geo.messages import Message, message
from routes.measures import MeasureKind

__all__ = ["CHECKLIST", "CheckItem", "checklist"]

_ALL = frozenset(MeasureKind)
_TAKING = frozenset(kind for kind in MeasureKind if kind.may_open)


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing to check.

    Parameters
    ----------
    code
        What an outcome's record names it by.
    rule
        The rule that asks for it, whose citation is shown.
    met
        Whether it is only asked where somebody was met.
    kinds
        The steps at which it is asked.
    """

    code: str
    rule: str
    text: Message
    met: bool = False
    kinds: frozenset[MeasureKind] = _ALL


CHECKLIST: tuple[CheckItem, ...] = (
    CheckItem("officers", "B2", message("两名以上执行人员到场")),
    CheckItem("licence", "B1", message("着装规范，已出示执行公务证"), met=True),
    CheckItem("recording", "B7", message("已告知在场人员，并全程录音录像")),
    CheckItem(
        "attendance",
        "Z2",
        message("已通知被执行人或成年家属到场，已邀请基层组织派员见证"),
        kinds=_TAKING,
    ),
    CheckItem(
        "outsiders",
        "S2",
        message("已出示搜查令，无关人员已离开"),
        kinds=frozenset({MeasureKind.SEARCH}),
    ),
    CheckItem(
        "inventory",
        "Z3",
        message("清单已逐项填写、签名并交付副本"),
        kinds=frozenset(kind for kind in MeasureKind if kind.seizes),
    ),
    CheckItem(
        "warned",
        "C2",
        message("已告知无正当理由拒不到场的后果"),
        kinds=frozenset({MeasureKind.SUMMONS}),
    ),
    CheckItem(
        "family",
        "D2",
        message("已告知三日内可申请复议，二十四小时内通知家属"),
        kinds=frozenset({MeasureKind.DETENTION}),
    ),
    CheckItem("signed", "B6", message("在场人员已在笔录上签名，拒签的已记明"), met=True),
)


def checklist(kinds: Iterable[MeasureKind]) -> tuple[CheckItem, ...]:
    """Return what is checked where these steps are taken, in the order of doing.

    Examples
    --------
    >>> [item.code for item in checklist([MeasureKind.VISIT])]
    ['officers', 'licence', 'recording', 'signed']
    """
    wanted = frozenset(kinds)
    return tuple(item for item in CHECKLIST if not item.kinds.isdisjoint(wanted))
