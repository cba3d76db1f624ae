"""Who sees how much of a person's data: one table, for pages, data end points and exports alike.

A mask lets a reader tell two persons of a case apart without knowing them. It keeps no length, so
that a short name is not told by its stars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from data.model import Role
from routes.model import SecretText

__all__ = ["EVERYTHING", "SIGHTS", "PersonField", "Sight", "Sights", "masked"]


class PersonField(StrEnum):
    """A kind of personal data."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"


class Sight(StrEnum):
    """How much of it is seen."""

    FULL = "full"
    ASKED = "asked"  # masked, and in full where it is asked for, which the audit records
    MASKED = "masked"
    NONE = "none"


_BUREAU = {
    PersonField.NAME: Sight.FULL,
    PersonField.ID_NUMBER: Sight.ASKED,
    PersonField.PHONE: Sight.ASKED,
    PersonField.PLATE: Sight.FULL,
    PersonField.ADDRESS: Sight.FULL,
}
_NOTHING = dict.fromkeys(PersonField, Sight.NONE)

SIGHTS: Mapping[Role, Mapping[PersonField, Sight]] = MappingProxyType(
    {
        Role.OFFICER: _BUREAU,
        Role.COMMANDER: _BUREAU,
        Role.POLICE_LIAISON: _NOTHING,  # stop, time and hazard alone (LAW.md P6)
        Role.GRID_LIAISON: _NOTHING,
        Role.AUDITOR: {**dict.fromkeys(PersonField, Sight.MASKED), PersonField.ADDRESS: Sight.NONE},
        Role.ADMIN: _NOTHING,
    }
)
"""What each role sees; nobody else's page, answer or file holds more."""


@dataclass(frozen=True, slots=True)
class Sights:
    """How much one reader sees.

    Parameters
    ----------
    of
        By field; what is missing is not seen.
    asked
        Fields that were asked for in full; the caller records that.
    """

    of: Mapping[PersonField, Sight]
    asked: frozenset[PersonField] = frozenset()

    def seen(self, field: PersonField, value: SecretText | None) -> str | None:
        """Return what the reader sees of a value; None of what is not seen, or not there."""
        sight = self.of.get(field, Sight.NONE)
        if value is None or sight is Sight.NONE:
            return None
        full = sight is Sight.FULL or (sight is Sight.ASKED and field in self.asked)
        return value.reveal() if full else masked(field, value.reveal())

    @property
    def in_full(self) -> bool:
        """Whether anything is seen without a mask."""
        return Sight.FULL in self.of.values() or bool(self.asked)

    def at_most_masked(self) -> Sights:
        """Return the sights of somebody who may not read persons."""
        less = {
            field: sight if sight is Sight.NONE else Sight.MASKED
            for field, sight in self.of.items()
        }
        return Sights(less)


EVERYTHING = Sights(dict.fromkeys(PersonField, Sight.FULL))
"""What a command of the data folder's owner writes."""


def masked(field: PersonField, text: str) -> str:
    """Return a text behind its mask.

    Examples
    --------
    >>> masked(PersonField.NAME, "张某某"), masked(PersonField.PHONE, "13812345678")
    ('张**', '138****5678')
    >>> masked(PersonField.ID_NUMBER, "35000019900101123X")
    '350***********123X'
    """
    return _MASKS[field](text.strip()) if text.strip() else ""


def _ends(first: int, last: int, stars: int, least: int) -> Callable[[str], str]:
    """Return what keeps some signs of both ends of a text that has at least so many."""

    def mask(text: str) -> str:
        if len(text) < least:
            return "*" * stars
        return f"{text[:first]}{'*' * stars}{text[len(text) - last :]}"

    return mask


_MASKS: Mapping[PersonField, Callable[[str], str]] = {
    PersonField.NAME: _ends(1, 0, 2, 2),
    PersonField.ID_NUMBER: _ends(3, 4, 11, 15),
    PersonField.PHONE: _ends(3, 4, 4, 11),
    PersonField.PLATE: _ends(2, 2, 3, 7),
    PersonField.ADDRESS: _ends(0, 0, 3, 0),
}
