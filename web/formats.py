"""How times, days and places are written for readers; all moments are shown in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import get_locale

from geo.localtime import DAY_S, LOCAL_ZONE

__all__ = ["clock_text", "day_text", "dial_link", "moment_text", "second_of_day"]


def clock_text(second_of_day: int) -> str:
    """Write seconds after midnight as hours and minutes.

    Examples
    --------
    >>> clock_text(30600), clock_text(90000)
    ('08:30', '01:00+1')
    """
    days, rest = divmod(int(second_of_day), DAY_S)
    return f"{rest // 3600:02d}:{rest % 3600 // 60:02d}" + (f"+{days}" if days else "")


def day_text(day: date) -> str:
    """Write a day with its weekday in the reader's language."""
    return str(format_skeleton("MMMEd", day, locale=get_locale()))


def dial_link(phone: str | None) -> str | None:
    """Return the link by which a telephone calls a number.

    Examples
    --------
    >>> dial_link("0595 0000 0101")
    'tel:059500000101'
    """
    return None if phone is None else "tel:" + "".join(filter(str.isdecimal, phone))


def moment_text(moment: datetime) -> str:
    """Write an aware moment to the minute."""
    return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")


def second_of_day(moment: datetime) -> int:
    """Return the second after midnight in Asia/Shanghai."""
    local = moment.astimezone(LOCAL_ZONE)
    return local.hour * 3600 + local.minute * 60 + local.second
