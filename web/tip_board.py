"""Whom something that a liaison told may be about, for an officer to choose from."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.store import Store

__all__ = ["Candidate", "candidates_for"]

_MOST_CASES = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A debtor with the addresses that are known; keys are ids."""

    debtor_id: str
    name: str = field(repr=False)
    case_id: str
    case_number: str
    addresses: tuple[tuple[str, str], ...] = field(repr=False)


def candidates_for(store: Store, typed: str) -> tuple[Candidate, ...]:
    """Return the debtors of the cases that a number, a name or its pinyin finds."""
    found = []
    for case_id in store.find_cases(typed)[:_MOST_CASES]:
        case = store.case(case_id)
        claims = store.claims(case_id)
        if case is None:
            continue
        found += [
            Candidate(
                debtor.id,
                debtor.name.reveal(),
                case_id,
                str(case.number),
                tuple((c.id, c.text.reveal()) for c in claims if c.debtor_id == debtor.id),
            )
            for debtor in store.debtors(case_id)
        ]
    return tuple(found)
