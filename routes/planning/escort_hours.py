"""Hours in which stations have officers free, after some were refused and others agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from routes.planning.problem import EscortSlot, EscortStation

__all__ = ["Span", "calendars"]

Span = tuple[date, int, int]
"""A day, and seconds after its midnight: from, until."""


def calendars(
    stations: Iterable[EscortStation],
    cut: Mapping[str, Sequence[Span]],
    free: Mapping[str, Sequence[Span]],
) -> tuple[EscortStation, ...]:
    """Return stations that have nobody free in some spans, then an officer for each of others.

    Parameters
    ----------
    cut, free
        Spans by station.
    """
    return tuple(
        replace(
            one,
            calendar=_freed(_cut(one.calendar, cut.get(one.id, ())), free.get(one.id, ())),
        )
        for one in stations
    )


def _cut(calendar: Iterable[EscortSlot], spans: Iterable[Span]) -> tuple[EscortSlot, ...]:
    """Return a calendar in which nobody is free in some spans."""
    slots = list(calendar)
    for day, start_s, end_s in spans:
        parts: list[EscortSlot] = []
        for slot in slots:
            if slot.day != day or slot.end_s <= start_s or end_s <= slot.start_s:
                parts.append(slot)
                continue
            if slot.start_s < start_s:
                parts.append(replace(slot, end_s=start_s))
            if end_s < slot.end_s:
                parts.append(replace(slot, start_s=end_s))
        slots = parts
    return tuple(slots)


def _freed(calendar: Sequence[EscortSlot], spans: Iterable[Span]) -> tuple[EscortSlot, ...]:
    """Return a calendar in which some spans each lie in one slot with an officer for them.

    Spans that no slot holds are joined where they overlap; what they cut off of other slots is
    lost there, so that never more officers are counted on than there are.
    """
    wanted = sorted(
        span
        for span in spans
        if not any(s.day == span[0] and s.start_s <= span[1] and span[2] <= s.end_s
                   for s in calendar)
    )  # fmt: skip
    hulls: list[list[Span]] = []
    for span in wanted:
        last = hulls[-1] if hulls else None
        if last and last[0][0] == span[0] and span[1] < max(one[2] for one in last):
            last.append(span)
        else:
            hulls.append([span])
    for hull in hulls:
        day, start_s, end_s = hull[0][0], hull[0][1], max(one[2] for one in hull)
        officers = max(sum(one[1] <= at < one[2] for one in hull) for _, at, _ in hull)
        slot = EscortSlot(day, start_s, end_s, officers)
        calendar = (*_cut(calendar, [(day, start_s, end_s)]), slot)
    return tuple(calendar)
