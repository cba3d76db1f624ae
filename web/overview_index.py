"""What the overview keeps in memory: the table of cases, and the heat; each for one state.

Both hold points, codes and sums, never a name or an address text. They are made anew when
something was written that may have changed cases, and on another day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from data.claim_columns import KnownColumns
from data.map_cases import CaseTable, StepNumbers
from geo.localtime import local_day
from routes.case_steps import SITED, CaseStep
from routes.heat import Heat, Sited, heat
from routes.locating.columns import PRECISIONS
from web.kept import Kept

if TYPE_CHECKING:
    from web.services import Services

__all__ = ["MOST_ROWS", "OverviewIndex"]

MOST_ROWS = 20_000
"""Up to so many cases whoever asks waits for a new reading; past that it is made beside."""

_READ, _LOCATED = 0.5, 0.7
"""Shares of the work that are done once the store was read, and the model was asked."""

_NOT_SOUGHT = (CaseStep.CLOSED, CaseStep.WAIT, CaseStep.SPARE)


class OverviewIndex:
    """Keeps the cases of one store.

    Parameters
    ----------
    most_rows
        See :data:`MOST_ROWS`.
    """

    def __init__(self, *, most_rows: int = MOST_ROWS) -> None:
        self.most_rows = most_rows
        self._table: Kept[CaseTable] = Kept()
        self._heat: Kept[Heat] = Kept()

    def table(self, here: Services) -> tuple[CaseTable, bool]:
        """Return the cases, and whether they are as now.

        A large table is read again beside, and the earlier one is shown meanwhile.
        """
        key = _key(here)
        held = self._table.held
        if held is not None and len(held) > self.most_rows:
            table, fresh = self._table.soon(key, lambda _tell: _read(here))
            if table is not None:
                return table, fresh
        return self._table.now(key, lambda _tell: _read(here)), True

    def heat(self, here: Services) -> tuple[Heat | None, bool]:
        """Return the heat, and whether it is as now; None where it is still being reckoned."""
        return self._heat.soon(_key(here), lambda tell: _heat(here, self.table(here)[0], tell))

    @property
    def heat_share(self) -> float:
        """Which share of the heat that is being reckoned is done."""
        return self._heat.share

    def warm(self, here: Services) -> None:
        """Begin to read the cases and to reckon the heat; nobody waits."""
        key = _key(here)
        self._table.warm(key, lambda _tell: _read(here))
        self._heat.warm(key, lambda tell: _heat(here, self.table(here)[0], tell))


def _key(here: Services) -> tuple[int, date]:
    """Return what changes whenever the cases may have, and with the day."""
    return here.store.changes.last(), local_day(here.clock())


def _read(here: Services) -> CaseTable:
    profile = here.profile
    return here.store.case_table(
        on=local_day(here.clock()),
        numbers=StepNumbers(profile.address_min_confidence, profile.contact_valid_d),
    )


def _heat(here: Services, table: CaseTable, tell: Callable[[float], None]) -> Heat:
    """Reckon the heat of the cases whose debtors are looked for."""
    sought = {
        point.id for n, point in enumerate(table.points) if table.code("step", n) not in _NOT_SOUGHT
    }
    held = here.store.known_columns(sought, tell=lambda share: tell(_READ * share))
    located = here.locate(
        debtors=held.debtors,
        claims=held.claims,
        outcomes=held.outcomes,
        leads=held.leads,
        now=here.clock(),
        answers=here.store.answers(),
    )
    tell(_LOCATED)
    return heat(located, _sited(held), tell=lambda share: tell(_LOCATED + (1.0 - _LOCATED) * share))


def _sited(held: KnownColumns) -> Sited:
    """Return the claims whose places somebody could go to."""
    claims, case_of = held.claims, held.case_of
    at = np.flatnonzero(np.isin(claims.precision, [PRECISIONS[one] for one in SITED]))
    return Sited(
        [claims.ids[i] for i in at.tolist()],
        [case_of[claims.debtors[i]] for i in at.tolist()],
        np.column_stack([claims.lon, claims.lat])[at],
    )
