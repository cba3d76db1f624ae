"""Hours in which stations have officers free, after some were refused and others agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from routes.planning.problem import EscortSlot, EscortStation

__all__ = ["Span", "calendars", "reduced"]

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


def reduced(
    calendar: Iterable[EscortSlot], span: Span, left: Callable[[int], int]
) -> tuple[EscortSlot, ...]:
    """Return a calendar with but so many of its officers ``left`` in a span.

    A part of a slot with fewer officers stands by itself; one with none is gone.
    """
    day, start_s, end_s = span
    return tuple(
        part
        for slot in calendar
        for part in (_parts(slot, start_s, end_s, left) if slot.day == day else (slot,))
    )


def _parts(
    slot: EscortSlot, start_s: int, end_s: int, left: Callable[[int], int]
) -> Iterator[EscortSlot]:
    begin_s, end_s = max(slot.start_s, start_s), min(slot.end_s, end_s)
    if begin_s >= end_s:
        yield slot
        return
    for part in (
        replace(slot, end_s=begin_s),
        replace(slot, start_s=begin_s, end_s=end_s, officers=left(slot.officers)),
        replace(slot, start_s=end_s),
    ):
        if part.start_s < part.end_s and part.officers > 0:
            yield part


def _cut(calendar: Iterable[EscortSlot], spans: Iterable[Span]) -> tuple[EscortSlot, ...]:
    """Return a calendar in which nobody is free in some spans."""
    slots = tuple(calendar)
    for span in spans:
        slots = reduced(slots, span, lambda _: 0)
    return slots


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
