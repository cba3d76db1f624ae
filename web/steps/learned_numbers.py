"""The table of learned numbers as people read it, and what to know before using them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from geo.messages import Message, message
from routes.locating.learning import Change
from web.i18n import Translate
from web.labels import LABELS

__all__ = ["CHANGE_HEADS", "change_lines", "is_notable"]

CHANGE_HEADS = (
    message("参数"),
    message("原值"),
    message("学习所得"),
    message("可信区间"),
    message("依据（次）"),
)
"""Heads of the table; the first is words, the others numbers."""

_NOTABLE = 0.15  # of a logarithm or of log odds: one seventh
_DAY_TYPES = {
    "workday": message("工作日"),
    "rest_day": message("休息日"),
    "festival": message("节假日"),
}
_ANCHORS = {
    "residence": message("住所"),
    "day_place": message("日间去处"),
    "seat": message("单位所在"),
}
_TABLES = {
    "here_present": message("在家（在场）时的走访结果"),
    "here_absent": message("属实而不在场时的走访结果"),
    "not_here": message("地址不属实时的走访结果"),
}
_LONE = {
    "lead.ratio": message("线索的权重"),
    "away.week": message("整周外出的概率"),
    "away.day": message("整日外出的概率"),
    "move.residence": message("每年更换住所的次数"),
    "move.day_place": message("每年更换日间去处的次数"),
    "move.seat": message("每年更换单位所在的次数"),
    "outcome.mistaken_share": message("误报和传闻的比例"),
}


def is_notable(change: Change) -> bool:
    """Tell whether a number moved by a seventh or more, or out of its own interval."""
    if change.key.startswith("presence.township."):
        moved = abs(change.after - change.before)
    elif change.key.startswith(("claim.", "anchor.", "lead.", "move.")):
        moved = abs(math.log(change.after / change.before))
    else:
        moved = abs(_log_odds(change.after) - _log_odds(change.before))
    return moved >= _NOTABLE or not change.low <= change.before <= change.high


def change_lines(changes: Sequence[Change], say: Translate) -> list[list[str]]:
    """Return the lines of the table below :data:`CHANGE_HEADS`."""
    return [
        [
            _name(change.key).render(say),
            f"{change.before:.3g}",
            f"{change.after:.3g}",
            f"{change.low:.3g}–{change.high:.3g}",
            f"{change.observations:.0f}",
        ]
        for change in changes
    ]


def _log_odds(share: float) -> float:
    return math.log(share) - math.log1p(-share)


def _name(key: str) -> Message:
    """Return what a key of the parameter file means."""
    lone = _LONE.get(key)
    if lone is not None:
        return lone
    table, *rest = key.split(".")
    match table, rest:
        case "claim", ["fresh", source]:
            return message("%(source)s（新）的权重", source=LABELS["claim_source"][source])
        case "claim", ["stale", source]:
            return message("%(source)s（旧）的权重", source=LABELS["claim_source"][source])
        case "anchor", [anchor]:
            return message("%(anchor)s属于已知地址的起始比", anchor=_ANCHORS[anchor])
        case "presence", ["township", code]:
            return message("乡镇 %(code)s 的在场率增减（对数比）", code=code)
        case "presence", [day, kind, band]:
            return message(
                "%(kind)s，%(day)s%(band)s的在场率",
                kind=LABELS["place_kind"][kind],
                day=_DAY_TYPES[day],
                band=LABELS["visit_band"][band],
            )
    name, kind = rest
    return message("%(table)s：%(kind)s", table=_TABLES[name], kind=LABELS["outcome"][kind])
