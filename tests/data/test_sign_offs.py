"""Sign-offs in the store: kept whole, withdrawn once, nothing personal in the audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from data.errors import StoreError
from data.sign_offs import KeptSignOff, add
from data.store import Store
from routes.rules.signoffs import Role, SignOff
from tests.fakes import StandingClock

REASON = "家中老人由邻居照看，已同村委会说好"


def sign_off(clock: StandingClock, subject: str = "case:c1", rule: str = "A6") -> SignOff:
    now = clock()
    return SignOff(
        rule,
        subject,
        Role.DIRECTOR,
        REASON,
        "（2026）批1号",
        "u1",
        now,
        now + timedelta(days=2),
    )


def kept(store: Store, given: SignOff) -> KeptSignOff:
    with store.write() as work:
        return add(work, given, factors=("A6", "P4", "A6"), override=True)


def test_a_sign_off_comes_back_as_it_was_kept(store: Store, clock: StandingClock) -> None:
    first = kept(store, sign_off(clock))
    clock.advance(minutes=1)
    other = kept(store, sign_off(clock, "claim:a1", "P4"))
    kept(store, sign_off(clock, "case:c9"))
    assert store.sign_offs.standing(("claim:a1", "case:c1", "case:none"), clock()) == (first, other)
    assert store.sign_offs.standing((), clock()) == ()
    assert first.sign_off.reason == REASON


def test_it_stands_until_just_before_its_term_ends(store: Store, clock: StandingClock) -> None:
    made = kept(store, sign_off(clock))
    end = made.sign_off.expires_at
    assert store.sign_offs.standing(("case:c1",), end - timedelta(microseconds=1)) == (made,)
    assert store.sign_offs.standing(("case:c1",), end) == ()


def test_a_withdrawn_one_is_kept_and_stands_no_longer(store: Store, clock: StandingClock) -> None:
    made = kept(store, sign_off(clock))
    clock.advance(hours=1)
    ended = store.sign_offs.withdraw(made.id, "u2")
    assert ended == replace(made, withdrawn_at=clock(), withdrawn_by="u2")
    assert store.sign_offs.standing(("case:c1",), clock()) == ()
    clock.advance(hours=1)
    assert store.sign_offs.withdraw(made.id, "u3") == ended
    with pytest.raises(StoreError, match="s99"):
        store.sign_offs.withdraw("s99", "u2")
    acts = [one.act for one in store.audit.entries() if one.act.startswith("sign_off.")]
    assert acts == ["sign_off.withdraw", "sign_off.add"]


def test_the_audit_holds_ids_only_and_the_reason_is_encrypted(
    store: Store, clock: StandingClock
) -> None:
    made = kept(store, sign_off(clock))
    entry = next(iter(store.audit.entries()))
    assert (entry.actor, entry.act, entry.subject) == ("u1", "sign_off.add", f"sign_off:{made.id}")
    assert entry.detail == {
        "rule": "A6",
        "subject": "case:c1",
        "factors": "A6 P4",
        "override": True,
    }
    with store.write() as work:
        held = work.connection.execute(text("SELECT reason FROM sign_off")).scalar_one()
    assert REASON.encode() not in held
    assert store.audit.verify() == len(store.audit.entries())


def test_a_transaction_that_fails_keeps_none(store: Store, clock: StandingClock) -> None:
    def sign_both() -> None:
        with store.write() as work:
            add(work, sign_off(clock))
            add(work, sign_off(clock, "case:c2"), factors=("x" * 300,))

    with pytest.raises(StoreError):
        sign_both()
    assert store.sign_offs.standing(("case:c1", "case:c2"), clock()) == ()


def test_one_withdrawn_since_stood_at_its_time(store: Store, clock: StandingClock) -> None:
    made = kept(store, sign_off(clock))
    at = clock()
    clock.advance(hours=1)
    store.sign_offs.withdraw(made.id, "u2")
    assert [one.id for one in store.sign_offs.standing((made.sign_off.subject,), at)] == [made.id]
    assert store.sign_offs.standing((made.sign_off.subject,), clock()) == ()
