"""The model against whole-history enumeration in plain Python, and what must hold of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.model import Point, Precision
from routes.errors import LocatingError
from routes.locating import DayType, Located, PlannedVisit, gather, locate
from routes.locating.posterior import Posterior
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Lead,
    Outcome,
    OutcomeKind,
    PlaceKind,
    SecretText,
    VisitBand,
)

from .brute import Brute
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
COMPANY = replace(DEBTOR, kind=DebtorKind.COMPANY)
TODAY = date(2026, 11, 25)
_ABSENT = PARAMETERS.outcome.here_absent
SHIFTED = replace(
    PARAMETERS,
    presence=replace(PARAMETERS.presence, township={"350599101": 0.7}),
    outcome=replace(
        PARAMETERS.outcome,
        here_absent={
            **_ABSENT,
            OutcomeKind.FOUND: _ABSENT[OutcomeKind.FOUND] + 0.1,
            OutcomeKind.CLOSED: _ABSENT[OutcomeKind.CLOSED] - 0.1,
        },
    ),
)
COMPILED = settings(deadline=None, max_examples=60)
SLOW = settings(deadline=None, max_examples=15)
FEW_DRAWS = replace(PARAMETERS, spread=replace(PARAMETERS.spread, draws=16))
VISIT = st.tuples(
    st.integers(0, 3), st.sampled_from([0, 1, 6]), st.sampled_from(list(VisitBand)[:2])
)
VISITS, SOME_VISITS = st.lists(VISIT, max_size=2), st.lists(VISIT, min_size=1, max_size=2)
Chosen = list[tuple[int, int, VisitBand]]


def planned(
    claims: list[AddressClaim], chosen: list[tuple[int, int, VisitBand]]
) -> list[PlannedVisit]:
    return [
        PlannedVisit(claims[i % len(claims)].id, TODAY + timedelta(days=d), band)
        for i, d, band in chosen
        if claims
    ]


def state(posterior: Posterior) -> list[np.ndarray]:
    return [getattr(posterior, name) for name in posterior.__slots__]


def same(a: Located, b: Located) -> bool:
    return all(
        np.array_equal(x, y) for x, y in zip(state(a.posterior), state(b.posterior), strict=True)
    )


@COMPILED
@given(debtors_evidence(), VISITS, st.sampled_from([DEBTOR, COMPANY]))
def test_enumeration_of_whole_histories_agrees(
    evidence: Evidence, chosen: Chosen, debtor: Debtor
) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads, debtor=debtor, parameters=SHIFTED)
    brute = Brute(debtor.kind, claims, outcomes, leads, NOW, SHIFTED)
    near = {"abs": 1e-12, "rel": 1e-12}
    for each in claims:
        place = brute.place_of[each.id]
        estimate = made.claims[each.id]
        assert estimate.p_home == pytest.approx(brute.share(lambda r, _, at=place: r == at), **near)
        assert estimate.p_day == pytest.approx(brute.share(lambda _, w, at=place: w == at), **near)
        assert estimate.p_place == pytest.approx(
            brute.share(lambda r, w, at=place: at in (r, w)), **near
        )
    nowhere = brute.share(lambda r, w: r is None and w is None)
    assert made.elsewhere[debtor.id] == pytest.approx(nowhere, **near)
    assert math.exp(made.posterior.log_evidence[0]) == pytest.approx(brute.evidence(), rel=1e-11)
    visits = planned(claims, chosen)
    assert made.p_found_any(visits) == pytest.approx(brute.p_found(visits), **near)


@COMPILED
@given(debtors_evidence(), st.sampled_from([DEBTOR, COMPANY]))
def test_probabilities_are_probabilities_and_sum_to_one(evidence: Evidence, debtor: Debtor) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads, debtor=debtor)
    post = made.posterior
    for parts, rest in ((post.home, post.elsewhere), (post.day, post.none)):
        assert math.fsum([*parts, *rest]) == pytest.approx(1.0, abs=1e-12)
    for values in (post.home, post.day, post.either, post.nowhere):
        assert ((values >= 0.0) & (values <= 1.0 + 1e-12)).all()
    for each in claims:
        estimate = made.claims[each.id]
        assert estimate.p_found(VisitBand.DAWN, "workday") <= 1.0
        assert all(str(line) for line in estimate.evidence)


@COMPILED
@given(debtors_evidence(), st.randoms())
def test_order_does_not_matter(evidence: Evidence, random: Random) -> None:
    claims, outcomes, leads = evidence
    shuffled = list(outcomes), list(leads)
    for each in shuffled:
        random.shuffle(each)
    assert same(located(claims, outcomes, leads), located(claims, *shuffled))


def test_visits_alike_but_for_their_ids_stand_in_the_order_of_these() -> None:
    own = claim("a")
    one, two = (outcome(name, own, OutcomeKind.MOVED) for name in ("O0", "O1"))
    for order in ([one, two], [two, one]):
        assert located([own], order).evidence.outcome_ids == (("O0", "O1"),)
        first, second = order
        told = located([own], [first]).with_outcome(second)
        assert told.evidence.outcome_ids == (("O0", "O1"),)


@SLOW
@given(debtors_evidence())
def test_withdrawing_is_as_if_it_had_never_been(evidence: Evidence) -> None:
    claims, outcomes, leads = evidence
    whole = located(claims, outcomes, leads)
    for i, each in enumerate(outcomes):
        less = located(claims, [*outcomes[:i], *outcomes[i + 1 :]], leads)
        marked = located(
            claims, [*outcomes[:i], replace(each, withdrawn=True), *outcomes[i + 1 :]], leads
        )
        assert same(less, marked)
        if each.id not in whole.evidence.outcome_ids[0]:
            assert same(less, whole)
            continue
        assert same(less, whole.without(each.id))
        again = less.with_outcome(each)
        assert same(again, whole)
        assert again.evidence.outcome_ids == whole.evidence.outcome_ids
        one = planned(claims, [(0, 0, VisitBand.DAWN), (1, 1, VisitBand.MORNING)])
        assert again.p_found_any(one) == whole.p_found_any(one)
        assert whole.without(each.id).p_found_any(one) == less.p_found_any(one)


@settings(deadline=None, max_examples=40)
@given(debtors_evidence(), st.lists(st.integers(0, 7), max_size=12))
def test_any_sequence_of_adding_and_withdrawing_ends_as_what_is_left(
    evidence: Evidence, turns: list[int]
) -> None:
    """Outcomes and leads come, go and come again, each told in turn; compared bit by bit."""
    claims, outcomes, leads = evidence
    known = located(claims, outcomes).evidence.outcome_ids  # not what is seen at a namesake's
    at = [each for each in outcomes if each.id in itertools.chain.from_iterable(known)]
    items: list[Outcome | Lead] = [*at, *(each for each in leads if each.expires_at > NOW)]
    made, held = located(claims), set()
    for turn in turns:
        if not items:
            break
        item = items[turn % len(items)]
        if item.id in held:
            made = made.without(item.id)
        else:
            made = made.with_outcome(item) if isinstance(item, Outcome) else made.with_lead(item)
        held ^= {item.id}
        fresh = located(
            claims,
            [each for each in outcomes if each.id in held],
            [each for each in leads if each.id in held],
        )
        assert same(made, fresh)
        assert made.evidence.lead_ids == fresh.evidence.lead_ids
        for c in claims:
            visits = [[PlannedVisit(c.id, TODAY, band)] for band in VisitBand]
            assert np.array_equal(made.found_by(visits), fresh.found_by(visits))


def test_a_withdrawn_outcome_may_come_again_as_another_debtors() -> None:
    """Every update looks its item up; what was withdrawn since is not found by its old place."""
    other = Debtor(DebtorId("Z"), DEBTOR.case_id, DebtorKind.PERSON, SecretText("示例"))
    mine, theirs = claim("A"), replace(claim("B"), debtor_id=other.id)
    visit = outcome("O", mine, OutcomeKind.FOUND)

    def both(outcomes: list[Outcome]) -> Located:
        return locate(
            debtors=[DEBTOR, other],
            claims=[mine, theirs],
            outcomes=outcomes,
            leads=[],
            now=NOW,
            parameters=PARAMETERS,
        )

    nothing = both([])
    gone = both([visit]).without("O")
    assert same(gone, nothing)
    with pytest.raises(LocatingError, match="O"):
        gone.without("O")
    moved = gone.with_outcome(replace(visit, claim_id=theirs.id))
    assert same(moved, both([replace(visit, claim_id=theirs.id)]))
    assert same(moved.without("O"), nothing)
    assert same(gone.with_outcome(visit).without("O"), nothing)


def test_a_withdrawn_lead_takes_its_band_along_and_gives_way_to_its_sources_other() -> None:
    first, second = claim("A"), claim("B", at=1)
    tips = [lead("L1", first, band=VisitBand.EVENING), lead("L2", first), lead("L3", second)]
    for gone in ("L1", "L2"):
        less = located([first, second], leads=[tip for tip in tips if tip.id != gone])
        made = located([first, second], leads=tips).without(gone)
        assert same(made, less)
        evening = [PlannedVisit(first.id, TODAY, VisitBand.EVENING)]
        assert made.p_found_any(evening) == less.p_found_any(evening)


def test_what_was_withdrawn_adds_nothing_and_nothing_is_added_twice() -> None:
    only = claim("A")
    visit, tip = outcome("O", only, OutcomeKind.FOUND), lead("L", only)
    made = located([only], [visit], [tip])
    assert made.with_outcome(replace(visit, id="P", withdrawn=True)) is made
    assert made.with_lead(replace(tip, id="M", withdrawn=True)) is made
    assert made.with_lead(replace(tip, id="M", expires_at=NOW)) is made
    with pytest.raises(LocatingError, match="O"):
        made.with_outcome(visit)
    with pytest.raises(LocatingError, match="L"):
        made.with_lead(tip)
    with pytest.raises(LocatingError, match="M"):
        made.with_lead(replace(tip, id="M", claim_id=ClaimId("X")))


@COMPILED
@given(debtors_evidence(), st.integers(0, 3), st.integers(0, 2000))
def test_more_of_the_same_source_changes_nothing(
    evidence: Evidence, which: int, older: int
) -> None:
    claims, outcomes, leads = evidence
    fine = [c for c in claims if c.place and c.place.precision in (Precision.DOOR, Precision.POI)]
    if not fine:
        return
    first = fine[which % len(fine)]
    assume(first.seen_on <= TODAY)  # an older copy of a statement of the future is no copy
    fresh = PARAMETERS.claim.fresh[first.source] >= PARAMETERS.claim.stale[first.source]
    assert fresh  # so that an older copy is never the stronger one
    copy = replace(first, id=ClaimId("Z"), seen_on=first.seen_on - timedelta(days=older))
    of_day = [c for c in claims if c.seen_on == copy.seen_on and c.seen_on != first.seen_on]
    assume(not of_day)  # with the text of another one of its day it would be a copy of both
    before, after = located(claims, outcomes, leads), located([*claims, copy], outcomes, leads)
    assert all(
        np.allclose(x, y, rtol=1e-12, atol=1e-15)
        for x, y in zip(state(before.posterior), state(after.posterior), strict=True)
    )


@COMPILED
@given(debtors_evidence(), SOME_VISITS, SOME_VISITS)
def test_a_set_finds_no_less_than_one_and_no_more_than_the_sum(
    evidence: Evidence, some: Chosen, more: Chosen
) -> None:
    claims, outcomes, leads = evidence
    visits = planned(claims, [*some, *more])
    if not visits:
        return
    made = located(claims, outcomes, leads)
    together = made.p_found_any(visits)
    singles = made.found_by([[visit] for visit in visits])
    assert singles.max() - 1e-12 <= together <= singles.sum() + 1e-12
    less = made.p_found_any(visits[:-1])
    assert less <= together + 1e-12
    assert made.p_found_any(visits[::-1]) == pytest.approx(together, abs=1e-15)


def test_two_visits_in_one_band_add_little_and_in_another_week_much() -> None:
    only = claim("A", source=ClaimSource.UTILITY)
    made = located([only])
    first = PlannedVisit(only.id, TODAY, VisitBand.DAWN)
    one = made.p_found_any([first])
    gains = [
        made.p_found_any([first, PlannedVisit(only.id, TODAY + timedelta(days=d), band)]) - one
        for d, band in (
            (0, VisitBand.DAWN),
            (0, VisitBand.EVENING),
            (1, VisitBand.DAWN),
            (7, VisitBand.DAWN),
        )
    ]
    assert gains[0] < 0.3 * one
    assert gains == sorted(gains)
    assert gains[3] > gains[2] > gains[1] > 1.5 * gains[0]


def test_a_try_in_vain_this_morning_lowers_this_week_more_than_the_next() -> None:
    only = claim("A", source=ClaimSource.UTILITY)
    made = located([only], [outcome("O", only, OutcomeKind.LIVES_HERE_ABSENT, age_d=0.05)])

    def p(days: int, band: VisitBand) -> float:
        return made.p_found_any([PlannedVisit(only.id, TODAY + timedelta(days=days), band)])

    assert p(0, VisitBand.MORNING) < 0.35 * p(7, VisitBand.MORNING)
    assert p(0, VisitBand.EVENING) < p(1, VisitBand.EVENING) < p(7, VisitBand.EVENING)


def test_residence_and_day_place_do_not_compete() -> None:
    home, work = (
        claim("A"),
        claim("B", at=1, kind=PlaceKind.WORK, source=ClaimSource.SOCIAL_INSURANCE, text="单位"),
    )
    both = located([home, work])
    assert both.claims[home.id].p_home == pytest.approx(located([home]).claims[home.id].p_home)
    other = claim("C", at=2, source=ClaimSource.UTILITY)
    assert located([home, other]).claims[home.id].p_home < both.claims[home.id].p_home


def test_a_company_has_seats_and_no_residence() -> None:
    claims = [claim("A", kind=PlaceKind.HOME), claim("B", at=1, kind=PlaceKind.BUSINESS)]
    made = located(claims, debtor=COMPANY)
    assert made.posterior.home.sum() == 0.0
    assert made.posterior.day.sum() + made.posterior.none[0] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", OutcomeKind)
def test_each_outcome_points_the_right_way(kind: OutcomeKind) -> None:
    only = claim("A")
    prior = located([only]).claims[only.id].p_place
    after = located([only], [outcome("O", only, kind, age_d=1.0)]).claims[only.id].p_place
    up = {OutcomeKind.FOUND, OutcomeKind.LIVES_HERE_ABSENT, OutcomeKind.WRONG_BAND}
    down = {OutcomeKind.MOVED, OutcomeKind.NO_SUCH_ADDRESS, OutcomeKind.NAMESAKE}
    if kind in up:
        assert after > prior + 0.05
    elif kind in down:
        assert after < prior - 0.05
    else:
        assert after == pytest.approx(prior, abs=0.1)


def test_wrong_band_lowers_that_band_and_leaves_the_place() -> None:
    only = claim("A")
    told = located([only], [outcome("O", only, OutcomeKind.WRONG_BAND, age_d=0.1)])
    here = told.found_by(
        [[PlannedVisit(only.id, TODAY, band)] for band in (VisitBand.MORNING, VisitBand.EVENING)]
    )
    assert here[0] < 0.3 * here[1]


def test_independent_sources_confirm_each_other_and_copies_do_not() -> None:
    register = claim("A")
    utility = claim("B", source=ClaimSource.UTILITY, age_d=50)
    vehicle = claim("C", source=ClaimSource.VEHICLE_REGISTER)  # police, like the register
    judgment = claim("D", source=ClaimSource.JUDGMENT, age_d=40)  # copies the register's text
    alone = located([register]).claims[register.id].p_place
    assert located([register, utility]).claims[register.id].p_place > alone + 0.1
    assert located([register, vehicle]).claims[register.id].p_place == pytest.approx(alone)
    copied = located([register, judgment]).claims[register.id].p_place
    told = located([register, replace(judgment, text=claim("x", text="另写").text)])
    assert copied < told.claims[register.id].p_place


def test_same_text_without_a_place_is_one_place_and_fine_points_apart_are_two() -> None:
    rough = [claim(n, at=k, precision=Precision.VILLAGE) for k, n in enumerate("AB")]
    assert located(rough).claims[ClaimId("A")].same_place == (ClaimId("B"),)
    fine = [claim(n, at=k) for k, n in enumerate("AB")]
    assert located(fine).claims[ClaimId("A")].same_place == ()


def test_a_coarse_geocode_of_a_text_is_at_the_place_where_all_fine_ones_of_it_are() -> None:
    """A register at the village's centre and the same words at a door do not compete."""
    door = claim("A", source=ClaimSource.UTILITY, confidence=0.9)
    village = claim("B", at=1, precision=Precision.VILLAGE, confidence=0.4, text=door.text.reveal())
    unplaced = replace(village, id=ClaimId("C"), place=None, source=ClaimSource.LEASE)
    made = located([door, village, unplaced])
    assert set(made.claims[door.id].same_place) == {village.id, unplaced.id}
    sure = [replace(c, place=door.place) for c in (door, village, unplaced)]
    assert made.claims[door.id].p_place == located(sure).claims[door.id].p_place
    assert any("文字与另一线索相同" in str(line) for line in made.claims[unplaced.id].evidence)
    twice = located([door, claim("D", at=2, text=door.text.reveal()), village, unplaced])
    assert twice.claims[village.id].same_place == (unplaced.id,)
    other = located([door, replace(village, text=SecretText("另写")), unplaced])
    assert other.claims[village.id].same_place == ()


def test_an_unsure_geocode_says_little_and_is_not_discounted_for_precision() -> None:
    sure, unsure = claim("A", confidence=0.95), claim("A", confidence=0.2)
    prior = PARAMETERS.anchor.residence / (1.0 + PARAMETERS.anchor.residence)
    p_sure, p_unsure = (located([c]).claims[c.id].p_place for c in (sure, unsure))
    assert p_sure > p_unsure > prior
    village = claim("A", confidence=0.95, precision=Precision.VILLAGE)
    made = located([village]).claims[village.id]
    assert made.p_place == pytest.approx(p_sure)
    at_door = located([sure]).claims[sure.id].p_found(VisitBand.DAWN, "workday")
    assert made.p_found(VisitBand.DAWN, "workday") < at_door


def test_a_stale_register_speaks_against_the_place() -> None:
    old = claim("A", age_d=15 * 365, source=ClaimSource.LEASE)
    prior = PARAMETERS.anchor.residence / (1.0 + PARAMETERS.anchor.residence)
    assert located([old]).claims[old.id].p_place < prior


def test_debtor_without_a_claim_is_elsewhere() -> None:
    made = located([], [], [lead("L", None, band=VisitBand.DAWN)])
    assert made.elsewhere == {DEBTOR.id: pytest.approx(1.0)}
    assert made.p_found_any([]) == 0.0


def test_expired_claim_counts_for_nothing_and_says_so() -> None:
    gone = replace(claim("A"), expires_on=TODAY - timedelta(days=1))
    made = located([gone])
    assert made.claims[gone.id].p_place == 0.0
    assert made.elsewhere[DEBTOR.id] == pytest.approx(1.0)
    assert made.p_found_any([PlannedVisit(gone.id, TODAY, VisitBand.DAWN)]) == 0.0
    assert "到期" in str(made.claims[gone.id].evidence[0])


def test_what_was_seen_at_an_expired_claim_still_tells_of_its_place() -> None:
    gone = replace(claim("A", source=ClaimSource.UTILITY), expires_on=TODAY - timedelta(days=1))
    other = claim("B", at=1)
    base = PARAMETERS.anchor.residence / (1.0 + PARAMETERS.anchor.residence)
    found, moved = (
        located([gone, other], [outcome("O", gone, kind)])
        for kind in (OutcomeKind.FOUND, OutcomeKind.MOVED)
    )
    assert found.claims[gone.id].p_place > 0.8 > base > moved.claims[gone.id].p_place > 0.0
    assert found.claims[other.id].p_place < located([other]).claims[other.id].p_place
    # the statement itself says nothing any more: another source would have done as well
    weaker = replace(gone, source=ClaimSource.OTHER)
    same_visit = located([weaker, other], [outcome("O", weaker, OutcomeKind.FOUND)])
    assert same_visit.claims[gone.id].p_place == found.claims[gone.id].p_place


def test_a_claim_of_the_future_counts_for_nothing_and_says_so() -> None:
    later = replace(claim("A", source=ClaimSource.UTILITY), seen_on=TODAY + timedelta(days=1))
    today = replace(later, id=ClaimId("B"), seen_on=TODAY)
    assert located([later]).claims[later.id].p_place == 0.0
    assert "将来" in str(located([later]).claims[later.id].evidence[0])
    alone = located([today]).claims[today.id].p_place
    assert alone > 0.5
    assert located([today, later]).claims[today.id].p_place == alone


@pytest.mark.parametrize("kind", [OutcomeKind.FOUND, OutcomeKind.MOVED])
def test_an_outcome_dated_before_its_claim_tells_of_its_own_time(kind: OutcomeKind) -> None:
    """A find a year ago and a new statement agree; of "moved" a year ago it takes some."""
    new = claim("A", source=ClaimSource.UTILITY, age_d=5)
    after = located([new], [outcome("O", new, kind, age_d=365.0)]).claims[new.id].p_place
    alone = located([new]).claims[new.id].p_place
    report = located(
        [replace(new, seen_on=TODAY - timedelta(days=365))],
        [outcome("O", new, kind, age_d=365.0)],
    )
    if kind is OutcomeKind.FOUND:
        assert after > alone
    else:
        assert report.claims[new.id].p_place < after < alone


def test_a_fresh_statement_weighs_as_much_whenever_the_visits_were() -> None:
    """A weak statement takes little from where the debtor was just found."""
    here = claim("A", source=ClaimSource.LEASE, age_d=200, text="甲")
    found = [
        outcome(f"O{i}", here, OutcomeKind.FOUND, age_d=7.0 * i + 9, band=VisitBand.DAWN)
        for i in range(4)
    ]
    other = claim("B", at=1, source=ClaimSource.PROPERTY_REGISTER, age_d=2, text="乙")
    before, after = located([here], found), located([here, other], found)
    assert before.claims[here.id].p_place > 0.99
    assert after.claims[here.id].p_place > 0.97
    moved = [outcome("M", here, OutcomeKind.MOVED, age_d=30, band=VisitBand.DAWN)]
    again = claim("C", source=ClaimSource.UTILITY, age_d=2, text="丙")
    alone, regained = located([here], moved), located([here, again], moved)
    assert regained.claims[here.id].p_place > alone.claims[here.id].p_place


@pytest.mark.parametrize("kind", OutcomeKind)
def test_a_renewed_copy_never_lowers_its_place(kind: OutcomeKind) -> None:
    old = claim("A", source=ClaimSource.LEASE, age_d=60, text="甲")
    new = claim("B", source=ClaimSource.LEASE, age_d=10, text="甲")
    seen = [outcome("O", old, kind, age_d=30, band=VisitBand.DAWN)]
    assert (
        located([old, new], seen).claims[old.id].p_place
        >= located([old], seen).claims[old.id].p_place
    )


def test_a_row_of_doors_is_no_one_place_and_spelling_makes_no_second_one() -> None:
    step = 30.0 / 111_195.0  # 30 m, of 40 that one place may measure
    row = [
        replace(claim(n), place=replace(claim(n).place, point=Point(118.6, 24.9 + k * step)))
        for k, n in enumerate("ABC")
    ]
    for some in itertools.permutations(row):
        same_place = located(list(some)).claims[ClaimId("A")].same_place
        assert ClaimId("C") not in same_place
    rough = {"precision": Precision.VILLAGE}
    written = ["示例路１２号，3－201", "示例路 12 号 3-201", "示例路12號3—201", "示例路12号3201"]
    claims = [claim(f"T{i}", at=i, text=text, **rough) for i, text in enumerate(written)]
    assert located(claims).claims[ClaimId("T0")].same_place == (ClaimId("T1"), ClaimId("T2"))
    judgment = claim("J", source=ClaimSource.JUDGMENT, text="示例地址。", age_d=40)
    alone = located([claim("A")]).claims[ClaimId("A")].p_place
    assert located([claim("A"), judgment]).claims[ClaimId("A")].p_place == alone


def test_outcomes_at_an_expired_claim_tell_of_a_place_that_another_names() -> None:
    gone = replace(claim("A"), expires_on=TODAY - timedelta(days=1))
    other = claim("B", source=ClaimSource.UTILITY)
    told = located([gone, other], [outcome("O", gone, OutcomeKind.MOVED)])
    assert told.claims[other.id].p_place < located([gone, other]).claims[other.id].p_place


def test_contradicting_outcomes_and_one_older_than_its_claim_are_weighed_by_age() -> None:
    only = claim("A", age_d=10)
    found, moved = (
        outcome(k, only, k, age_d=300.0) for k in (OutcomeKind.FOUND, OutcomeKind.MOVED)
    )
    new_found, new_moved = replace(found, at=NOW), replace(moved, at=NOW)
    returned = located([only], [moved, new_found]).claims[only.id].p_place
    left = located([only], [found, new_moved]).claims[only.id].p_place
    assert left < 0.4 < 0.85 < returned
    both = located([only], [new_found, new_moved]).claims[only.id].p_place
    assert 0.0 < both < 1.0


def test_a_move_makes_all_earlier_reports_old_at_once() -> None:
    """After five finds, three weeks of "moved" are a move; among five finds, they are mistakes."""
    only = claim("A", source=ClaimSource.UTILITY)
    finds = [outcome(f"F{n}", only, OutcomeKind.FOUND, age_d=30.0 + 7.0 * n) for n in range(5)]
    later = [outcome(f"M{n}", only, OutcomeKind.MOVED, age_d=2.0 + 7.0 * n) for n in range(3)]
    earlier = [replace(each, at=each.at - timedelta(days=100)) for each in later]
    assert located([only], [*finds, *later]).claims[only.id].p_place < 0.25
    assert located([only], [*earlier, *finds]).claims[only.id].p_place > 0.9


def test_one_report_rules_nothing_out() -> None:
    only = claim("A", source=ClaimSource.UTILITY, age_d=1, confidence=0.99)
    for kind in OutcomeKind:
        told = located([only], [outcome("O", only, kind, age_d=1.0)]).claims[only.id].p_place
        assert 0.05 < told < 0.999


def test_thousands_of_contradicting_outcomes_stay_finite() -> None:
    first, second = claim("A"), claim("B", at=1)
    visits = [
        outcome(f"O{i}", (first, second)[i % 2], kind, age_d=0.5)
        for i, kind in enumerate([OutcomeKind.FOUND, OutcomeKind.MOVED] * 1000)
    ]
    every = [outcome(f"P{i}", first, OutcomeKind.FOUND, age_d=0.01 * i) for i in range(1000)]
    for some in (visits, every, visits + every):
        made = located([first, second], some)
        assert all(np.isfinite(values).all() for values in state(made.posterior))
        assert made.posterior.home.sum() + made.posterior.elsewhere[0] == pytest.approx(1.0)
    assert located([first], every).claims[first.id].p_place == pytest.approx(1.0)


def test_two_hundred_claims_of_one_debtor() -> None:
    kinds = list(PlaceKind)
    claims = [claim(f"A{i}", at=i, kind=kinds[i % 4]) for i in range(200)]
    visits = [outcome(f"O{i}", claims[i], OutcomeKind.CLOSED, age_d=i) for i in range(200)]
    made = located(claims, visits)
    assert made.posterior.home.sum() + made.posterior.elsewhere[0] == pytest.approx(1.0)
    assert len(made.claims) == 200


def test_places_of_which_nothing_was_seen_keep_their_shares_exactly() -> None:
    """Many places, few of them visited: grouped, but as one by one in the oracle."""
    kinds, sources = list(PlaceKind), list(ClaimSource)
    claims = [
        claim(
            f"A{i}",
            at=i // 2,
            kind=kinds[i % 4],
            source=sources[i % 13],
            age_d=1 + 40 * i,
            text=f"示例{i}",
            township=("350599101", None)[i % 3 == 0],
        )
        for i in range(16)
    ]
    visits = [
        outcome("O1", claims[3], OutcomeKind.MOVED, age_d=90.0),
        outcome("O2", claims[8], OutcomeKind.LIVES_HERE_ABSENT, age_d=10.0),
    ]
    tips = [lead("L", claims[5], band=VisitBand.EVENING), lead("M", claims[12], received_d=4.0)]
    made = located(claims, visits, tips, parameters=SHIFTED)
    brute = Brute(DEBTOR.kind, claims, visits, tips, NOW, SHIFTED)
    for each in claims:
        place = brute.place_of[each.id]
        p = brute.share(lambda r, w, at=place: at in (r, w))
        assert made.claims[each.id].p_place == pytest.approx(p, rel=1e-11)
    sets = [
        [PlannedVisit(claims[i].id, TODAY, band) for i, band in some]
        for some in (
            [(0, VisitBand.DAWN)],
            [(1, VisitBand.EVENING), (3, VisitBand.EVENING)],
            [(6, VisitBand.MORNING), (7, VisitBand.EVENING), (15, VisitBand.EVENING)],
            [(8, VisitBand.MORNING), (9, VisitBand.MORNING)],
        )
    ]
    wanted = [brute.p_found(some) for some in sets]
    assert made.found_by(sets) == pytest.approx(wanted, rel=1e-11)


def test_a_lead_raises_its_place_by_the_configured_odds_until_it_ends() -> None:
    first, second = claim("A"), claim("B", at=1)
    prior, tip = located([first, second]), lead("L", first)
    raised = located([first, second], leads=[tip])
    odds = [x.claims[first.id].p_home / x.posterior.elsewhere[0] for x in (prior, raised)]
    assert odds[1] / odds[0] == pytest.approx(PARAMETERS.lead_ratio)
    assert raised.claims[second.id].p_place < prior.claims[second.id].p_place
    for unusable in (
        replace(tip, withdrawn=True),
        replace(tip, expires_at=NOW),
        replace(tip, received_at=NOW + timedelta(seconds=1)),
        replace(tip, claim_id=ClaimId("of another debtor")),
        replace(tip, debtor_id=DebtorId("another")),
    ):
        assert same(located([first, second], leads=[unusable]), prior)
    assert same(raised.without("L"), prior)


def test_one_source_is_heard_once_and_two_sources_twice() -> None:
    only = claim("A")
    tips = [lead("L1", only), lead("L2", only), lead("L3", only, source="另一网格")]
    once, again, other = (
        located([only], leads=some).claims[only.id].p_place for some in (tips[:1], tips[:2], tips)
    )
    assert again == once < other


def test_a_lead_on_a_band_raises_that_band_only() -> None:
    only = claim("A")
    prior = located([only]).claims[only.id]
    told = located([only], leads=[lead("L", None, band=VisitBand.EVENING)]).claims[only.id]
    assert told.p_place == pytest.approx(prior.p_place, abs=1e-12)
    for band, day in itertools.product(VisitBand, DayType):
        raised = told.presence[band, day] > prior.presence[band, day] + 1e-9
        assert raised == (band is VisitBand.EVENING)


def test_own_history_moves_the_habit_of_a_debtor() -> None:
    only = claim("A", source=ClaimSource.UTILITY)
    kinds = (OutcomeKind.FOUND, OutcomeKind.LIVES_HERE_ABSENT)
    met, missed = (
        located([only], [outcome(f"O{i}", only, k, age_d=8.0 * i) for i in range(5)]) for k in kinds
    )
    assert met.posterior.habit[0] > 0.3 > -0.3 > missed.posterior.habit[0]
    at = (VisitBand.EVENING, "workday")
    assert met.claims[only.id].p_found(*at) > missed.claims[only.id].p_found(*at)


def test_a_holiday_is_a_festival_and_so_are_its_days_of_rest() -> None:
    estimate = located([claim("A", kind=PlaceKind.WORK)]).claims[ClaimId("A")]
    band = VisitBand.MORNING
    assert estimate.p_found(band, "holiday") == estimate.p_found(band, "festival")
    assert estimate.p_found(band, "holiday") < estimate.p_found(band, "rest_day")
    assert estimate.p_found(band, "rest_day") < estimate.p_found(band, "workday")


@SLOW
@given(debtors_evidence(), SOME_VISITS)
def test_every_interval_holds_its_estimate_and_is_always_the_same(
    evidence: Evidence, chosen: Chosen
) -> None:
    claims, outcomes, leads = evidence
    sets = [planned(claims, chosen), planned(claims, chosen[:1])]
    made = located(claims, outcomes, leads, parameters=FEW_DRAWS)
    limits, p = made.interval_of(sets), made.found_by(sets)
    assert ((limits[:, 0] <= p) & (p <= limits[:, 1])).all()
    assert ((limits >= 0.0) & (limits <= 1.0)).all()
    assert np.array_equal(
        limits, located(claims, outcomes, leads, parameters=FEW_DRAWS).interval_of(sets)
    )


def test_an_interval_is_wider_where_numbers_are_less_sure() -> None:
    only = claim("A")

    def width(**spread: float) -> float:
        numbers = replace(PARAMETERS, spread=replace(PARAMETERS.spread, **spread))
        low, high = (
            located([only], parameters=numbers).claims[only.id].interval(VisitBand.DAWN, "workday")
        )
        return high - low

    assert width(presence=0.1, log_odds=0.1, log_ratio=0.1) < 0.6 * width()
    made = located([only]).claims[only.id]
    p, low, high = made.ranges("workday")[VisitBand.DAWN]
    assert p == made.p_found(VisitBand.DAWN, "workday")
    assert (low, high) == made.interval(VisitBand.DAWN, "workday")


def test_what_is_unknown_of_a_township_widens_its_intervals() -> None:
    only = claim("A", township="350599101")
    certain = replace(PARAMETERS.spread, presence=0.0, log_odds=0.0, log_ratio=0.0, away=0.0)
    certain = replace(certain, moves=0.0, mistaken=0.0, outcome_visits=1e6)

    def width(sd: float) -> float:
        numbers = replace(
            PARAMETERS, spread=certain, presence=replace(PARAMETERS.presence, township_sd=sd)
        )
        low, high = (
            located([only], parameters=numbers).claims[only.id].interval(VisitBand.DAWN, "workday")
        )
        return high - low

    assert width(1e-9) < 0.01 < 0.04 < width(0.5)


def test_many_debtors_at_once_are_each_as_if_alone() -> None:
    debtors = [replace(DEBTOR, id=DebtorId(f"D{i}")) for i in range(20)]
    claims = [
        replace(claim(f"A{i}-{k}", at=k, age_d=10 * i, township=f"35059910{k}"), debtor_id=d.id)
        for i, d in enumerate(debtors)
        for k in range(i % 4)
    ]
    visits = [
        outcome(f"O{i}", c, list(OutcomeKind)[i % 8], age_d=i % 9) for i, c in enumerate(claims)
    ]
    common = {"now": NOW, "parameters": PARAMETERS}
    all_of = locate(debtors=debtors, claims=claims[::-1], outcomes=visits, leads=[], **common)
    days = [TODAY, TODAY + timedelta(days=3)]
    grid = all_of.found_on([c.id for c in claims], days)
    limits = all_of.interval_of([[PlannedVisit(c.id, TODAY, VisitBand.DAWN)] for c in claims])
    for i, c in enumerate(claims):
        own = [d for d in debtors if d.id == c.debtor_id]
        mine = [x for x in claims if x.debtor_id == c.debtor_id]
        one = locate(debtors=own, claims=mine, outcomes=visits, leads=[], **common)
        assert all_of.claims[c.id].p_place == pytest.approx(one.claims[c.id].p_place, abs=1e-14)
        assert all_of.elsewhere[c.debtor_id] == pytest.approx(one.elsewhere[c.debtor_id], abs=1e-14)
        for j, band in enumerate(VisitBand):
            p = one.p_found_any([PlannedVisit(c.id, days[1], band)])
            assert grid[i, 1, j] == pytest.approx(p, abs=1e-14)
        alone = one.interval_of([[PlannedVisit(c.id, TODAY, VisitBand.DAWN)]])
        assert limits[i] == pytest.approx(alone[0], abs=1e-12)


def test_naive_moments_are_refused() -> None:
    naive = datetime(2026, 11, 25)  # noqa: DTZ001
    common = {"leads": [], "parameters": PARAMETERS}
    with pytest.raises(LocatingError):
        gather(debtors=[], claims=[], outcomes=[], now=naive, **common)
    only = claim("A")
    visit = replace(outcome("O", only, OutcomeKind.FOUND), at=naive)
    with pytest.raises(LocatingError, match="O"):
        gather(debtors=[DEBTOR], claims=[only], outcomes=[visit], now=NOW, **common)
    with pytest.raises(LocatingError, match="O"):
        located([only]).with_outcome(visit)


def test_unknown_ids_and_mixed_sets_are_refused() -> None:
    other = replace(DEBTOR, id=DebtorId("D2"))
    claims = [claim("A"), replace(claim("B", at=1), debtor_id=other.id)]
    made = locate(
        debtors=[DEBTOR, other],
        claims=claims,
        outcomes=[],
        leads=[],
        now=NOW,
        parameters=PARAMETERS,
    )
    one, two = (PlannedVisit(c.id, TODAY, VisitBand.DAWN) for c in claims)
    with pytest.raises(LocatingError, match="同一被执行人"):
        made.p_found_any([one, two])
    with pytest.raises(LocatingError, match="X9"):
        made.p_found_any([replace(one, claim_id=ClaimId("X9"))])
    with pytest.raises(LocatingError, match="X9"):
        made.found_on([ClaimId("X9")], [TODAY])
    with pytest.raises(LocatingError, match="X9"):
        made.without("X9")
    visit = outcome("O", claims[0], OutcomeKind.FOUND)
    with pytest.raises(LocatingError, match="O"):
        made.with_outcome(replace(visit, claim_id=ClaimId("X9")))
    with pytest.raises(LocatingError, match="O"):
        made.with_outcome(replace(visit, at=NOW + timedelta(days=1)))


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


def test_a_copy_joins_no_independent_statements() -> None:
    """A judgment that repeats the lease's very words leaves lease and applicant apart."""
    lease = claim("l", source=ClaimSource.LEASE)
    other = claim("a", source=ClaimSource.APPLICANT)
    other = replace(other, text=SecretText("示例路甲一号"))
    judgment = replace(claim("j", source=ClaimSource.JUDGMENT), seen_on=date(2026, 1, 2))

    def p_place(*claims: AddressClaim) -> float:
        return located(list(claims)).claims[lease.id].p_place

    assert p_place(lease, other, judgment) == pytest.approx(p_place(lease, other), rel=1e-12)
    own = replace(judgment, text=SecretText("示例路甲一号之二"))
    assert p_place(lease, own) > p_place(lease)
