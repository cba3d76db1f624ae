"""What changed since an account was last here: what counts, from when on, and of what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from data.model import Role
from data.rights import Right
from data.sent_outcomes import WithdrawnFor, withdraw_outcome
from data.since import Change, ChangeKind
from data.store import Store
from routes.model import ActionId, SupportKind, SupportState
from tests.data import samples
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.data.test_sign_offs import kept, sign_off
from tests.fakes import StandingClock

ACTION = ActionId("A-1")
IDLE = timedelta(hours=1)
ALL = frozenset(ChangeKind)


def counted(store: Store, since: datetime) -> dict[str, int]:
    return {kind.value: n for kind, n in store.since.changes(since, ALL).counts.items()}


@pytest.fixture
def filled(store: Store, clock: StandingClock) -> Store:
    """A court with one case, of the day before."""
    store.put(
        cases_=[samples.case()],
        debtors=[samples.debtor()],
        claims=[samples.claim()],
        outcomes=[samples.outcome(1)],
        stations=[samples.station()],
    )
    store.save(ACTION, problem(), plan(), made_at=MADE_AT)
    clock.advance(days=1)
    return store


def test_what_is_new_other_or_withdrawn_counts_and_the_same_again_does_not(
    filled: Store, clock: StandingClock
) -> None:
    since = clock()
    assert counted(filled, since) == {}
    clock.advance(hours=1)
    filled.put(claims=[samples.claim()], outcomes=[samples.outcome(1)])
    assert counted(filled, since) == {}
    filled.put(
        claims=[samples.claim(2, debtor_id=samples.debtor().id)],
        outcomes=[samples.outcome(2)],
        leads=[samples.lead()],
    )
    assert counted(filled, since) == {"claim": 1, "outcome": 1, "lead": 1}
    at = clock()
    assert counted(filled, at) == {}  # the moment itself is not after it
    assert counted(filled, at - timedelta(microseconds=1)) == {"claim": 1, "outcome": 1, "lead": 1}
    clock.advance(hours=1)
    withdraw_outcome(filled, "o1", why=WithdrawnFor.SLIP, by="u1")
    filled.put(claims=[replace(samples.claim(), basis="另一回执")])
    assert counted(filled, at) == {"claim": 1, "outcome": 1}
    (newest, *_others) = filled.since.changes(at, {ChangeKind.OUTCOME}).newest
    case = samples.case()
    assert newest == Change(ChangeKind.OUTCOME, clock(), "moved", True, case.id, str(case.number))


def test_signatures_answers_and_plans_count_with_what_they_are_of(
    filled: Store, clock: StandingClock
) -> None:
    asked = filled.support_requests.create(
        ACTION,
        "PS01",
        SupportKind.ESCORT,
        "O1",
        clock() + timedelta(hours=30),
        clock() + timedelta(hours=31),
        "u1",
        document="协助函1号",
        state=SupportState.SENT,
    )
    signed = kept(filled, sign_off(clock, "claim:a1"))
    since = clock()
    assert counted(filled, since) == {}  # a request that nobody answered is no news
    clock.advance(minutes=1)
    filled.support_requests.answer(asked.id, SupportState.DECLINED, "p1")
    clock.advance(minutes=1)
    filled.release(ACTION, by="u1")
    clock.advance(minutes=1)
    kept(filled, sign_off(clock, "case:c1"))
    clock.advance(minutes=1)
    filled.sign_offs.withdraw(signed.id, "u2")
    assert counted(filled, since) == {"support": 1, "release": 1, "sign_off": 2}
    found = filled.since.changes(since, ALL).newest
    case = samples.case()
    assert [
        (one.kind.value, one.code, one.withdrawn, one.case_id, one.action_id) for one in found
    ] == [
        ("sign_off", "A6", True, case.id, None),
        ("sign_off", "A6", False, case.id, None),
        ("release", "", False, None, ACTION),
        ("support", "declined", False, None, ACTION),
    ]
    assert filled.since.changes(since, ALL, most=2).newest == found[:2]
    assert list(filled.since.changes(since, {ChangeKind.SUPPORT}).counts) == ["support"]


def test_last_here_is_the_end_of_the_session_before(store: Store, clock: StandingClock) -> None:
    def done(act: str, **later: float) -> datetime:
        clock.advance(**later)
        store.audit.append("u1", act, "store:-")
        return clock()

    def last_here() -> datetime | None:
        return store.since.last_here("u1", before=before, idle=IDLE)

    before = done("login", hours=1)
    assert last_here() is None  # never here before
    read = done("cases.map", minutes=50)
    done("login", hours=15)
    before = clock()
    done("cases.map", minutes=1)  # of the present session
    assert last_here() == read
    store.audit.append("u2", "logout", "account:u2")
    out = done("logout", minutes=1)
    done("plan.save", minutes=10)  # a job, in the account's name
    before = done("login", hours=14)
    assert last_here() == out
    read = done("cases.map", minutes=20)
    done("plan.save", hours=2)  # a job at night
    before = done("login", hours=9)
    assert last_here() == read


def test_what_a_program_read_in_the_accounts_name_hides_nothing(
    store: Store, clock: StandingClock
) -> None:
    account = store.accounts.create("wang", "geheim-und-lang-genug", Role.OFFICER, "王", by="cli")
    _token, secret = store.tokens.create(
        account, "统计", [Right.MAP_READ], expires_at=clock() + timedelta(days=30), by=account.id
    )
    clock.advance(hours=1)
    begun = clock()
    store.audit.append(account.id, "login", f"account:{account.id}")
    store.tokens.find(secret)
    for _ in range(3):
        clock.advance(minutes=30)
        store.audit.append(account.id, "cases.map", "store:-")
    clock.advance(hours=1)
    assert store.since.last_here(account.id, before=clock(), idle=IDLE) == begun
