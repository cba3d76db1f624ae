"""Restrictions in the store: lawful ones are kept, all others leave nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from data.demo.people import id_number
from data.errors import RestrictionError, StoreError
from data.restriction_values import Restriction
from data.signed_records import Signature
from data.store import Store
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.model import CaseId, DebtorKind, SecretText
from routes.restrictions import (
    BreachFlag,
    ConsumptionOrder,
    DishonestEntry,
    Exemption,
    ExemptionReason,
    Observation,
    Seat,
    TrainClass,
    VehicleAlert,
    VehicleSeizure,
)
from routes.rules.signoffs import Role
from tests.data import samples
from tests.fakes import StandingClock

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
BORN = date(1980, 5, 17)
DEBTOR = replace(samples.debtor(1), id_number=SecretText(id_number(BORN, 12)))
CHILD = replace(
    samples.debtor(2),
    id_number=SecretText(id_number(date(2008, 11, 26), 14)),
    case_id=DEBTOR.case_id,
)
ORDER = ConsumptionOrder("限消令1号", TODAY - 60 * DAY, TODAY - 50 * DAY)
SIGNED = Signature(Role.DIRECTOR, "批1号", "已核对")
PLATE, PLACE = "闽C00001", "示例市青溪镇"
RULING = Document(
    DocumentKind.SEIZURE_RULING, "裁1号", Approver.PANEL, TODAY - DAY, TODAY + 700 * DAY
)
SEIZURE = VehicleSeizure(RULING, SecretText(PLATE))
JOURNEY: dict[str, Any] = {
    "of": DEBTOR.id,
    "on": TODAY - 2 * DAY,
    "observation": Observation.OFFICIAL_REPLY,
    "train": TrainClass.G,
    "seat": Seat.SECOND,
    "evidence": "复函1号",
    "by": "u1",
}


@pytest.fixture
def court(store: Store) -> Store:
    store.put(cases_=[samples.case(1)], debtors=[DEBTOR, CHILD])
    return store


def kept(store: Store) -> list[Restriction | None]:
    return [one.value for one in store.restrictions.of_case(DEBTOR.case_id)]


def refused(store: Store, **changes: Any) -> list[str]:
    """Return the rules that speak against a journey, once nothing of it was kept."""
    before = kept(store), len(store.audit.entries(1000))
    with pytest.raises(RestrictionError) as caught:
        store.restrictions.note_breach(**{**JOURNEY, **changes})
    assert (kept(store), len(store.audit.entries(1000))) == before
    assert caught.value.findings[0].citation in str(caught.value)
    return [one.rule for one in caught.value.findings]


def test_a_breach_is_kept_under_an_order_and_refused_without(court: Store) -> None:
    assert refused(court) == ["L1"]
    court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    made = court.restrictions.note_breach(**JOURNEY)
    order, flag = kept(court)
    assert order == ORDER
    assert flag == BreachFlag(
        made,
        DEBTOR.id,
        JOURNEY["on"],
        Observation.OFFICIAL_REPLY,
        order_document="限消令1号",
        order_served_on=ORDER.served_on,
        train=TrainClass.G,
        seat=Seat.SECOND,
        evidence="复函1号",
    )


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"train": TrainClass.OTHER_EMU}, ["L1"]),  # second class of a D or C train
        ({"observation": Observation.SEEN_AT_STATION}, ["L1"]),
        ({"evidence": " "}, ["L1"]),
        ({"evidence": "旅客名单"}, ["L5"]),
        ({"seat": None}, ["L1"]),
        ({"on": TODAY - 51 * DAY}, ["L1"]),
        ({"of": CHILD.id}, ["L1"]),  # the order is another debtor's
    ],
)
def test_what_is_no_breach_is_not_kept(
    court: Store, changes: dict[str, Any], rules: list[str]
) -> None:
    court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    assert refused(court, **changes) == rules


def test_an_exempt_day_suppresses_after_it_was_ended_too(court: Store) -> None:
    court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    days = TODAY - 10 * DAY, TODAY
    good = Exemption(ExemptionReason.ILLNESS, *days, Approver.PRESIDENT, "准1号")
    exempt = court.restrictions.add(good, of=DEBTOR.id, by="u1")
    assert refused(court, signature=SIGNED) == ["L2"]
    court.restrictions.end(exempt, of=DEBTOR.case_id, by="u1")
    assert refused(court, signature=SIGNED) == ["L2"]  # what was exempt stays so


def test_a_faulty_exemption_asks_for_a_signature(court: Store) -> None:
    court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    long = Exemption(ExemptionReason.ILLNESS, TODAY - 40 * DAY, TODAY, Approver.PRESIDENT, "准1号")
    court.restrictions.add(long, of=DEBTOR.id, by="u1")
    assert refused(court) == ["L2"]
    low = Signature(Role.OFFICER, "批1号", "已核对")
    assert refused(court, signature=low) == ["L2"]
    made = court.restrictions.note_breach(**JOURNEY, signature=SIGNED)
    (held,) = court.sign_offs.standing([f"record:{made}"], court.clock())
    assert (held.sign_off.rule, held.sign_off.signed_by) == ("L2", "u1")


def test_ending_an_exemption_cuts_the_days_that_follow_only(
    court: Store, clock: StandingClock
) -> None:
    court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    grace = Exemption(
        ExemptionReason.GRACE, TODAY - 5 * DAY, TODAY + 60 * DAY, Approver.PRESIDENT, "准1号"
    )
    exempt = court.restrictions.add(grace, of=DEBTOR.id, by="u1")
    court.restrictions.end(exempt, of=DEBTOR.case_id, by="u1")
    clock.advance(days=3)
    for day in (TODAY - 5 * DAY, TODAY):  # cut short it is no shorter grace than was granted
        assert refused(court, on=day, signature=SIGNED) == ["L2"]
    court.restrictions.note_breach(**{**JOURNEY, "on": TODAY + DAY})


@pytest.mark.parametrize(
    "changes", [{"approved_by": None}, {"approved_by": Approver.BUREAU_DIRECTOR}, {"document": " "}]
)
def test_an_exemption_without_the_presidents_approval_does_not_count(
    court: Store, changes: dict[str, Any]
) -> None:
    good = Exemption(ExemptionReason.ILLNESS, TODAY - 10 * DAY, TODAY, Approver.PRESIDENT, "准1号")
    with pytest.raises(StoreError, match="院长批准"):
        court.restrictions.add(replace(good, **changes), of=DEBTOR.id, by="u1")
    assert kept(court) == []


def test_an_order_holds_until_the_day_before_it_is_lifted(
    court: Store, clock: StandingClock
) -> None:
    order = court.restrictions.add(ORDER, of=DEBTOR.id, by="u1")
    court.restrictions.end(order, of=DEBTOR.case_id, by="u2")
    court.restrictions.end(order, of=DEBTOR.case_id, by="u3")
    assert court.restrictions.of_case(DEBTOR.case_id)[0].ended_by == "u2"
    clock.advance(days=3)
    assert refused(court, on=TODAY) == ["L1"]
    court.restrictions.note_breach(**{**JOURNEY, "on": TODAY - DAY})
    with pytest.raises(StoreError, match="不在本案中"):
        court.restrictions.end(order, of=CaseId("another"), by="u1")


def test_nothing_is_noted_of_tomorrow_or_of_a_stranger(court: Store) -> None:
    for changes in ({"on": TODAY + DAY}, {"of": "nobody"}):
        with pytest.raises(StoreError):
            court.restrictions.note_breach(**{**JOURNEY, **changes})


@pytest.mark.parametrize(
    ("of", "answers", "refusal"),
    [
        (DEBTOR.id, (False, False), None),
        (DEBTOR.id, (True, True), "L3"),
        (DEBTOR.id, (None, False), "L3"),
        (CHILD.id, (False, False), "L3"),
    ],
)
def test_minors_and_campus_loans_do_not_enter_the_list(
    court: Store, of: Any, answers: tuple[bool | None, bool], refusal: str | None
) -> None:
    student, campus_loan = answers
    entry = DishonestEntry("失信决1号", TODAY, TODAY + 730 * DAY)
    words: dict[str, Any] = {"of": of, "student": student, "campus_loan": campus_loan, "by": "u1"}
    if refusal is None:
        court.restrictions.list_dishonest(entry, **words)
        assert kept(court) == [entry]
        return
    with pytest.raises(RestrictionError, match=refusal):
        court.restrictions.list_dishonest(entry, **words)
    assert kept(court) == []
    if of == DEBTOR.id:
        court.restrictions.list_dishonest(entry, **words, signature=SIGNED)
        return
    with pytest.raises(RestrictionError, match="未成年人"):  # no signature lists a minor
        court.restrictions.list_dishonest(entry, **words, signature=SIGNED)


def test_a_person_of_unknown_age_is_not_listed_and_a_company_is(court: Store) -> None:
    entry = DishonestEntry("失信决1号", TODAY)
    words: dict[str, Any] = {"of": DEBTOR.id, "student": None, "campus_loan": None, "by": "u1"}
    court.put(debtors=[replace(DEBTOR, id_number=SecretText("E00000000"))])
    with pytest.raises(RestrictionError, match="年龄不明"):
        court.restrictions.list_dishonest(entry, **words, signature=SIGNED)
    court.put(debtors=[replace(DEBTOR, id_number=None, kind=DebtorKind.COMPANY)])
    court.restrictions.list_dishonest(entry, **words)


def alert(seizure_id: str, **changes: Any) -> VehicleAlert:
    made = VehicleAlert(seizure_id, "告知1号", TODAY, SecretText(PLACE), TODAY + 7 * DAY)
    return replace(made, **changes)


ONE: dict[str, Any] = {"vehicles": 1, "with_history": False, "raw": False, "by": "u1"}


@pytest.mark.parametrize(
    "changes", [{"vehicles": 2}, {"with_history": True}, {"raw": None}, {"signature": None}]
)
def test_only_one_signed_alert_without_history_is_kept(
    court: Store, changes: dict[str, Any]
) -> None:
    seizure = court.restrictions.add(SEIZURE, of=DEBTOR.id, by="u1")
    words = {**ONE, "of": DEBTOR.id, "signature": SIGNED, **changes}
    with pytest.raises(RestrictionError, match="L7"):
        court.restrictions.keep_alert(alert(seizure), **words)
    assert kept(court) == [SEIZURE]


def test_an_alert_needs_a_seizure_that_stands_and_stays_alone(court: Store) -> None:
    words = {**ONE, "of": DEBTOR.id, "signature": SIGNED}
    seizure = court.restrictions.add(SEIZURE, of=DEBTOR.id, by="u1")
    ending = replace(SEIZURE, ruling=replace(RULING, expires_on=TODAY + 5 * DAY))
    brief = court.restrictions.add(ending, of=DEBTOR.id, by="u1")
    with pytest.raises(RestrictionError, match="L7"):
        court.restrictions.keep_alert(alert(seizure), **{**words, "of": CHILD.id})
    with pytest.raises(RestrictionError, match="L7"):
        court.restrictions.keep_alert(alert(seizure, on=TODAY - 2 * DAY), **words)
    with pytest.raises(StoreError, match="查封期限"):
        court.restrictions.keep_alert(alert(brief, ends_on=TODAY + 6 * DAY), **words)
    first = court.restrictions.keep_alert(alert(seizure), **words)
    with pytest.raises(StoreError, match="行踪"):
        court.restrictions.keep_alert(alert(seizure), **words)
    court.restrictions.end(first, of=DEBTOR.case_id, by="u1")
    assert kept(court) == [SEIZURE, ending, None]
    court.restrictions.end(seizure, of=DEBTOR.case_id, by="u1")
    with pytest.raises(RestrictionError, match="L7"):
        court.restrictions.keep_alert(alert(seizure), **words)


def test_nothing_is_in_plain_text(court: Store) -> None:
    seizure = court.restrictions.add(SEIZURE, of=DEBTOR.id, by="u1")
    court.restrictions.keep_alert(alert(seizure), **{**ONE, "of": DEBTOR.id, "signature": SIGNED})
    with court.write() as work:
        rows = work.connection.execute(text("SELECT * FROM restriction")).all()
    said = repr(rows) + repr(court.audit.entries(100))
    for secret in (PLATE, PLACE, "告知1号", "裁1号"):
        assert secret not in said


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ConsumptionOrder(" ", TODAY),
        lambda: ConsumptionOrder("1", TODAY, TODAY - DAY),
        lambda: ConsumptionOrder("1", TODAY, None, TODAY - DAY),
        lambda: DishonestEntry("1", TODAY, TODAY - DAY),
        lambda: VehicleSeizure(replace(RULING, expires_on=None), SecretText(PLATE)),
        lambda: VehicleSeizure(replace(RULING, kind=DocumentKind.INVENTORY), SecretText(PLATE)),
        lambda: VehicleSeizure(RULING, SecretText(PLATE * 2)),
        lambda: alert("r1", place=SecretText(" ")),
        lambda: alert("r1", ends_on=TODAY - DAY),
        lambda: alert("r1", ends_on=TODAY + 31 * DAY),
    ],
)
def test_values_that_make_no_sense_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueRangeError):
        wrong()
