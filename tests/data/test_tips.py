from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from data.errors import StoreError
from data.model import Account, Role
from data.retention import Kept, purge
from data.store import Store
from data.tips import Tip, TipState
from routes.model import ClaimId, DebtorId, VisitBand
from routes.rules import load_profile
from tests.data import samples
from tests.fakes import StandingClock

TODAY = date(2026, 11, 25)
MONTH = timedelta(days=30)


@pytest.fixture
def liaison(store: Store) -> Account:
    store.put(cases_=[samples.case(1)], debtors=[samples.debtor(1)], claims=[samples.claim(1)])
    return store.accounts.create(
        "liaison", "correct-horse-7", Role.GRID_LIAISON, "示范联络员", grid_code="350504101201"
    )


def _tell(store: Store, liaison: Account, **more: Any) -> Tip:
    given: dict[str, Any] = {
        "about": "村口修车的老陈",
        "place": "石井村修车铺",
        "seen_on": TODAY,
        "band": VisitBand.EVENING,
        "lasts": MONTH,
    }
    return store.tips.add(liaison.id, "350504101201", **(given | more))


def test_an_officer_makes_a_lead_of_it_and_the_texts_go(store: Store, liaison: Account) -> None:
    tip = _tell(store, liaison)
    assert store.tips.open() == (tip,)
    debtor, claim = samples.debtor(1).id, samples.claim(1).id
    lead = store.tips.use(tip.id, debtor, claim, source="网格联络员", by="u1")
    assert store.leads() == (lead,)
    assert (lead.received_at, lead.expires_at) == (tip.received_at, tip.expires_at)
    assert (lead.band, lead.claim_id) == (VisitBand.EVENING, claim)
    [kept] = store.tips.of(liaison.id)
    assert (kept.state, kept.about.reveal(), kept.place.reveal()) == (TipState.USED, "", "")
    for act in (
        lambda: store.tips.use(tip.id, debtor, claim, source="x", by="u1"),
        lambda: store.tips.put_aside(tip.id, by="u1"),
    ):
        with pytest.raises(StoreError, match="已办理"):
            act()


def test_the_liaison_takes_it_back_with_its_lead(store: Store, liaison: Account) -> None:
    tip = _tell(store, liaison)
    store.tips.use(tip.id, samples.debtor(1).id, None, source="网格联络员", by="u1")
    with pytest.raises(StoreError, match="没有这条"):
        store.tips.withdraw(tip.id, by="somebody")
    for _again in range(2):
        store.tips.withdraw(tip.id, by=liaison.id)
    assert [lead.withdrawn for lead in store.leads()] == [True]
    assert store.tips.of(liaison.id)[0].state is TipState.WITHDRAWN
    acts = [entry.act for entry in store.audit.entries()]
    assert acts.count("tip.withdraw") == 1


def test_what_was_told_is_in_no_audit_entry(store: Store, liaison: Account) -> None:
    store.tips.put_aside(_tell(store, liaison).id, by="u1")
    text = repr(store.audit.entries())
    assert "老陈" not in text
    assert "石井村" not in text


def test_it_runs_out(store: Store, liaison: Account, clock: StandingClock) -> None:
    tip = _tell(store, liaison)
    clock.advance(days=30)
    assert store.tips.open() == ()
    with pytest.raises(StoreError, match="过期"):
        store.tips.use(tip.id, samples.debtor(1).id, None, source="x", by="u1")
    assert purge(store, load_profile(None), by="cli")[Kept.TIPS] == (tip.id,)
    assert store.tips.of(liaison.id) == ()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"about": " "}, "请写明"),
        ({"place": ""}, "请写明"),
        ({"place": "长" * 201}, "请写明"),
        ({"seen_on": TODAY + timedelta(days=1)}, "最近"),
        ({"seen_on": TODAY - timedelta(days=31)}, "最近"),
        ({"lasts": timedelta(days=91)}, "有效期"),
        ({"lasts": timedelta(0)}, "有效期"),
    ],
)
def test_what_cannot_be_used_is_not_kept(
    store: Store, liaison: Account, wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(StoreError, match=why):
        _tell(store, liaison, **wrong)
    assert store.tips.open() == ()


def test_a_lead_is_of_a_stored_debtor_and_its_own_address(store: Store, liaison: Account) -> None:
    store.put(cases_=[samples.case(2)], debtors=[samples.debtor(2)], claims=[samples.claim(2)])
    tip = _tell(store, liaison)
    for debtor, claim in (
        (DebtorId("none"), None),
        (samples.debtor(1).id, samples.claim(2).id),
        (samples.debtor(1).id, ClaimId("none")),
    ):
        with pytest.raises(StoreError):
            store.tips.use(tip.id, debtor, claim, source="x", by="u1")
    assert store.tips.open() == (tip,)
    assert store.leads() == ()
