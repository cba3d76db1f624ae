"""What is past its time goes, all of it and nothing else; what was stopped goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from data.cases import put_outcomes
from data.errors import StoreError
from data.imports import import_file
from data.measures import StepState
from data.restriction_values import RestrictionKind
from data.retention import GONE, Kept, purge
from data.retention_preview import due_today
from data.schema import SignOffRow
from data.sign_offs import add
from data.signed_records import Signature
from data.store import Store
from geo.model import Point, Precision
from routes.checks import Answer, Check
from routes.documents import Approver, Document, DocumentKind
from routes.items import Item
from routes.measures import Act, ActKind, Measure, MeasureKind, StepId
from routes.model import (
    ActionId,
    Case,
    CaseId,
    CaseStatus,
    ClaimId,
    DebtorId,
    NamesakeVerdict,
    Place,
    SecretText,
)
from routes.namesake import Side, compare, decide
from routes.restrictions import ConsumptionOrder, VehicleAlert, VehicleSeizure
from routes.rules import load_profile
from routes.rules.signoffs import Role, SignOff
from tests.data import samples
from tests.data.courts import allow, refuse
from tests.fakes import StandingClock
from tests.routes.planning.samples import district, district_plan

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
PROFILE = load_profile(None)
DEBTOR = samples.debtor(1)
RULING = Document(
    DocumentKind.SEIZURE_RULING, "裁1号", Approver.PANEL, TODAY - DAY, TODAY + 700 * DAY
)
SECRETS = (samples.NAME, "中山路128号", "000000199001010000", "家中老人", "面包车", "闽C00001")


@pytest.fixture
def court(store: Store, clock: StandingClock) -> Store:
    """A case with one address that ran out yesterday, one that runs out today, one without end."""
    claims = [
        replace(samples.claim(1), expires_on=TODAY - DAY),
        replace(samples.claim(2), debtor_id=DEBTOR.id, expires_on=TODAY),
        replace(samples.claim(3), debtor_id=DEBTOR.id, expires_on=None),
    ]
    leads = [
        replace(
            samples.lead(n),
            debtor_id=DEBTOR.id,
            claim_id=None,
            received_at=clock() - 9 * DAY,
            expires_at=clock() + days * DAY,
            withdrawn=withdrawn,
        )
        for n, (days, withdrawn) in enumerate([(-1, False), (1, False), (1, True)], start=1)
    ]
    store.put(cases_=[samples.case(1)], debtors=[DEBTOR], claims=claims, leads=leads)
    for each in claims:
        store.set_places({each.id: Place(Point(118.6, 24.9), Precision.DOOR, 0.9)})
    return store


def keep_of_every_kind(store: Store, clock: StandingClock) -> None:
    """Let the case have an outcome with a note, a step, property, a decision, restrictions."""
    with store.write() as work:
        outcome = replace(samples.outcome(1), claim_id=samples.claim(3).id)
        put_outcomes(work, [outcome], {outcome.id: SecretText("家中老人在")})
    step = store.measures.add(
        Measure(StepId("-"), MeasureKind.SEIZURE, CaseId("c1"), DEBTOR.id), by="u1"
    )
    store.measures.add_item(step.step.id, Item("-"), "面包车一辆", by="u1")
    store.restrictions.add(ConsumptionOrder("限消令1号", TODAY - DAY), of=DEBTOR.id, by="u1")
    store.restrictions.add(VehicleSeizure(RULING, SecretText("闽C00001")), of=DEBTOR.id, by="u1")
    compared = compare(Side(name=samples.NAME), Side(name=samples.NAME), seen={})
    decided = decide(
        compared,
        NamesakeVerdict.UNSURE,
        subject=f"claim:{samples.claim(3).id}",
        by="u1",
        at=clock(),
        reason="家中老人说不清",
    )
    store.namesake_decisions.add(decided, of=DEBTOR.id)
    store.check_answers.add(
        samples.claim(3).id, Check.LIAISON, Answer.NO, of=CaseId("c1"), answered_on=TODAY, by="u1"
    )
    now = clock()
    for subject in ("case:c1", f"step:{step.step.id}"):
        sign(store, subject, now + DAY)


def sign(store: Store, subject: str, until: datetime) -> str:
    """Let a signature on a subject hold from now; return its id."""
    of = ("A6", subject, Role.DIRECTOR, "家中老人已安置", "家中老人批1号", "u1")
    with store.write() as work:
        return add(work, SignOff(*of, store.clock(), until, "0a1b")).id


def signed(store: Store) -> list[tuple[str, str]]:
    """Return reason and paper of all signatures that ever were."""
    with store.write() as work:
        rows = work.connection.execute(select(SignOffRow.reason, SignOffRow.document_no))
        return [(row.reason, row.document_no) for row in rows]


def end(store: Store) -> None:
    store.put(cases_=[ended()])


def ended() -> Case:
    return replace(samples.case(1), status=CaseStatus.ENDED)


def stored(store: Store) -> str:
    """Return all that the store can still read of people, and what the audit says."""
    with store.write() as work:
        counts = [
            work.connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in (
                "step",
                "step_item",
                "namesake_decision",
                "lead",
                "place",
                "place_point",
                "check_answer",
            )
        ]
        signed = store.sign_offs.standing(("case:c1",), store.clock())
    return repr(
        [
            counts,
            [
                (one.name.reveal(), one.id_number and one.id_number.reveal(), one.situation)
                for one in store.debtors()
            ],
            [(one.text.reveal(), one.basis, one.place) for one in store.claims()],
            [one.value for one in store.restrictions.of_case(CaseId("c1"))],
            [one.sign_off.reason for one in signed],
            store.cases(),
            store.audit.entries(100),
        ]
    )


def test_what_is_past_its_day_is_deleted_by_field(court: Store) -> None:
    before = court.claims(), court.leads()
    told = purge(court, PROFILE, by="cli", dry_run=True)
    assert (court.claims(), court.leads()) == before
    assert set(told) == set(Kept)
    assert told[Kept.CLAIMS] == (samples.claim(1).id,)
    assert len(told[Kept.LEADS]) == 2
    assert purge(court, PROFILE, by="cli") == told
    gone, *kept = court.claims()
    assert (gone.id, gone.text.reveal(), gone.basis, gone.place) == ("a1", GONE, None, None)
    assert kept == list(before[0][1:])
    assert [one.id for one in court.leads()] == [samples.lead(2).id]
    noted = [one for one in court.audit.entries(50) if one.act == "retention.purge"]
    assert [(one.subject, one.detail) for one in reversed(noted)] == [
        ("store:-", {"kind": "leads", "count": 2}),
        ("store:-", {"kind": "claims", "count": 1}),
    ]
    assert not any(purge(court, PROFILE, by="cli").values())
    assert court.audit.verify()


def test_the_same_table_again_brings_no_deleted_address_back(court: Store) -> None:
    purge(court, PROFILE, by="cli")
    court.put(claims=[replace(samples.claim(1), expires_on=TODAY - DAY)])
    assert court.claims()[0].text.reveal() == GONE


def test_alerts_are_emptied_after_their_last_day(court: Store, clock: StandingClock) -> None:
    keep = court.restrictions
    seizure = keep.add(VehicleSeizure(RULING, SecretText("闽C00001")), of=DEBTOR.id, by="u1")
    made = keep.keep_alert(
        VehicleAlert(seizure, "告知1号", TODAY, SecretText("示例市青溪镇"), TODAY + 7 * DAY),
        of=DEBTOR.id,
        vehicles=1,
        with_history=False,
        raw=False,
        by="u1",
        signature=Signature(Role.DIRECTOR, "批1号", "已核对"),
    )
    clock.advance(days=7)
    assert purge(court, PROFILE, by="cli")[Kept.ALERTS] == ()
    clock.advance(days=1)
    assert purge(court, PROFILE, by="cli", dry_run=True)[Kept.ALERTS] == (made,)
    assert keep.of_case(CaseId("c1"))[1].value is not None
    assert purge(court, PROFILE, by="cli")[Kept.ALERTS] == (made,)
    emptied = keep.of_case(CaseId("c1"))[1]
    assert (emptied.kind, emptied.value) == (RestrictionKind.ALERT, None)
    assert emptied.ended_at == clock()
    assert purge(court, PROFILE, by="cli")[Kept.ALERTS] == ()


def test_an_ended_case_loses_all_that_names_people_after_its_time(
    court: Store, clock: StandingClock
) -> None:
    keep_of_every_kind(court, clock)
    end(court)
    clock.advance(days=PROFILE.retention_case_d)
    assert purge(court, PROFILE, by="cli")[Kept.CASES] == ()
    assert samples.NAME in stored(court)
    clock.advance(days=1)
    assert purge(court, PROFILE, by="cli")[Kept.CASES] == ("c1",)
    left = stored(court)
    assert left.startswith("[[0, 0, 0, 0, 0, 0, 0]")
    assert not any(secret in left for secret in SECRETS)
    assert signed(court) == [(GONE, GONE)] * 2
    assert court.find_cases(samples.NAME) == ()
    assert not any(purge(court, PROFILE, by="cli").values())
    court.put(
        cases_=[ended()], debtors=[DEBTOR], claims=[replace(samples.claim(3), debtor_id=DEBTOR.id)]
    )
    assert samples.NAME not in stored(court)  # the same file again


def test_a_case_that_goes_on_is_kept_and_its_time_begins_anew(
    court: Store, clock: StandingClock
) -> None:
    end(court)
    clock.advance(days=PROFILE.retention_case_d)
    court.put(cases_=[samples.case(1)])
    clock.advance(days=2)
    assert purge(court, PROFILE, by="cli")[Kept.CASES] == ()
    end(court)
    clock.advance(days=2)
    assert purge(court, PROFILE, by="cli")[Kept.CASES] == ()


def test_ended_records_go_after_their_time_and_standing_ones_stay(
    court: Store, clock: StandingClock
) -> None:
    keep_of_every_kind(court, clock)
    order, seizure = court.restrictions.of_case(CaseId("c1"))
    (decision,) = court.namesake_decisions.of_case(CaseId("c1"))
    court.restrictions.end(order.id, of=CaseId("c1"), by="u1")
    court.namesake_decisions.withdraw(decision.id, of=CaseId("c1"), by="u1")
    clock.advance(days=PROFILE.retention_record_d)
    assert purge(court, PROFILE, by="cli")[Kept.RECORDS] == ()
    clock.advance(days=1)
    assert purge(court, PROFILE, by="cli")[Kept.RECORDS] == (order.id, decision.id)
    emptied, standing = court.restrictions.of_case(CaseId("c1"))
    assert (emptied.value, standing.value) == (None, seizure.value)
    assert court.namesake_decisions.of_case(CaseId("c1")) == ()


def keep_plan(store: Store, clock: StandingClock, *, claim: str) -> date:
    """Keep a plan that visits one address of the court; return its last day."""
    problem, plan = district(), district_plan()
    options = (replace(problem.options[0], claim=claim), *problem.options[1:])
    store.save(ActionId(problem.id), replace(problem, options=options), plan, made_at=clock())
    return max(shift.day for shift in problem.shifts)


@pytest.mark.parametrize(("claim", "kept_d"), [("a1", 0), ("a3", PROFILE.retention_plan_d)])
def test_a_plan_goes_with_its_places_or_with_an_address_in_it(
    court: Store, clock: StandingClock, claim: str, kept_d: int
) -> None:
    last_day = keep_plan(court, clock, claim=claim)
    court.put(claims=[replace(samples.claim(1), expires_on=last_day - DAY)])
    (action,) = court.action_ids()
    clock.advance(days=(last_day - TODAY).days + kept_d)
    purge(court, PROFILE, by="cli")
    assert court.problem(action) is not None
    clock.advance(days=1)
    told = purge(court, PROFILE, by="cli", dry_run=True)
    assert told[Kept.PLANS] == (action,)
    assert purge(court, PROFILE, by="cli") == told
    assert (court.problem(action), court.plan(action)) == (None, None)
    assert court.plan_briefs([action]) == {}
    assert court.action_ids() == (action,)
    assert purge(court, PROFILE, by="cli")[Kept.PLANS] == ()


def test_a_signature_on_a_visit_goes_with_its_plan(court: Store, clock: StandingClock) -> None:
    last_day = keep_plan(court, clock, claim="a1")
    court.put(claims=[replace(samples.claim(1), expires_on=last_day - DAY)])
    visit = district().options[0].id
    until = clock() + 900 * DAY
    other = sign(court, "visit:another", until)
    sign(court, f"visit:{visit}", until)
    clock.advance(days=(last_day - TODAY).days + 1)
    assert GONE not in repr(signed(court))
    purge(court, PROFILE, by="cli")
    assert sorted(signed(court)) == [("家中老人已安置", "家中老人批1号"), (GONE, GONE)]
    kept = court.sign_offs.standing(["visit:another", f"visit:{visit}"], clock())
    assert [one.id for one in kept if one.sign_off.digest] == [other]


@pytest.mark.parametrize("subject", ["visit:a9@20261125", "duty:CP1-20261125-0700", "team:T1"])
@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_signature_on_what_is_no_cases_goes_some_time_after_it_ended(
    court: Store, clock: StandingClock, subject: str, withdrawn: bool
) -> None:
    made = sign(court, subject, clock() + (900 if withdrawn else 3) * DAY)
    clock.advance(days=3)
    if withdrawn:
        court.sign_offs.withdraw(made, "u1")
    clock.advance(days=PROFILE.retention_plan_d)
    assert purge(court, PROFILE, by="cli")[Kept.SIGNATURES] == ()
    clock.advance(days=1)
    assert purge(court, PROFILE, by="cli", dry_run=True)[Kept.SIGNATURES] == (made,)
    assert signed(court) != [(GONE, GONE)]
    assert purge(court, PROFILE, by="cli")[Kept.SIGNATURES] == (made,)
    assert signed(court) == [(GONE, GONE)]
    assert purge(court, PROFILE, by="cli")[Kept.SIGNATURES] == ()


def test_a_signature_of_a_case_that_goes_on_is_kept(court: Store, clock: StandingClock) -> None:
    for subject in ("case:c1", "debtor:d1", "claim:a3"):
        sign(court, subject, clock() + DAY)
    clock.advance(days=PROFILE.retention_plan_d + 9)
    assert purge(court, PROFILE, by="cli")[Kept.SIGNATURES] == ()
    assert GONE not in repr(signed(court))


@pytest.mark.parametrize("revoked", [False, True])
def test_a_share_goes_some_time_after_it_ended(
    court: Store, clock: StandingClock, revoked: bool
) -> None:
    keep_plan(court, clock, claim="a3")
    (action,) = court.action_ids()
    court.put(stations=[samples.station("PS01")])
    share = court.shares.create(action, "PS01", clock() + (900 if revoked else 3) * DAY, "u1")
    clock.advance(days=3)
    if revoked:
        court.shares.revoke(share.id, "u1")
    clock.advance(days=PROFILE.retention_plan_d)
    assert purge(court, PROFILE, by="cli")[Kept.SHARES] == ()
    clock.advance(days=1)
    (told,) = due_today(court, PROFILE, by="u1")[Kept.SHARES]
    assert (told.id, told.since) == (share.id, TODAY + 3 * DAY)
    assert court.shares.for_action(action) != ()
    assert purge(court, PROFILE, by="cli")[Kept.SHARES] == (share.id,)
    assert court.shares.for_action(action) == ()
    assert purge(court, PROFILE, by="cli")[Kept.SHARES] == ()


@pytest.mark.parametrize("state", ["draft", "closed", "withdrawn"])
def test_an_address_is_kept_while_a_step_of_an_open_case_stands_on_it(
    court: Store, clock: StandingClock, state: str
) -> None:
    begun = (Act(ActKind.RECORD_SIGNED, clock()),) if state == "closed" else ()
    kept = court.measures.add(
        Measure(
            StepId("-"),
            MeasureKind.SERVICE,
            CaseId("c1"),
            DEBTOR.id,
            claim_id=ClaimId("a1"),
            acts=begun,
        ),
        by="u1",
    )
    if state != "draft":
        changed = replace(kept, state=StepState(state), reason="办结")
        court.measures.revise(changed, act="step.close", by="u1")
    gone = ("a1",) if state == "withdrawn" else ()
    assert purge(court, PROFILE, by="cli", dry_run=True)[Kept.CLAIMS] == gone
    purge(court, PROFILE, by="cli")
    assert (court.claims()[0].text.reveal() == GONE) is bool(gone)
    end(court)
    assert purge(court, PROFILE, by="cli")[Kept.CLAIMS] == (() if gone else ("a1",))


def test_rows_in_quarantine_go_after_their_time(
    court: Store, clock: StandingClock, tmp_path: Path
) -> None:
    row = samples.CASE_ROW | {"案号": "x"}
    import_file(court, "cases", samples.write_csv(tmp_path / "a.csv", [row]), quarantine=True)
    clock.advance(days=PROFILE.retention_quarantine_d)
    purge(court, PROFILE, by="cli")
    assert len(court.quarantined_rows()) == 1
    clock.advance(days=1)
    assert len(purge(court, PROFILE, by="cli")[Kept.QUARANTINE]) == 1
    assert court.quarantined_rows() == ()


def test_a_shorter_term_of_the_courts_own_holds(court: Store, clock: StandingClock) -> None:
    end(court)
    clock.advance(days=11)
    short = replace(PROFILE, retention_case_d=10)
    assert purge(court, short, by="cli")[Kept.CASES] == ("c1",)


def test_what_was_stopped_goes_on_with_the_kind_that_was_not_done(
    court: Store, clock: StandingClock
) -> None:
    court.put(debtors=[replace(samples.debtor(2), case_id=CaseId("c1"))])
    end(court)
    clock.advance(days=PROFILE.retention_case_d + 1)
    told = purge(court, PROFILE, by="cli", dry_run=True)
    with court.write() as work:
        refuse(work.connection, "UPDATE ON debtor FOR EACH ROW WHEN (old.id = 'd2')")
    with pytest.raises(StoreError):
        purge(court, PROFILE, by="cli")
    assert court.leads() == ()
    assert {one.name.reveal() for one in court.debtors()} == {samples.NAME}  # none half done
    with court.write() as work:
        allow(work.connection, "debtor")
    again = purge(court, PROFILE, by="cli")
    assert again == {**told, Kept.LEADS: (), Kept.CLAIMS: ()}
    assert {one.name.reveal() for one in court.debtors()} == {GONE}
    assert court.debtors()[0].id == DebtorId("d1")
