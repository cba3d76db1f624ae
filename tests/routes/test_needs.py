import pytest

from routes.documents import Approver, DocumentKind
from routes.measures import Arrangement, Attendee, Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, DebtorKind
from routes.needs import NEEDS, measure_needs

FORCED = (MeasureKind.SEARCH, MeasureKind.SUMMONS, MeasureKind.DETENTION, MeasureKind.EVICTION)


def step(kind: MeasureKind, *, woman_searched: bool = False) -> Measure:
    return Measure(StepId("S1"), kind, CaseId("C1"), DebtorId("D1"), woman_searched=woman_searched)


def test_every_kind_says_what_it_needs() -> None:
    assert set(NEEDS) == set(MeasureKind)
    for needs in NEEDS.values():
        assert {"licence", "recorder"} <= needs.skills
        assert min(needs.officers - 1, needs.recorders, needs.service_s) > 0


@pytest.mark.parametrize("kind", FORCED)
def test_force_comes_with_judicial_police_and_the_presidents_signature(kind: MeasureKind) -> None:
    assert "judicial_police" in NEEDS[kind].skills
    assert Approver.PRESIDENT in {by for _, by in NEEDS[kind].documents}


@pytest.mark.parametrize(
    "kind",
    [MeasureKind.SEIZURE, MeasureKind.LIVE_SEIZURE, MeasureKind.SEARCH, MeasureKind.EVICTION],
)
def test_seizure_search_and_eviction_have_witnesses_and_two_recorders(kind: MeasureKind) -> None:
    assert NEEDS[kind].recorders == 2
    assert measure_needs(step(kind), DebtorKind.PERSON).attendees == {
        Attendee.DEBTOR_OR_ADULT_FAMILY,
        Attendee.GRASSROOTS_DELEGATE,
    }
    assert measure_needs(step(kind), DebtorKind.COMPANY).attendees == {Attendee.COMPANY_HEAD}


def test_a_seizure_that_leaves_goods_in_use_carries_nothing_away() -> None:
    mild, hard = NEEDS[MeasureKind.LIVE_SEIZURE], NEEDS[MeasureKind.SEIZURE]
    assert mild.documents == hard.documents
    assert hard.arrangements - mild.arrangements == {Arrangement.TRANSPORT, Arrangement.STORAGE}
    assert DocumentKind.INVENTORY in {kind for kind, _ in mild.documents}


def test_care_adds_people_and_bookings() -> None:
    plain = measure_needs(step(MeasureKind.EVICTION), DebtorKind.PERSON)
    old = measure_needs(step(MeasureKind.EVICTION), DebtorKind.PERSON, vulnerable=("elderly",))
    deaf = measure_needs(step(MeasureKind.SEARCH), DebtorKind.PERSON, vulnerable=("disabled",))
    assert old.skills - plain.skills == {"medic"}
    assert Arrangement.RESETTLEMENT in old.arrangements - plain.arrangements
    assert {"medic", "interpreter"} <= deaf.skills
    assert Arrangement.ACCESSIBLE_VEHICLE in deaf.arrangements
    assert Arrangement.RESETTLEMENT not in deaf.arrangements


def test_a_woman_is_searched_by_a_woman() -> None:
    needs = measure_needs(step(MeasureKind.SEARCH, woman_searched=True), DebtorKind.PERSON)
    assert "female_officer" in needs.skills
    assert "female_officer" not in NEEDS[MeasureKind.SEARCH].skills


def test_a_visit_stays_a_visit_whoever_lives_there() -> None:
    needs = measure_needs(step(MeasureKind.VISIT), DebtorKind.COMPANY, vulnerable=("ill",))
    assert needs == NEEDS[MeasureKind.VISIT]
