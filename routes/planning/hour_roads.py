"""Spans of seconds, and the legs of one vehicle as arrival by the second of leaving.

Travel depends on the hour, and leaving later may mean arriving earlier; where no road leads, a
team waits for the first band in which one does. Spans are (first, last), both included.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from routes.planning.legs import Legs
from routes.planning.problem import Problem, bands_on

__all__ = ["FAR_S", "Roads", "Spans", "both", "held_in", "joined", "moved", "nearest"]

Spans = tuple[tuple[int, int], ...]

FAR_S = 1 << 30
"""Later than anything."""

_Piece = tuple[int, int, int, bool]  # first and last leaving; seconds, or arrival where it is held


def held_in(spans: Iterable[tuple[int, int]], first_s: int, last_s: int) -> Spans:
    """Return what lies between two seconds, both included."""
    found = []
    for begin_s, end_s in spans:
        begin_s, end_s = max(begin_s, first_s), min(end_s, last_s)
        if begin_s <= end_s:
            found.append((begin_s, end_s))
    return tuple(found)


def both(one: Spans, other: Spans) -> Spans:
    """Return what lies in both."""
    return tuple(part for begin_s, end_s in one for part in held_in(other, begin_s, end_s))


def moved(spans: Spans, by_s: int) -> Spans:
    """Return the spans so many seconds later."""
    return tuple((begin_s + by_s, end_s + by_s) for begin_s, end_s in spans)


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return the same seconds in order, spans that touch made one."""
    found: list[tuple[int, int]] = []
    for begin_s, end_s in sorted(spans):
        if found and begin_s <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((begin_s, end_s))
    return tuple(found)


def nearest(spans: Iterable[tuple[int, int]], second: int) -> int:
    """Return the second of the spans, not empty, that lies nearest; the earlier of two."""
    best = (min(max(second, begin_s), end_s) for begin_s, end_s in spans)
    return min(best, key=lambda at_s: (abs(at_s - second), at_s))


class Roads:
    """Legs of one vehicle on one day, as arrival by the second of leaving.

    Parameters
    ----------
    nearer
        A place, and by how many seconds each way to it and from it is shorter than the matrices
        say.
    side_by_side
        Whether no way takes any time.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        profile: str,
        day: date,
        nearer: tuple[str, int] | None = None,
        side_by_side: bool = False,
    ) -> None:
        place_at = {place.id: row for row, place in enumerate(problem.places)}
        self.legs = Legs(problem, place_at, profile=profile, day=day)
        self._begins_s = [band.start_s for band in bands_on(problem.bands, day)]
        self._nearer = nearer
        self._side_by_side = side_by_side
        self._pieces: dict[tuple[str, str], tuple[_Piece, ...]] = {}

    def _leg(self, origin: str, target: str) -> tuple[_Piece, ...]:
        known = self._pieces.get((origin, target))
        if known is not None:
            return known
        if self._side_by_side:
            return self._pieces.setdefault((origin, target), ((0, FAR_S - 1, 0, False),))
        cut_s = 0
        if self._nearer is not None and origin != target and self._nearer[0] in (origin, target):
            cut_s = self._nearer[1]
        pieces: list[_Piece] = []
        for begin_s, next_s in zip(self._begins_s, [*self._begins_s[1:], FAR_S], strict=True):
            leg_s = self.legs.travel_s(begin_s, origin, target)
            if leg_s >= FAR_S >> 2:
                continue
            begun_s, _ = self.legs.begun(begin_s, origin, target)
            way_s = max(0, leg_s - (begun_s - begin_s) - cut_s)
            held = begun_s > begin_s
            if not held and pieces and pieces[-1][2:] == (way_s, False):
                begin_s = pieces.pop()[0]
            pieces.append((begin_s, next_s - 1, begun_s + way_s if held else way_s, held))
        return self._pieces.setdefault((origin, target), tuple(pieces))

    def arrival_s(self, leaving_s: int, origin: str, target: str) -> int:
        """Return when a team arrives that leaves at a second; ``FAR_S`` where it never does."""
        return self.earliest_s(((leaving_s, leaving_s),), origin, target)

    def earliest_s(self, leaving: Spans, origin: str, target: str) -> int:
        """Return the earliest arrival of those who leave within spans."""
        best_s = FAR_S
        pieces = self._leg(origin, target)
        for first_s, last_s in leaving:
            for begin_s, end_s, way_s, held in pieces:
                if begin_s > last_s:
                    break
                at_s = first_s if first_s > begin_s else begin_s
                if at_s <= end_s:
                    arrival_s = way_s if held else at_s + way_s
                    if arrival_s < best_s:
                        best_s = arrival_s
        return best_s

    def leaving(self, by_s: int, origin: str, target: str) -> Spans:
        """Return when a team must leave to arrive by a second."""
        found = []
        for begin_s, end_s, way_s, held in self._leg(origin, target):
            last_s = end_s if held and way_s <= by_s else min(end_s, by_s - way_s)
            if last_s >= begin_s and not (held and way_s > by_s):
                found.append((begin_s, last_s))
        return tuple(found)
