"""What was learned and ever in use of the locating model's numbers, also by older versions."""

from __future__ import annotations

from dataclasses import dataclass

from data.locating_fits import AppliedFit
from geo.localtime import LOCAL_ZONE
from geo.messages import Message, message
from routes.locating.learning import Change
from web.errors import WebError
from web.i18n import Translate
from web.wiring import Court

__all__ = ["HISTORY_HEADS", "History", "fits_in_use"]

HISTORY_HEADS = (
    message("编号"),
    message("状态"),
    message("采用时间"),
    message("停用时间"),
    message("走访次数"),
)
"""Heads of the table of fits."""


@dataclass(frozen=True, slots=True)
class History:
    """Every fit that was ever in use, the first one first; the changes of the one asked for."""

    fits: tuple[AppliedFit, ...]
    changes: tuple[Change, ...]

    def lines(self, say: Translate) -> list[list[str]]:
        """Return the lines of the table below :data:`HISTORY_HEADS`."""
        return [
            [
                one.fingerprint,
                _state(one).render(say),
                f"{one.applied_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}",
                ""
                if one.ended_at is None
                else f"{one.ended_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}",
                "" if one.content is None else str(one.content.visits),
            ]
            for one in self.fits
        ]


def _state(one: AppliedFit) -> Message:
    if one.content is None:
        return message("无法读取")
    if one.older is not None:
        return message("旧版本模型（第 %(version)d 版）学得，不起作用", version=one.older.version)
    return message("在用") if one.ended_at is None else message("已停用")


def fits_in_use(court: Court, fingerprint: str | None) -> History:
    """Return all fits, and what the one of this number changed.

    Raises
    ------
    WebError
        If no fit of this number was ever in use, or it cannot be read.
    """
    fits = court.store.locating_fits.history()
    chosen = [one for one in fits if one.fingerprint == fingerprint]
    if fingerprint is not None and (not chosen or chosen[-1].content is None):
        raise WebError(
            "没有编号为 %(fit)s 的学习结果，或其无法读取；不带编号运行可列出全部",
            fit=fingerprint[:12],
        )
    content = chosen[-1].content if chosen else None
    court.store.audit.append("cli", "locating.history", "store:-", {"fits": len(fits)})
    return History(fits, () if content is None else content.changes())
