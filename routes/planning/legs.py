"""Legs of one vehicle on one day: which matrix holds at departure, and waits for a road."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import numpy as np

from geo.model import Ints
from routes.planning.kernels import NEVER
from routes.planning.problem import Matrix, Problem, bands_on

__all__ = ["Legs"]


class Legs:
    """Travel in whole seconds and metres, as the search reckons it.

    Parameters
    ----------
    problem
        Whose places, bands and matrices count.
    place_at
        Row of each place in the matrices.
    profile, day
        Vehicle and day; a day may have bands of its own.
    """

    def __init__(
        self, problem: Problem, place_at: Mapping[str, int], *, profile: str, day: date
    ) -> None:
        matrices = {m.band: m for m in problem.matrices if m.profile == profile}
        bands = bands_on(problem.bands, day)
        self._hours = [(band.start_s, band.end_s, matrices[band.name]) for band in bands]
        self._place_at = place_at

    def begun(self, leaving_s: int, origin: str, target: str) -> tuple[int, Matrix]:
        """Return when a leg begins and its matrix.

        Where no road leads at ``leaving_s``, the team waits for the first band in which one
        does; where there is none, the leg begins at once and never ends.
        """
        cell = self._place_at[origin], self._place_at[target]
        final = len(self._hours) - 1
        held = next((row for row, hours in enumerate(self._hours) if leaving_s < hours[1]), final)
        for start_s, _, matrix in self._hours[held:]:
            if math.isfinite(matrix.travel_s[cell]):
                return max(leaving_s, start_s), matrix
        return leaving_s, self._hours[held][2]

    def travel_s(self, leaving_s: int, origin: str, target: str) -> int:
        """Return seconds from leaving to arriving, a wait for a road among them; or NEVER."""
        begun_s, matrix = self.begun(leaving_s, origin, target)
        raw_s = float(matrix.travel_s[self._place_at[origin], self._place_at[target]])
        return begun_s - leaving_s + math.ceil(raw_s - 1e-6) if math.isfinite(raw_s) else NEVER

    def departure_s(self, earliest_s: int, arrival_s: int, origin: str, target: str) -> int:
        """Return when to leave so as to drive least and be there by a second, the later the better.

        Where no road leads in between, that is when the first one does.
        """
        cell = self._place_at[origin], self._place_at[target]
        begun_s, _ = self.begun(earliest_s, origin, target)
        best = math.inf, -begun_s
        for row, (start_s, end_s, matrix) in enumerate(self._hours):
            raw_s = float(matrix.travel_s[cell])
            if not math.isfinite(raw_s):
                continue
            leg_s = math.ceil(raw_s - 1e-6)
            final = row == len(self._hours) - 1
            latest_s = arrival_s - leg_s if final else min(end_s - 1, arrival_s - leg_s)
            if latest_s >= max(begun_s, start_s):
                best = min(best, (leg_s, -latest_s))
        return -best[1]

    def to_all_s(self, leaving_s: int, origin: str) -> Ints:
        """Return the same to every place, in the order of the matrices."""
        row = self._place_at[origin]
        found_s = np.full(len(self._place_at), NEVER, dtype=np.int64)
        final = len(self._hours) - 1
        held = next((k for k, hours in enumerate(self._hours) if leaving_s < hours[1]), final)
        for start_s, _, matrix in self._hours[held:]:
            raw_s = matrix.travel_s[row]
            fresh = (found_s >= NEVER) & np.isfinite(raw_s)
            waited_s = max(leaving_s, start_s) - leaving_s
            found_s[fresh] = waited_s + np.ceil(raw_s[fresh] - 1e-6).astype(np.int64)
        return found_s

    def length_m(self, leaving_s: int, origin: str, target: str) -> int:
        """Return metres; 0 where no road leads."""
        _, matrix = self.begun(leaving_s, origin, target)
        raw_m = float(matrix.length_m[self._place_at[origin], self._place_at[target]])
        return round(raw_m) if math.isfinite(raw_m) else 0
