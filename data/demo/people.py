"""Invented debtors: persons and companies with numbers that belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.demo.names import person_names
from data.demo.plan import DISTRICT_CODE

__all__ = ["Debtor", "credit_code", "id_number", "make_persons", "phone"]

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


@dataclass(frozen=True, slots=True)
class Debtor:
    """A person or company with its number; ``premises`` is the company's kind of place."""

    name: str
    number: str
    company: bool = False
    female: bool = False
    age: int = 0
    premises: str = ""


def id_number(born: date, serial: int) -> str:
    """Return an identity number with the right check digit and a region that does not exist.

    Source of the check digit: GB 11643-1999 (ISO 7064 MOD 11-2). The last digit of ``serial``
    (0 to 999) tells the sex: odd is male.
    """
    body = f"{DISTRICT_CODE}{born:%Y%m%d}{serial:03d}"
    total = sum(int(c) * w for c, w in zip(body, _ID_WEIGHTS, strict=True))
    return body + _ID_CHECKS[total % 11]


def credit_code(serial: int) -> str:
    """Return a unified social credit code with the right check and an unassigned region.

    Source: GB 32100-2015; the inner organisation check (GB 11714) is left arbitrary.
    """
    body = f"91{DISTRICT_CODE}MA{serial:07d}"
    total = sum(_CODE_LETTERS.index(c) * w for c, w in zip(body, _CODE_WEIGHTS, strict=True))
    return body + _CODE_LETTERS[(31 - total % 31) % 31]


def phone(rng: np.random.Generator) -> str:
    """Return a telephone number in a block that no carrier has been given."""
    return f"1540000{int(rng.integers(10_000)):04d}"


def make_persons(count: int, as_of: date, rng: np.random.Generator) -> list[Debtor]:
    """Return persons of working age and some older ones; a few share a name."""
    names = person_names(count, rng)
    ages = np.clip(rng.normal(44.0, 12.0, count), 19.0, 84.0)
    female = rng.random(count) < 0.27
    serials = rng.integers(0, 500, count) * 2 + np.where(female, 0, 1)
    persons = []
    for name, age, woman, serial in zip(names, ages, female, serials, strict=True):
        born = as_of - timedelta(days=int(age * 365.25))
        persons.append(Debtor(name, id_number(born, int(serial)), female=bool(woman), age=int(age)))
    return persons
