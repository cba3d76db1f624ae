"""The smallest change that makes a visit lawful, for each address of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from data.sign_offs import KeptSignOff
from geo.localtime import moment_at
from geo.messages import Message, message
from geo.model import AreaKind
from geo.responsibility import responsibility
from routes.model import AddressClaim, Case, ClaimId, Debtor, Shift, Team, Verdict
from routes.rules.fixes import (
    LawfulVisit,
    NoLawfulVisit,
    VisitAsk,
    cheapest_fix,
    first_start,
    open_findings,
)
from routes.rules.signoffs import unsigned
from web.signatures import signed_by
from web.step_records import RuleSources

__all__ = ["ClaimFix", "smallest_changes"]

_START_S = 10 * 3600  # of a day on which nobody is on shift
_LASTS = timedelta(minutes=30)

Standing = Callable[[frozenset[str]], Sequence[KeptSignOff]]
"""What is signed about some subjects and stands now."""


@dataclass(frozen=True, slots=True)
class ClaimFix:
    """An address whose visit is not lawful yet, and what makes it so or keeps it from being."""

    claim: ClaimId
    found: LawfulVisit | NoLawfulVisit

    def told(self, say: Callable[[Message], str]) -> str:
        """Return the line that people read; ``say`` puts a message into words."""
        if isinstance(self.found, NoLawfulVisit):
            why = " ".join(say(one.message) for one in self.found.barred)
            if self.found.only_calendar:
                return say(message("最小改正：先补齐工作日历，再核对。%(why)s", why=why))
            return say(message("最小改正：没有已知的办法，不得走访。%(why)s", why=why))
        changes = " + ".join(say(fix.text) for fix in self.found.fixes)
        if self.found.presumes:
            return say(message("最小改正：%(changes)s（以核实属实为前提）", changes=changes))
        return say(message("最小改正：%(changes)s", changes=changes))


def smallest_changes(
    sources: RuleSources,
    case: Case,
    debtors: Sequence[Debtor],
    claims: Sequence[AddressClaim],
    *,
    on: date,
) -> tuple[ClaimFix, ...]:
    """Return the addresses of a case that may not be visited as things stand, with the cure.

    The visit begins at the first lawful moment of the day at which a team is on shift, by the
    team that lacks least. Signatures that hold then count.
    """
    store, now = sources.store, sources.clock()
    shifts, teams = cache(store.shifts), store.teams()
    standing = cache(lambda subjects: store.sign_offs.standing(subjects, now))
    debtor_of = {debtor.id: debtor for debtor in debtors}
    found: list[ClaimFix] = []
    for claim in claims:
        debtor = debtor_of.get(claim.debtor_id)
        if debtor is None:
            continue
        asks = _asks(sources, case, debtor, claim, on, teams, shifts)
        ask, is_open = _least_open(sources, asks, standing)
        if is_open:
            result = cheapest_fix(
                ask,
                calendar=sources.calendar,
                profile=sources.profile,
                teams=teams,
                shifts=shifts,
                now=now,
            )
            found.append(ClaimFix(claim.id, result))
    return tuple(found)


def _asks(
    sources: RuleSources,
    case: Case,
    debtor: Debtor,
    claim: AddressClaim,
    on: date,
    teams: Sequence[Team],
    shifts: Callable[[date], Sequence[Shift]],
) -> list[VisitAsk]:
    """Return the visit by each team that is on shift that day; by any team where none is."""
    starts_at = moment_at(on, _START_S)
    inside, other_province = _district(sources, claim)
    ask = VisitAsk(
        case,
        debtor,
        claim,
        None,
        starts_at,
        starts_at + _LASTS,
        inside=inside,
        other_province=other_province,
    )
    by_team = [replace(ask, team=team) for team in teams]
    timed = []
    for one in by_team:
        first = first_start(
            one,
            calendar=sources.calendar,
            profile=sources.profile,
            shifts=shifts,
            now=sources.clock(),
        )
        if first is not None:
            timed.append(replace(one, starts_at=first, ends_at=first + _LASTS))
    return timed or by_team or [ask]


def _least_open(
    sources: RuleSources, asks: Sequence[VisitAsk], standing: Standing
) -> tuple[VisitAsk, bool]:
    """Return the ask against which least stands, with its signatures, and whether anything does."""
    signed = [_with_signatures(sources, one, standing) for one in asks]
    counts = [
        len(open_findings(one, calendar=sources.calendar, profile=sources.profile))
        for one in signed
    ]
    least = min(range(len(signed)), key=counts.__getitem__)
    return signed[least], counts[least] > 0


def _with_signatures(sources: RuleSources, ask: VisitAsk, standing: Standing) -> VisitAsk:
    """Return the ask with what is signed until the visit is over."""
    asked = open_findings(ask, calendar=sources.calendar, profile=sources.profile)
    kept = standing(frozenset(one.subject for one in asked))
    given = [each.sign_off for each in kept]
    waiting = unsigned(asked, given, ask.ends_at, asked=signed_by)
    signed = (one for one in asked if one.verdict is Verdict.SIGN_OFF and one not in waiting)
    return replace(ask, signed=frozenset(one.digest for one in signed))


def _district(sources: RuleSources, claim: AddressClaim) -> tuple[bool | None, bool | None]:
    """Return whether a claim lies in the court's district, and whether in another province.

    None where no boundary is stored or the claim has no place.
    """
    areas = sources.areas
    if areas is None or claim.place is None or not areas.areas(AreaKind.JURISDICTION):
        return None, None
    told = responsibility(areas, point=claim.place.point)
    return told.inside, None if told.inside else told.other_province
