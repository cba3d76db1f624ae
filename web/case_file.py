"""A case as people read it: claims with their places, what is likely and why, what rules say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from data.masks import PersonField, Sights
from data.namesake_decisions import KeptNamesakeDecision
from data.outcome_records import KeptFile, team_of
from data.store import Store
from geo.localtime import local_day
from geo.model import Precision
from routes.locating import ClaimEstimate, Located
from routes.model import AddressClaim, Case, ClaimId, Debtor, DebtorId, Outcome, SecretText, Verdict
from routes.property_answers import PropertyAnswer, property_step
from routes.rules import check_file
from routes.rules.field_checklist import CHECKLIST
from web.case_next import NextPage, build_next
from web.case_records import locate_records, read_records
from web.labels import say
from web.lawful import smallest_changes
from web.namesakes import decisions_by_number, score_text
from web.protection import visit_history_findings
from web.services import Services
from web.timeline import TimelineView, build_timeline
from web.visit_days import VisitDay, asked_day

__all__ = [
    "ERROR_M",
    "CasePage",
    "ClaimView",
    "DebtorView",
    "FindingView",
    "build_case_page",
    "claims_json",
]

ERROR_M = {
    Precision.DOOR: 30,
    Precision.INTERPOLATED: 80,
    Precision.POI: 60,
    Precision.ROAD: 300,
    Precision.VILLAGE: 800,
    Precision.TOWNSHIP: 3000,
    Precision.COUNTY: 8000,
}
"""Half-width of the circle within which a geocode of this precision is right, metres."""

_WORKDAY = "workday"


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in the reader's language."""

    rule: str
    verdict: str
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class FoundView:
    """Probability that a visit in a band of a workday finds the debtor, with its range."""

    band: str
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClaimView:
    """An address claim with its place and its probability."""

    id: str
    number: int
    text: str
    source: str
    kind: str
    seen_on: str
    basis: str | None
    precision: str
    confidence: float | None
    p_place: float | None
    evidence: tuple[str, ...]
    hours: tuple[str, ...]
    visits: tuple[str, ...]
    found: tuple[FoundView, ...]
    lonlat: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class DebtorView:
    """A debtor with the address claims."""

    id: DebtorId
    name: str
    id_number: str | None
    kind: str
    identifiers: tuple[str, ...]
    situation: str | None
    claims: tuple[ClaimView, ...]
    elsewhere: float | None


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A past visit; ``claim`` is the number of the address on the page.

    ``left`` are the checks that were not done, each with why; ``lonlat`` is where the device was;
    ``files`` are pictures, each with its kind; ``officers`` are named where paper was typed in.
    ``disputed``: another one of the same address and day says otherwise.
    """

    id: str
    at: datetime
    claim: str
    band: str
    kind: str
    withdrawn: bool
    done: int = 0
    left: tuple[tuple[str, str], ...] = ()
    lonlat: tuple[float, float] | None = None
    files: tuple[tuple[str, str], ...] = ()
    officers: tuple[str, ...] = ()
    note: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class NamesakeView:
    """A decision on whether an address is the debtor's or a namesake's, and whose it was."""

    number: int
    kept: KeptNamesakeDecision
    by: str
    score: str


@dataclass(frozen=True, slots=True)
class PropertyView:
    """What was answered of a debtor's property; ``stale`` where it is too old to rely on."""

    debtor: str
    answer: PropertyAnswer
    stale: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the case page shows.

    ``answers_step`` says what the ``answers`` of property checks ask for next.

    ``fixes`` are the numbers of the addresses that may not be visited as things stand, each with
    the smallest change that makes it lawful.
    """

    case: Case
    debtors: tuple[DebtorView, ...]
    outcomes: tuple[OutcomeView, ...]
    findings: tuple[FindingView, ...]
    fixes: tuple[tuple[int, str], ...]
    namesakes: tuple[NamesakeView, ...]
    answers: tuple[PropertyView, ...]
    answers_step: str
    next: NextPage
    visit_day: VisitDay
    timeline: tuple[TimelineView, ...]

    @property
    def has_numbers(self) -> bool:
        """Whether a debtor has an identity number."""
        return any(debtor.id_number for debtor in self.debtors)

    @property
    def claim_numbers(self) -> tuple[int, ...]:
        """Numbers of the addresses on the page."""
        return tuple(sorted(c.number for debtor in self.debtors for c in debtor.claims))

    @property
    def explained(self) -> tuple[ClaimView, ...]:
        """Claims that have an explanation."""
        return tuple(c for debtor in self.debtors for c in debtor.claims if c.evidence)


def build_case_page(
    case: Case,
    services: Services,
    sights: Sights,
    asked: Mapping[str, str],
    *,
    team: str | None = None,
) -> CasePage:
    """Read one case with everything that belongs to it; of persons what the reader sees.

    Parameters
    ----------
    asked
        Of which ``day`` and ``band`` visits are explained; of today where it does not say.
    team
        Whose visits are shown, of all teams where None; those of others count for the numbers.
    """
    store, now = services.store, services.clock()
    held = read_records(store, case.id)
    debtors, claims, outcomes = held.debtors, held.claims, held.outcomes
    records, notes = store.outcome_records(outcomes), store.outcome_notes(outcomes)
    answers, stale_d = store.property_answers(case.id), services.profile.address_stale_d
    step = property_step(answers, on=local_day(now), stale_d=stale_d)
    seen = [one for one in outcomes if team is None or team_of(records, one) in (None, team)]
    names = {debtor.id: debtor.name.reveal() for debtor in debtors}
    located = locate_records(services, held)
    numbers = {claim.id: number for number, claim in enumerate(claims, start=1)}
    chosen = asked_day(asked, today=local_day(now), calendar=services.calendar)
    disputed = _disputed(outcomes)
    return CasePage(
        case=case,
        debtors=tuple(
            _debtor(debtor, claims, located, numbers, sights, chosen) for debtor in debtors
        ),
        outcomes=tuple(
            _outcome(
                item,
                str(numbers.get(item.claim_id, "–")),
                records.get(item.id),
                notes.get(item.id),
                disputed=item.id in disputed,
            )
            for item in sorted(seen, key=lambda o: o.at, reverse=True)
        ),
        findings=_findings(case, debtors, claims, services, visited=bool(outcomes)),
        fixes=tuple(
            (numbers[one.claim], one.told(say))
            for one in smallest_changes(services, case, debtors, claims, on=local_day(now))
        ),
        namesakes=tuple(
            NamesakeView(
                number,
                one,
                _shown_name(store, one.decided_by),
                say(score_text(one.log_ratio, one.independent)),
            )
            for number, one in decisions_by_number(store, case.id, claims)
        ),
        answers=tuple(
            PropertyView(
                names[one.debtor_id], one, (local_day(now) - one.answered_on).days >= stale_d
            )
            for one in answers
        ),
        answers_step="" if step is None else say(step),
        next=build_next(services, case, held, located, numbers),
        visit_day=chosen,
        timeline=build_timeline(
            store, case, replace(held, outcomes=tuple(seen)), answers, numbers, now=now, team=team
        ),
    )


def _outcome(
    item: Outcome,
    number: str,
    kept: tuple[Mapping[str, Any], Sequence[KeptFile]] | None,
    noted: SecretText | None,
    *,
    disputed: bool,
) -> OutcomeView:
    note = "" if noted is None else noted.reveal()
    plain = OutcomeView(
        item.id,
        item.at,
        number,
        item.band,
        item.kind,
        item.withdrawn,
        note=note,
        disputed=disputed,
    )
    if kept is None:
        return plain
    record, files = kept
    texts = {check.code: say(check.text) for check in CHECKLIST}
    where = record["position"]
    return replace(
        plain,
        done=len(record["done"]),
        left=tuple((texts.get(code, code), why) for code, why in record["left"].items()),
        lonlat=None if where is None else (where[0], where[1]),
        files=tuple((one.id, one.kind.value) for one in files),
        officers=tuple(record.get("officers", ())),
    )


def _disputed(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return those that hold while another of their address and day says otherwise."""
    of_day: dict[tuple[ClaimId, date], list[Outcome]] = {}
    for one in outcomes:
        if not one.withdrawn:
            of_day.setdefault((one.claim_id, local_day(one.at)), []).append(one)
    return frozenset(
        one.id for same in of_day.values() if len({each.kind for each in same}) > 1 for one in same
    )


def _shown_name(store: Store, account_id: str) -> str:
    found = store.accounts.get(account_id)
    return account_id if found is None else found.display_name


def claims_json(case: Case, services: Services) -> tuple[dict[str, Any], int]:
    """Return the claims' points for the map, numbers and codes only, and of how many persons."""
    held = read_records(services.store, case.id)
    located = locate_records(services, held)
    points = []
    for number, claim in enumerate(held.claims, start=1):
        place, estimate = claim.place, located.claims.get(claim.id)
        if place is not None:
            points.append(
                {
                    "number": number,
                    "lon": place.point.lon,
                    "lat": place.point.lat,
                    "precision": place.precision,
                    "error_m": ERROR_M.get(place.precision, 0),
                    "p_place": None if estimate is None else estimate.p_place,
                    "confidence": place.confidence,
                }
            )
    return {"claims": points}, len(held.debtors)


def _debtor(
    debtor: Debtor,
    claims: Sequence[AddressClaim],
    located: Located,
    numbers: dict[ClaimId, int],
    sights: Sights,
    chosen: VisitDay,
) -> DebtorView:
    return DebtorView(
        id=debtor.id,
        name=sights.seen(PersonField.NAME, debtor.name) or "",
        id_number=sights.seen(PersonField.ID_NUMBER, debtor.id_number),
        kind=debtor.kind,
        identifiers=tuple(sorted(debtor.identifiers)),
        situation=debtor.situation,
        claims=tuple(
            _claim(claim, numbers[claim.id], located.claims.get(claim.id), sights, chosen)
            for claim in claims
            if claim.debtor_id == debtor.id
        ),
        elsewhere=located.elsewhere.get(debtor.id),
    )


def _claim(
    claim: AddressClaim,
    number: int,
    estimate: ClaimEstimate | None,
    sights: Sights,
    chosen: VisitDay,
) -> ClaimView:
    place = claim.place
    return ClaimView(
        id=claim.id,
        number=number,
        text=sights.seen(PersonField.ADDRESS, claim.text) or "",
        source=claim.source,
        kind=claim.kind,
        seen_on=claim.seen_on.isoformat(),
        basis=claim.basis,
        precision=Precision.NONE if place is None else place.precision,
        confidence=None if place is None else place.confidence,
        p_place=None if estimate is None else estimate.p_place,
        evidence=() if estimate is None else tuple(say(line) for line in estimate.evidence),
        hours=() if estimate is None else tuple(say(line) for line in estimate.explain(_WORKDAY)),
        visits=()
        if estimate is None
        else tuple(map(say, estimate.explain_visits(chosen.day, chosen.bands))),
        found=() if estimate is None else _found(estimate),
        lonlat=None if place is None else (place.point.lon, place.point.lat),
    )


def _found(estimate: ClaimEstimate) -> tuple[FoundView, ...]:
    return tuple(FoundView(band, *found) for band, found in estimate.ranges(_WORKDAY).items())


def _findings(
    case: Case,
    debtors: Sequence[Debtor],
    claims: Sequence[AddressClaim],
    services: Services,
    *,
    visited: bool,
) -> tuple[FindingView, ...]:
    today = local_day(services.clock())
    found = check_file(case, debtors, claims, on=today, profile=services.profile)
    if visited:  # what is merely warned of stands in the register
        said = visit_history_findings(services.store, on=today)
        found += tuple(one for one in said if one.verdict is not Verdict.WARN)
    views = (FindingView(f.rule, f.verdict, say(f.message), f.citation) for f in found)
    return tuple(dict.fromkeys(views))
