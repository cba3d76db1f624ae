from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from data.claim_columns import KnownColumns
from data.store import Store
from geo.model import Precision
from routes.locating import Evidence, default_parameters, gather
from routes.model import (
    CaseId,
    ClaimId,
    ClaimSource,
    DebtorKind,
    Identifier,
    NamesakeVerdict,
    PlaceKind,
    SecretText,
)
from routes.namesake import Match, Side, compare, decide
from tests.data import samples
from tests.fakes import StandingClock

ROAD = "示例区中山路128号"
CASES = 5


def filled(store: Store, clock: StandingClock) -> None:
    """Put debtors whose claims are of one place, of several, of none, outdated, a namesake's."""
    said = [
        # debtor, text, more
        (1, ROAD, {"place": samples.place()}),
        (1, "示例区 中山路１２８号", {"source": ClaimSource.LIAISON, "place": samples.place()}),
        (1, "示例区中山路，128号", {"source": ClaimSource.LEASE}),
        (1, "示例区江滨路2号", {"place": samples.place(118.61, confidence=0.4)}),
        (2, ROAD, {"place": samples.place(precision=Precision.VILLAGE)}),
        (2, "示例区中山路-128号", {"place": samples.place(118.7, precision=Precision.TOWNSHIP)}),
        (3, ROAD, {"kind": PlaceKind.REGISTERED, "source": ClaimSource.COMPANY_REGISTER}),
        (4, ROAD, {"place": samples.place(), "expires_on": clock().date() - timedelta(days=1)}),
        (4, "示例区青年路1号", {"seen_on": clock().date() + timedelta(days=9)}),
        (5, ROAD, {"place": samples.place(118.62, township_code="350504101")}),
    ]
    store.put(
        cases_=[samples.case(n) for n in range(1, CASES + 1)],
        debtors=[
            samples.debtor(n, kind=DebtorKind.COMPANY if n == 3 else DebtorKind.PERSON)
            for n in range(CASES, 0, -1)
        ],
        claims=[
            samples.claim(n, debtor_id=samples.debtor(of).id, text=SecretText(text), **more)
            for n, (of, text, more) in enumerate(said, start=1)
        ],
        outcomes=[samples.outcome(n, n) for n in (1, 2, 5, 9)],
        leads=[samples.lead(1, 1), replace(samples.lead(2, 2), claim_id=ClaimId("a5"))],
    )
    compared = compare(Side(name="示例甲"), Side(name="示例乙"), seen={Identifier.KIN: Match.MATCH})
    ruled = decide(
        compared,
        NamesakeVerdict.DIFFERENT,
        subject="claim:a10",
        by="u1",
        at=clock(),
        reason="户籍照片不是同一人",
    )
    store.namesake_decisions.add(ruled, of=samples.debtor(5).id)


def of_objects(store: Store, case_ids: Collection[CaseId], now: datetime) -> Evidence:
    """Return the evidence of whole debtors and claims."""
    return gather(
        debtors=[debtor for debtor in store.debtors() if debtor.case_id in case_ids],
        claims=store.claims(),
        outcomes=store.outcomes(),
        leads=store.leads(),
        now=now,
        parameters=default_parameters(),
    )


def of_columns(held: KnownColumns, now: datetime) -> Evidence:
    return gather(
        debtors=held.debtors,
        claims=held.claims,
        outcomes=held.outcomes,
        leads=held.leads,
        now=now,
        parameters=default_parameters(),
    )


def check_same(objects: Evidence, columns: Evidence) -> None:
    for field in fields(Evidence):
        one, other = getattr(objects, field.name), getattr(columns, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other), field.name
        else:
            assert one == other, field.name


def test_columns_are_packed_as_objects_are(store: Store, clock: StandingClock) -> None:
    filled(store, clock)
    now = clock()
    everyone = {case.id for case in store.cases()}
    shares: list[float] = []
    held = store.known_columns(everyone, tell=shares.append)
    check_same(of_objects(store, everyone, now), of_columns(held, now))
    assert shares
    assert all(one <= other for one, other in pairwise(shares))
    assert dict(held.case_of) == {debtor.id: debtor.case_id for debtor in store.debtors()}
    some = {samples.case(1).id, samples.case(4).id}
    fewer = store.known_columns(some, tell=shares.append)
    assert set(fewer.cases) == some
    check_same(of_objects(store, some, now), of_columns(fewer, now))


def test_a_text_that_is_compared_with_none_is_not_read(store: Store, clock: StandingClock) -> None:
    filled(store, clock)
    of = {samples.case(3).id, samples.case(5).id}
    held = store.known_columns(of, tell=lambda _share: None)
    assert len(held.claims.ids) == 2
    assert not any("示例" in text for text in held.claims.texts)


def test_a_listener_ends_the_reading(store: Store, clock: StandingClock) -> None:
    filled(store, clock)

    def stop(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        store.known_columns({samples.case(1).id}, tell=stop)


def test_nobody_is_packed_as_nobody(store: Store, clock: StandingClock) -> None:
    held = store.known_columns((), tell=lambda _share: None)
    check_same(of_objects(store, (), clock()), of_columns(held, clock()))


def test_the_demonstration_is_packed_alike_both_ways(demo_dir: Path) -> None:
    now = datetime(2026, 6, 1, 2, tzinfo=UTC)
    with closing(Store.open(demo_dir, clock=StandingClock())) as store:
        everyone = {case.id for case in store.cases()}
        held = store.known_columns(everyone, tell=lambda _share: None)
        objects = of_objects(store, everyone, now)
    assert len(objects.claims) > len(objects.debtors) > 100
    check_same(objects, of_columns(held, now))
