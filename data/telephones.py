"""Telephone numbers as clerks write them, into the form that is kept and dialled."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

__all__ = ["plain_telephone"]

_REGION, _COUNTRY = "CN", 86
_SERVICE_DIGITS = range(3, 6)  # 110, 12368
_LEAST_DIGITS = 10
_DIALLED = re.compile(r"[-+() .\d]+")
"""The parser takes digits out of any text: one that holds words is no number."""


def plain_telephone(text: str) -> str | None:
    """Return a number of the mainland in groups of digits; None where the text is none.

    Whether anybody answers is not asked, only whether it can be dialled.

    Examples
    --------
    >>> plain_telephone("（0595）22345678"), plain_telephone("+86 595 2234 5678")
    ('0595 2234 5678', '0595 2234 5678')
    >>> plain_telephone("110"), plain_telephone("值班室")
    ('110', None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _DIALLED.fullmatch(plain) is None:
        return None
    try:
        number = phonenumbers.parse(plain, _REGION)
    except NumberParseException:
        return None
    if number.country_code != _COUNTRY or number.extension:
        return None
    digits = phonenumbers.national_significant_number(number)
    if len(digits) in _SERVICE_DIGITS:
        return digits if digits.startswith("1") else None
    if len(digits) < _LEAST_DIGITS or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
