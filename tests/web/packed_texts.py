"""All texts in as few values as a field has room for, and what was sent of them, by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle, islice

from tests.web.injections import KINDS, TEXTS

MARK = "§"
"""Stands behind each text of a value."""
_FIRST = ("formula", "address")
"""Kinds that act at the beginning of a value alone."""


def too_long(most: int) -> frozenset[str]:
    """Return the texts for which a field of so many characters has no room."""
    return frozenset(text for text in TEXTS if len(text) + len(MARK) > most)


@cache
def packed(most: int) -> tuple[str, ...]:
    """Return values of at most so many characters that together hold every text that fits.

    Each begins with a text that acts at a beginning alone, while there are any.
    """
    beginnings = [text for kind in _FIRST for text in KINDS[kind]]
    values = _filled((), most)
    return _filled(beginnings[: len(values)], most)


def _filled(beginnings: Iterable[str], most: int) -> tuple[str, ...]:
    values = [one + MARK for one in beginnings if one not in too_long(most)]
    begun = {one[: -len(MARK)] for one in values}
    for text in sorted(set(TEXTS) - begun - too_long(most), key=lambda one: (-len(one), one)):
        one = text + MARK
        room = next((n for n, held in enumerate(values) if len(held) + len(one) <= most), None)
        if room is None:
            values.append(one)
        else:
            values[room] += one
    return tuple(values)


def sendings(limits: Mapping[str, int]) -> list[dict[str, str]]:
    """Return what is sent, all fields at once, so that each had every text that fits.

    Parameters
    ----------
    limits
        The most characters of each field.
    """
    values = {name: packed(most) for name, most in limits.items()}
    count = max((len(held) for held in values.values()), default=1)
    turns = {name: list(islice(cycle(held), count)) for name, held in values.items()}
    return [{name: held[turn] for name, held in turns.items()} for turn in range(count)]


@dataclass
class Sent:
    """Which texts each field of each way in was sent, read off what was sent."""

    texts: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    limits: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, endpoint: str, name: str, value: str, most: int) -> None:
        """Note one value of one field."""
        self.texts[endpoint, name].update(value.split(MARK))
        self.limits[endpoint, name] = most

    def has(self, endpoint: str, names: Iterable[str]) -> bool:
        """Whether the fields had all that they have room for."""
        return all((endpoint, name) in self.texts for name in names)

    def tried(self, endpoint: str) -> bool:
        """Whether anything was sent there."""
        return any(place == endpoint for place, _name in self.texts)

    def lacking(self) -> dict[tuple[str, str], set[str]]:
        """Return the fields that were not sent all they have room for, with what is lacking."""
        found = {
            place: set(TEXTS) - texts - too_long(self.limits[place])
            for place, texts in self.texts.items()
        }
        return {place: texts for place, texts in found.items() if texts}

    def short(self) -> dict[tuple[str, str], int]:
        """Return the fields that are too short for some text, with their length."""
        return {place: most for place, most in self.limits.items() if too_long(most)}
