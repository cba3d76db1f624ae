"""Learned numbers in the store: one fit in use, all remembered."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import update

from data.schema import LocatingFitRow
from data.store import Store
from data.upsert import table_of
from routes.locating.learning import VERSION, Fit, fit
from routes.model import OutcomeKind
from tests.fakes import StandingClock
from tests.routes.locating.samples import PARAMETERS, claim, located, outcome


def learned(kind: OutcomeKind) -> Fit:
    only = claim("A")
    return fit(located([only], [outcome("O", only, kind)]).evidence, PARAMETERS, spreads=False)


def test_the_last_fit_put_in_use_holds_and_all_are_remembered(
    store: Store, clock: StandingClock
) -> None:
    fits, first, second = (
        store.locating_fits,
        learned(OutcomeKind.FOUND),
        learned(OutcomeKind.MOVED),
    )
    assert fits.in_use() is None
    assert fits.apply(first, basis="b1", by="u1")
    assert not fits.apply(first, basis="b1", by="u1")
    clock.advance(days=1)
    assert fits.apply(second, basis="b1", by="u2")
    held = fits.in_use()
    assert held is not None
    assert held.fit is not None
    assert held.fit.to_json() == second.to_json()
    assert (held.fingerprint, held.basis) == (second.fingerprint, "b1")
    assert fits.drop(by="u3")
    assert not fits.drop(by="u3")
    assert fits.in_use() is None
    ended = [(one.applied_by, one.ended_by) for one in fits.history()]
    assert ended == [("u1", "u2"), ("u2", "u3")]
    acts = [(entry.actor, entry.act) for entry in reversed(store.audit.entries())]
    assert acts[-3:] == [
        ("u1", "locating_fit.apply"),
        ("u2", "locating_fit.apply"),
        ("u3", "locating_fit.drop"),
    ]
    assert store.audit.verify() == len(store.audit.entries())


def test_the_same_numbers_from_another_basis_are_another_fit(store: Store) -> None:
    one = learned(OutcomeKind.FOUND)
    assert store.locating_fits.apply(one, basis="b1", by="u1")
    assert store.locating_fits.apply(one, basis="b2", by="u1")
    open_ones = [each for each in store.locating_fits.history() if each.ended_at is None]
    assert [each.basis for each in open_ones] == ["b2"]


def test_a_fit_that_cannot_be_read_is_held_without_its_numbers(store: Store) -> None:
    one = learned(OutcomeKind.FOUND)
    store.locating_fits.apply(one, basis="b1", by="u1")
    _rewrite(store, one, after=one.after[:-1].tolist())
    held = store.locating_fits.in_use()
    assert held is not None
    assert held.fit is None
    assert store.locating_fits.drop(by="u2")


def test_a_fit_of_an_older_version_gives_way_and_stays_to_be_read(store: Store) -> None:
    """Also where the numbers are the same: what they mean is not."""
    one = learned(OutcomeKind.FOUND)
    store.locating_fits.apply(one, basis="b1", by="u1")
    _rewrite(store, one, version=VERSION + 1)
    held = store.locating_fits.in_use()
    assert held is not None
    assert (held.fit, held.older) == (None, None)
    _rewrite(store, one, version=VERSION - 1)
    held = store.locating_fits.in_use()
    assert held is not None
    assert held.fit is None
    assert held.older is not None
    assert (held.older.version, held.older.visits) == (VERSION - 1, 1)
    assert [c.key for c in held.older.changes()] == [c.key for c in one.changes()]
    assert store.locating_fits.apply(one, basis="b1", by="u2")
    held = store.locating_fits.in_use()
    assert held is not None
    assert held.fit is not None
    history = store.locating_fits.history()
    assert [each.ended_by for each in history] == ["u2", None]
    assert history[0].content == history[0].older


def _rewrite(store: Store, one: Fit, **changed: object) -> None:
    """Change what is stored, under the number that a fit of another version had."""
    plain = [one.townships, one.before.round(6).tolist(), one.after.round(6).tolist()]
    with store._database.write() as work:
        work.connection.execute(
            update(table_of(LocatingFitRow)).values(
                fit=json.dumps(json.loads(one.to_json()) | changed),
                fingerprint=hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:12],
            )
        )
