"""All cases as a map has them: a table of columns that filters and counts in milliseconds.

Points, codes and identifiers; nothing that is encrypted is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from data.case_lists import CasePoint, case_points
from data.schema import EnforcementCaseRow
from data.upsert import table_of
from geo.clusters import world_points
from geo.model import Floats, Ints, Precision
from routes.case_steps import CaseAge, CaseFacts, CaseStep, case_age, case_step
from routes.model import CaseKind, CaseStatus, Grade

__all__ = ["DIMENSIONS", "CaseTable", "StepNumbers", "case_table", "read_case_table"]

Mask = npt.NDArray[np.bool_]

DIMENSIONS = ("kind", "grade", "status", "township", "age", "step", "precision")
"""What cases are filtered, coloured and counted by."""

_CODES: Mapping[str, tuple[str, ...]] = {
    "kind": tuple(CaseKind),
    "grade": tuple(Grade),
    "status": tuple(CaseStatus),
    "age": tuple(CaseAge),
    "step": tuple(CaseStep),
    "precision": tuple(Precision),
}
_CASE = table_of(EnforcementCaseRow)


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """Numbers of the rule profile that the first step of a case depends on."""

    least_confidence: float
    contact_valid_d: int


@dataclass(frozen=True, eq=False)
class CaseTable:
    """Cases by column, in the order of their numbers.

    Parameters
    ----------
    points
        The cases.
    codes
        What the numbers in ``columns`` stand for, by dimension.
    columns
        Numbers of codes by dimension; -1 where a case has none.
    lonlat
        Shape (cases, 2); nan where a case has no place.
    """

    points: tuple[CasePoint, ...]
    codes: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Ints]
    lonlat: Floats

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Position of each case by its id."""
        return {point.id: n for n, point in enumerate(self.points)}

    @cached_property
    def located(self) -> Mask:
        """Which cases have a place."""
        return np.asarray(np.isfinite(self.lonlat[:, 0]))

    @cached_property
    def world(self) -> Floats:
        """Points of the web map's square world."""
        return world_points(self.lonlat)

    def wanted(self, filters: Mapping[str, str]) -> Mask:
        """Return which cases have all these codes; an unknown code is had by none."""
        mask = np.ones(len(self), dtype=np.bool_)
        for name, code in filters.items():
            known = self.codes[name]
            number = known.index(code) if code in known else len(known)
            mask &= self.columns[name] == number
        return mask

    def tally(self, mask: Mask, dimension: str) -> dict[str, int]:
        """Return how many of these cases have each code; codes that none has are left out."""
        known = self.codes[dimension]
        counts = np.bincount(self.columns[dimension][mask] + 1, minlength=len(known) + 1)[1:]
        return {code: count for code, count in zip(known, counts.tolist(), strict=True) if count}

    def code(self, dimension: str, case: int) -> str | None:
        """Return the code of one case."""
        number = int(self.columns[dimension][case])
        return None if number < 0 else self.codes[dimension][number]


def read_case_table(connection: Connection, *, on: date, numbers: StepNumbers) -> CaseTable:
    """Read all cases, with their age and first step of a day."""
    points = tuple(case_points(connection))
    rows = connection.execute(
        select(
            _CASE.c.id,
            _CASE.c.filed_on,
            _CASE.c.basis_document,
            _CASE.c.basis_served_on,
            _CASE.c.contact_logged_on,
        )
    )
    facts = {case_id: rest for case_id, *rest in rows}
    ages, steps = [], []
    for point in points:
        filed_on, document, served_on, contact_on = facts[point.id]
        ages.append(case_age(filed_on, on=on).value)
        steps.append(
            case_step(
                CaseFacts(
                    CaseStatus(point.status),
                    Grade(point.grade),
                    bool(document) and served_on is not None,
                    contact_on,
                    point.claims,
                    Precision(point.precision),
                    point.confidence,
                ),
                on=on,
                least_confidence=numbers.least_confidence,
                contact_valid_d=numbers.contact_valid_d,
            ).value
        )
    return case_table(points, {"age": ages, "step": steps})


def case_table(points: Iterable[CasePoint], more: Mapping[str, list[str]]) -> CaseTable:
    """Return cases by column; ``more`` gives the codes that points do not hold."""
    held = tuple(points)
    towns = tuple(sorted({p.township_code for p in held if p.township_code is not None}))
    codes: dict[str, tuple[str, ...]] = {
        **{name: tuple(str(code) for code in known) for name, known in _CODES.items()},
        "township": towns,
    }
    given: Mapping[str, list[Any]] = {
        "kind": [p.kind for p in held],
        "grade": [p.grade for p in held],
        "status": [p.status for p in held],
        "township": [p.township_code for p in held],
        "precision": [p.precision for p in held],
        **more,
    }
    columns = {}
    for name in DIMENSIONS:
        number = {code: n for n, code in enumerate(codes[name])}
        columns[name] = np.array([number.get(code, -1) for code in given[name]], dtype=np.int64)
    lonlat = np.array(
        [(np.nan, np.nan) if p.lon is None or p.lat is None else (p.lon, p.lat) for p in held]
    ).reshape(-1, 2)
    return CaseTable(held, codes, columns, lonlat)
