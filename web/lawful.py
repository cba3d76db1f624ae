"""The smallest change that makes a visit lawful, for each address of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from geo.localtime import moment_at
from geo.messages import Message, message
from geo.responsibility import responsibility
from routes.model import AddressClaim, Case, ClaimId, Debtor, Verdict
from routes.rules.fixes import LawfulVisit, VisitAsk, cheapest_fix, open_findings
from routes.rules.signoffs import unsigned
from web.approval import RuleSources
from web.signatures import signed_by

__all__ = ["ClaimFix", "smallest_changes"]

_START_S = 10 * 3600
_LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ClaimFix:
    """An address whose visit is not lawful yet; ``lawful`` is None where no known change helps."""

    claim: ClaimId
    lawful: LawfulVisit | None

    def told(self, say: Callable[[Message], str]) -> str:
        """Return the line that people read; ``say`` puts a message into words."""
        if self.lawful is None:
            return say(message("最小改正：没有已知的办法，不得走访"))
        changes = " + ".join(say(fix.text) for fix in self.lawful.fixes)
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

    The visit begins at ten in the morning, by the court's own team that lacks least.
    Signatures that hold then count.
    """
    teams = sources.store.teams()
    debtor_of = {debtor.id: debtor for debtor in debtors}
    found: list[ClaimFix] = []
    for claim in claims:
        debtor = debtor_of.get(claim.debtor_id)
        if debtor is None:
            continue
        starts_at = moment_at(on, _START_S)
        inside, other_province = _district(sources, claim)
        asks = [
            _with_signatures(
                sources,
                VisitAsk(
                    case,
                    debtor,
                    claim,
                    team,
                    starts_at,
                    starts_at + _LASTS,
                    inside=inside,
                    other_province=other_province,
                ),
            )
            for team in teams or (None,)
        ]
        ask = min(asks, key=lambda one: _open(sources, one))
        if _open(sources, ask) > 0:
            lawful = cheapest_fix(
                ask, calendar=sources.calendar, profile=sources.profile, teams=teams
            )
            found.append(ClaimFix(claim.id, lawful))
    return tuple(found)


def _open(sources: RuleSources, ask: VisitAsk) -> int:
    """Return how many findings stand against a visit."""
    return len(open_findings(ask, calendar=sources.calendar, profile=sources.profile))


def _with_signatures(sources: RuleSources, ask: VisitAsk) -> VisitAsk:
    """Return the ask with what is signed until the visit is over."""
    asked = open_findings(ask, calendar=sources.calendar, profile=sources.profile)
    kept = sources.store.sign_offs.standing((one.subject for one in asked), sources.clock())
    given = [each.sign_off for each in kept]
    waiting = unsigned(asked, given, ask.ends_at, asked=signed_by)
    signed = {
        (one.rule, one.subject)
        for one in asked
        if one.verdict is Verdict.SIGN_OFF and one not in waiting
    }
    return replace(ask, signed=frozenset(signed))


def _district(sources: RuleSources, claim: AddressClaim) -> tuple[bool | None, bool | None]:
    """Return whether a claim lies in the court's district, and whether in another province."""
    if sources.areas is None or claim.place is None:
        return None, None
    told = responsibility(sources.areas, point=claim.place.point)
    return told.inside, None if told.inside else told.other_province
