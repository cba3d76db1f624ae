"""Which findings speak of a stop."""

from __future__ import annotations

from routes.planning.problem import Option

__all__ = ["visit_subjects"]


def visit_subjects(option: Option, case_id: str | None) -> tuple[str, ...]:
    """Return the subjects under which rules speak of a visit, its claim, debtor and case."""
    subjects = (f"visit:{option.id}", f"claim:{option.claim}", f"debtor:{option.debtor}")
    return subjects if case_id is None else (*subjects, f"case:{case_id}")
