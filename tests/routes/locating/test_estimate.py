import itertools
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Precision
from routes.calendar import DayKind
from routes.errors import LocatingError
from routes.locating import DayType, Located, learn_presence, likelihood_ratio, locate
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Lead,
    Outcome,
    OutcomeKind,
    PlaceKind,
    VisitBand,
)

from .samples import (
    DEBTOR,
    NOW,
    PARAMETERS,
    claim,
    debtors_evidence,
    lead,
    located,
    outcome,
)

Evidence = tuple[list[AddressClaim], list[Outcome], list[Lead]]
LIVE = [
    OutcomeKind.FOUND,
    OutcomeKind.LIVES_HERE_ABSENT,
]
DEAD = [OutcomeKind.MOVED, OutcomeKind.NO_SUCH_ADDRESS, OutcomeKind.NAMESAKE]


def total(made: Located, claims: list[AddressClaim]) -> float:
    """Sum over distinct places, with elsewhere."""
    seen: set[ClaimId] = set()
    parts = [made.elsewhere[DEBTOR.id]]
    for each in claims:
        if each.id not in seen:
            parts.append(made.claims[each.id].p_place)
            seen |= {each.id, *made.claims[each.id].same_place}
    return math.fsum(parts)


@given(debtors_evidence())
def test_distinct_places_and_elsewhere_sum_to_one(evidence: Evidence) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    assert total(made, claims) == pytest.approx(1.0, abs=1e-12)
    assert all(0.0 <= estimate.p_place <= 1.0 for estimate in made.claims.values())
    for estimate in made.claims.values():
        for band, day in itertools.product(VisitBand, DayType):
            assert 0.0 <= estimate.p_found(band, day) <= estimate.p_place
        assert all(str(line) for line in estimate.evidence)


@given(debtors_evidence())
def test_brute_force_bayes_agrees(evidence: Evidence) -> None:
    """Enumerate which claims' places are right, weigh, keep worlds with at most one place.

    The oracle multiplies probabilities of whole worlds; it has no odds and no logarithms.
    """
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    usable = [c for c in claims if c.expires_on is None]
    fine = {Precision.DOOR, Precision.INTERPOLATED, Precision.POI}

    def place(c: AddressClaim) -> object:
        if c.place is None or c.place.precision not in fine:
            return c.id
        return c.place.point

    def alone(c: AddressClaim) -> float:
        age_d = (NOW.date() - c.seen_on).days
        spot = (
            0.05
            if c.place is None
            else (PARAMETERS.precision[c.place.precision] * c.place.confidence)
        )
        fresh = 0.5 ** (age_d / PARAMETERS.source_half_life_d[c.source])
        return max(PARAMETERS.reliability[c.source] * fresh * spot, 1e-6)

    places = list(dict.fromkeys(place(c) for c in usable))
    right: dict[object, float] = {}
    for p in places:
        families: dict[str, list[float]] = {}
        for c in usable:
            if place(c) == p:
                families.setdefault(PARAMETERS.family[c.source], []).append(alone(c))
        missed = 1.0
        for values in families.values():
            missed *= 1.0 - max(values)
        right[p] = min(1.0 - missed, 0.95)
    table = learn_presence(claims, outcomes, now=NOW, parameters=PARAMETERS)

    def likelihood(world: object) -> float:
        product = 1.0
        for c in usable:
            for o in outcomes:
                if o.claim_id != c.id or o.at > NOW:
                    continue
                fade = 0.5 ** (
                    ((NOW - o.at).total_seconds() / 86400) / PARAMETERS.outcome_half_life_d[o.kind]
                )
                share = PARAMETERS.away[o.kind]
                if place(c) == world:
                    there = table[c.kind, o.band, _day(o)].mean
                    share = (
                        there * PARAMETERS.here_present[o.kind]
                        + (1 - there) * (PARAMETERS.here_absent[o.kind])
                    )
                product *= share**fade
            sources = {x.source for x in leads if x.claim_id == c.id and x.expires_at > NOW}
            if place(c) == world:
                product *= PARAMETERS.lead_odds ** len(sources)
        return product

    weights: dict[object, float] = {}
    for world in itertools.product([False, True], repeat=len(places)):
        if sum(world) > 1:
            continue
        prior = math.prod(
            right[p] if held else 1.0 - right[p] for p, held in zip(places, world, strict=True)
        )
        where = next((p for p, held in zip(places, world, strict=True) if held), None)
        weights[where] = prior * likelihood(where)
    whole = sum(weights.values())
    assert made.elsewhere[DEBTOR.id] == pytest.approx(weights[None] / whole, abs=1e-9)
    for c in usable:
        assert made.claims[c.id].p_place == pytest.approx(weights[place(c)] / whole, abs=1e-9)


def _day(visit: Outcome) -> DayType:
    from routes.calendar import WorkCalendar

    local = (visit.at + timedelta(hours=8)).date()
    is_work = WorkCalendar().day_kind(local) is DayKind.WORKDAY
    return DayType.WORKDAY if is_work else DayType.REST_DAY


@given(
    presence=st.floats(PARAMETERS.presence.least, PARAMETERS.presence.most),
    kind=st.sampled_from(LIVE + DEAD),
)
def test_each_outcome_points_the_right_way_at_every_presence(
    presence: float, kind: OutcomeKind
) -> None:
    ratio = likelihood_ratio(kind, presence, PARAMETERS)
    assert ratio > 1.0 if kind in LIVE else ratio < 1.0


@given(debtors_evidence(), st.sampled_from(OutcomeKind), st.sampled_from(VisitBand))
def test_an_outcome_moves_its_place_and_the_others_oppositely(
    evidence: Evidence, kind: OutcomeKind, band: VisitBand
) -> None:
    claims, outcomes, leads = evidence
    claims = [replace(c, expires_on=None) for c in claims]
    if not claims:
        return
    table = learn_presence(claims, outcomes, now=NOW, parameters=PARAMETERS)

    def made(visits: list[Outcome]) -> Located:
        return locate(
            debtors=[DEBTOR],
            claims=claims,
            outcomes=visits,
            leads=leads,
            now=NOW,
            parameters=PARAMETERS,
            presence=table,
        )

    first = claims[0]
    before, after = made(outcomes), made([*outcomes, outcome("X", first, kind, band=band)])
    change = after.claims[first.id].p_place - before.claims[first.id].p_place
    if kind in LIVE:
        assert change >= -1e-12
    if kind in DEAD:
        assert change <= 1e-12
    here = {first.id, *before.claims[first.id].same_place}
    for each in claims:
        if each.id not in here:
            other = after.claims[each.id].p_place - before.claims[each.id].p_place
            assert other * change <= 1e-12
    assert (after.elsewhere[DEBTOR.id] - before.elsewhere[DEBTOR.id]) * change <= 1e-12


@given(st.integers(0, 800), st.integers(1, 800))
def test_an_older_address_is_weaker(age_d: int, more_d: int) -> None:
    new = located([claim("A", age_d=age_d)]).claims[ClaimId("A")]
    old = located([claim("A", age_d=age_d + more_d)]).claims[ClaimId("A")]
    assert old.p_place < new.p_place


@given(st.integers(0, 100), st.integers(1, 100), st.sampled_from([*LIVE, *DEAD]))
def test_an_older_outcome_says_less(weeks: int, more: int, kind: OutcomeKind) -> None:
    only = claim("A")
    table = learn_presence([], [], now=NOW, parameters=PARAMETERS)
    visits = [outcome("O", only, kind, age_d=7.0 * n) for n in (weeks, weeks + more)]
    if _day(visits[0]) is not _day(visits[1]):
        return  # presence differs by day type, and with it what the outcome says
    prior = located([only]).claims[only.id].p_place

    def moved(some: list[Outcome]) -> float:
        made = locate(
            debtors=[DEBTOR],
            claims=[only],
            outcomes=some,
            leads=[],
            now=NOW,
            parameters=PARAMETERS,
            presence=table,
        )
        return abs(made.claims[only.id].p_place - prior)

    assert moved(visits[1:]) < moved(visits[:1])


def test_independent_sources_confirm_each_other_and_one_family_does_not() -> None:
    register = claim("A")
    utility = claim("B", source=ClaimSource.UTILITY)
    permit = claim("C", source=ClaimSource.VEHICLE_REGISTER)  # police, like the register
    alone = located([register]).claims[register.id]
    both = located([register, utility]).claims[register.id]
    same = located([register, permit]).claims[register.id]
    assert both.p_place > alone.p_place + 0.1
    assert same.p_place == pytest.approx(alone.p_place)
    assert both.same_place == (utility.id,)
    assert any("相互印证" in str(line) for line in both.evidence)
    assert any("不重复计算" in str(line) for line in same.evidence)


def test_places_apart_compete() -> None:
    first, second = claim("A"), claim("B", at=1, source=ClaimSource.UTILITY)
    made = located([first, second])
    assert made.claims[first.id].p_place < located([first]).claims[first.id].p_place
    assert made.claims[first.id].same_place == ()


def test_village_centres_are_never_one_place() -> None:
    rough = [claim(name, precision=Precision.VILLAGE) for name in ("A", "B")]
    assert located(rough).claims[ClaimId("A")].same_place == ()


def test_debtor_without_address_is_elsewhere() -> None:
    assert located([]).elsewhere == {DEBTOR.id: 1.0}


def test_expired_address_counts_for_nothing_and_says_so() -> None:
    gone = replace(claim("A"), expires_on=(NOW - timedelta(days=1)).date())
    made = located([gone], [outcome("O", gone, OutcomeKind.FOUND)])
    assert made.claims[gone.id].p_place == 0.0
    assert made.elsewhere[DEBTOR.id] == 1.0
    assert "到期" in str(made.claims[gone.id].evidence[0])


def test_withdrawn_and_future_outcomes_change_nothing() -> None:
    only = claim("A")
    visit = outcome("O", only, OutcomeKind.FOUND)
    prior = located([only])
    assert located([only], [replace(visit, withdrawn=True)]) == prior
    assert located([only], [replace(visit, at=NOW + timedelta(seconds=1))]) == prior


def test_lead_raises_its_address_until_it_expires_or_is_withdrawn() -> None:
    first, second = claim("A"), claim("B", at=1)
    prior = located([first, second])
    tip = lead("L", first)
    raised = located([first, second], leads=[tip])
    assert raised.claims[first.id].p_place > prior.claims[first.id].p_place
    assert raised.claims[second.id].p_place < prior.claims[second.id].p_place
    assert any(
        "线索" in str(line) and "L" in str(line) for line in raised.claims[first.id].evidence
    )
    for unusable in (
        replace(tip, withdrawn=True),
        replace(tip, expires_at=NOW),
        replace(tip, received_at=NOW + timedelta(seconds=1)),
        replace(tip, claim_id=ClaimId("of another debtor")),
    ):
        assert located([first, second], leads=[unusable]) == prior


def test_one_source_is_heard_once_and_two_sources_twice() -> None:
    only = claim("A")
    once = located([only], leads=[lead("L1", only)]).claims[only.id].p_place
    again = located([only], leads=[lead("L1", only), lead("L2", only)]).claims[only.id].p_place
    other = (
        located([only], leads=[lead("L1", only), lead("L2", only, source="另一网格")])
        .claims[only.id]
        .p_place
    )
    assert again == once < other


def test_lead_on_a_band_raises_that_band_only() -> None:
    only = claim("A")
    prior = located([only]).claims[only.id]
    told = located([only], leads=[lead("L", None, band=VisitBand.EVENING)]).claims[only.id]
    assert told.p_place == prior.p_place
    for band, day in itertools.product(VisitBand, DayType):
        raised = told.presence[band, day] > prior.presence[band, day]
        assert raised == (band is VisitBand.EVENING)


def test_visits_in_vain_lower_their_own_band_more_each_time_less() -> None:
    only = claim("A")
    key = (VisitBand.MORNING, DayType.WORKDAY)
    values = []
    for n in range(4):
        visits = [
            outcome(f"O{i}", only, OutcomeKind.LIVES_HERE_ABSENT, age_d=float(7 * i))
            for i in range(n)
        ]
        values.append(located([only], visits).claims[only.id].presence[key])
    drops = [a - b for a, b in itertools.pairwise(values)]
    assert all(drop > 0.0 for drop in drops)
    assert drops == sorted(drops, reverse=True)


def test_found_yesterday_then_moved_today_ends_low() -> None:
    only = claim("A")
    visits = [
        outcome("O1", only, OutcomeKind.FOUND, age_d=300.0),
        outcome("O2", only, OutcomeKind.MOVED, age_d=1.0),
    ]
    assert located([only], visits).claims[only.id].p_place < 0.2


def test_many_outcomes_stay_finite() -> None:
    only = claim("A")
    visits = [outcome(f"O{i}", only, OutcomeKind.FOUND, age_d=0.5) for i in range(2000)]
    made = located([only], visits)
    assert made.claims[only.id].p_place == pytest.approx(1.0)
    assert made.elsewhere[DEBTOR.id] >= 0.0


def test_holiday_counts_as_day_of_rest() -> None:
    estimate = located([claim("A", kind=PlaceKind.WORK)]).claims[ClaimId("A")]
    band = VisitBand.MORNING
    assert estimate.p_found(band, DayKind.HOLIDAY) == estimate.p_found(band, "rest_day")
    assert estimate.p_found(band, DayKind.WORKDAY) > estimate.p_found(band, "rest_day")


def test_order_of_input_does_not_matter() -> None:
    first, second = claim("A"), claim("B", at=1)
    visits = [
        outcome("O1", first, OutcomeKind.CLOSED),
        outcome("O2", second, OutcomeKind.FOUND, age_d=50.0),
    ]
    assert located([first, second], visits) == located([first, second], visits[::-1])


def test_naive_moment_is_refused() -> None:
    with pytest.raises(LocatingError):
        locate(
            debtors=[],
            claims=[],
            outcomes=[],
            leads=[],
            now=datetime(2026, 11, 25),  # noqa: DTZ001
            parameters=PARAMETERS,
        )


def test_beyond_the_calendar_the_weekday_serves() -> None:
    """Statistics go on in a year nobody has signed for; rules do not."""
    only = claim("A")
    later = datetime(2027, 3, 3, 2, 0, tzinfo=UTC)
    visit = replace(outcome("O", only, OutcomeKind.FOUND), at=later)
    made = locate(
        debtors=[DEBTOR],
        claims=[only],
        outcomes=[visit],
        leads=[],
        now=later,
        parameters=PARAMETERS,
    )
    assert made.claims[only.id].p_place > 0.5


def test_evidence_holds_no_address_text_and_no_lead_source() -> None:
    only = claim("A")
    made = located([only], leads=[lead("L", only, source="绝密来源")])
    text = "".join(str(line) for line in made.claims[only.id].evidence)
    assert "示例地址" not in text
    assert "绝密来源" not in text
