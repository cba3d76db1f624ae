"""Learned numbers in the store: one fit in use, all remembered."""

from __future__ import annotations

from dataclasses import replace

from data.store import Store
from routes.locating.learning import Fit, fit
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
    store.locating_fits.apply(replace(one, after=one.after[:-1]), basis="b1", by="u1")
    held = store.locating_fits.in_use()
    assert held is not None
    assert held.fit is None
    assert store.locating_fits.drop(by="u2")
