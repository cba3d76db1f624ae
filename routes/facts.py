"""Facts as plain texts: equal where the facts are equal, on every run and every machine.

What a signature or a decision rests on is compared later by such texts, see
:class:`routes.model.Finding` and :class:`routes.decisions.Decision`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum

__all__ = ["fact_text", "facts_digest", "facts_of"]


def fact_text(value: object) -> str:
    """Return a text that stands for a fact; sets have no order, moments no zone.

    Examples
    --------
    >>> fact_text(frozenset({"b", "a"})), fact_text(None), fact_text((True, 1.5))
    ("{'a' 'b'}", 'None', '(True 1.5)')
    """
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, frozenset):
        return "{" + " ".join(sorted(map(fact_text, value))) + "}"
    if isinstance(value, tuple):
        return "(" + " ".join(map(fact_text, value)) + ")"
    if is_dataclass(value):
        return "(" + " ".join(facts_of(value)) + ")"
    return repr(value)


def facts_of(value: object, *, but: Collection[str] = ()) -> tuple[str, ...]:
    """Return ``field=text`` for each field of a dataclass, some left out.

    A field that is added to the class counts from then on.
    """
    assert is_dataclass(value)
    return tuple(
        f"{each.name}={fact_text(getattr(value, each.name))}"
        for each in fields(value)
        if each.name not in but
    )


def facts_digest(facts: Iterable[str]) -> str:
    """Return 64 digits that stand for some facts in their order."""
    text = json.dumps(list(facts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
