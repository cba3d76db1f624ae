"""What the overview keeps in memory: the table of cases, and the heat; each for one state.

Both hold points, codes and sums, never a name or an address text. They are made anew when
something was written that may have changed cases, and on another day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from data.map_cases import CaseTable, StepNumbers
from geo.localtime import local_day
from routes.case_steps import SITED, CaseStep
from routes.heat import Heat, Sited, heat
from web.kept import Kept

if TYPE_CHECKING:
    from web.services import Services

__all__ = ["MOST_ROWS", "OverviewIndex"]

MOST_ROWS = 20_000
"""Up to so many cases whoever asks waits for a new reading; past that it is made beside."""

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
            table, fresh = self._table.soon(key, lambda: _read(here))
            if table is not None:
                return table, fresh
        return self._table.now(key, lambda: _read(here)), True

    def heat(self, here: Services) -> tuple[Heat | None, bool]:
        """Return the heat, and whether it is as now; None where it is still being reckoned."""
        return self._heat.soon(_key(here), lambda: _heat(here, self.table(here)[0]))

    def warm(self, here: Services) -> None:
        """Begin to read the cases; nobody waits."""
        self._table.soon(_key(here), lambda: _read(here))


def _key(here: Services) -> tuple[int, date]:
    """Return what changes whenever the cases may have, and with the day."""
    return here.store.changes.last(), local_day(here.clock())


def _read(here: Services) -> CaseTable:
    profile = here.profile
    return here.store.case_table(
        on=local_day(here.clock()),
        numbers=StepNumbers(profile.address_min_confidence, profile.contact_valid_d),
    )


def _heat(here: Services, table: CaseTable) -> Heat:
    """Reckon the heat of the cases whose debtors are looked for."""
    sought = {
        point.id for n, point in enumerate(table.points) if table.code("step", n) not in _NOT_SOUGHT
    }
    debtors = [debtor for debtor in here.store.debtors() if debtor.case_id in sought]
    case_of = {debtor.id: debtor.case_id for debtor in debtors}
    claims = [claim for claim in here.store.claims() if claim.debtor_id in case_of]
    held = {claim.id for claim in claims}
    located = here.locate(
        debtors=debtors,
        claims=claims,
        outcomes=[outcome for outcome in here.store.outcomes() if outcome.claim_id in held],
        leads=[lead for lead in here.store.leads() if lead.debtor_id in case_of],
        now=here.clock(),
    )
    return heat(
        located,
        [
            Sited(claim.id, case_of[claim.debtor_id], claim.place.point)
            for claim in claims
            if claim.place is not None and claim.place.precision in SITED
        ],
    )
