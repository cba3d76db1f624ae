"""Numbers of identity papers and credit codes in one form, and the birth date in a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from routes.errors import ValueRangeError

__all__ = [
    "IdentityNumber",
    "NumberKind",
    "birth_date",
    "credit_code",
    "identity_number",
    "read_number",
    "resident_numbers",
]


class NumberKind(StrEnum):
    """Kinds of papers whose number tells people apart."""

    RESIDENT = "resident"  # 居民身份证, 港澳台居民居住证, 外国人永久居留身份证 (18 digits)
    PERMANENT = "permanent"  # 外国人永久居留证, older form of 15 characters
    HOME_RETURN = "home_return"  # 港澳居民来往内地通行证
    TRAVEL = "travel"  # passport, 台湾居民来往大陆通行证: anew with each paper

    @property
    def lasting(self) -> bool:
        """Whether a person keeps the number for life, so that another one is another person's."""
        return self is not NumberKind.TRAVEL


@dataclass(frozen=True, slots=True, repr=False)
class IdentityNumber:
    """A number in one form; shows nothing of itself."""

    kind: NumberKind
    value: str

    @property
    def born_on(self) -> date | None:
        """Return the birth date in the number, None where its kind holds none."""
        return birth_date(self.value) if self.kind is NumberKind.RESIDENT else None


_SPACED = re.compile(r"[\s\-()·.]+")
_SHORT = re.compile(r"[0-9]{15}")
_LONG = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_PERMANENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_HOME_RETURN = re.compile(r"([HM][0-9]{8})(?:[0-9]{2})?")
_TRAVEL = re.compile(r"(?=(?:[A-Z]*[0-9]){5})[A-Z0-9]{6,9}|[0-9]{10}[A-Z]")


def read_number(text: str) -> IdentityNumber:
    """Return the number of an identity paper, brought to one form.

    Numbers of 18 and 15 digits are checked by :func:`identity_number`. The last two digits of a
    permit for residents of Hong Kong and Macao count its renewals and are left out. Papers whose
    number has no check digit are known by their form.

    Raises
    ------
    ValueRangeError
        If it cannot be right.

    Examples
    --------
    >>> read_number("h0000000001").value, read_number("E 00000000").kind.value
    ('H00000000', 'travel')
    """
    plain = _SPACED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if _RESIDENT.fullmatch(plain):
        return IdentityNumber(NumberKind.RESIDENT, _checked(plain))
    if _PERMANENT.fullmatch(plain):
        return IdentityNumber(NumberKind.PERMANENT, plain)
    if permit := _HOME_RETURN.fullmatch(plain):
        return IdentityNumber(NumberKind.HOME_RETURN, permit[1])
    if _TRAVEL.fullmatch(plain):
        return IdentityNumber(NumberKind.TRAVEL, plain)
    raise ValueRangeError("证件号码校验不通过，请核对")


def identity_number(text: str) -> str:
    """Return an identity number of 18 digits, once its check digit and birth date are right.

    The region is not judged: codes were withdrawn and reused over the years. Numbers of 15
    digits (GB 11643-1989) were given to people born in the 1900s; they are brought to 18.

    Raises
    ------
    ValueRangeError
        If it cannot be right.
    """
    return _checked(ric.compact(unicodedata.normalize("NFKC", text)))


def _checked(number: str) -> str:
    if _SHORT.fullmatch(number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + ric.calc_check_digit(body + "0")
    try:
        if _LONG.fullmatch(number) and number[-1] == ric.calc_check_digit(number):
            birth_date(number)
            return number
    except ValueError:
        pass
    raise ValueRangeError("身份证号码校验不通过，请核对")


_WEIGHTS = 2 ** np.arange(17, 0, -1)
_CHECK_SIGNS = np.frombuffer(b"0123456789X", dtype=np.uint8)
_MONTH_DAYS = np.array((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def resident_numbers(texts: Iterable[str]) -> frozenset[str]:
    """Return those of these texts that :func:`identity_number` returns as they are.

    All are looked at together. One that is left out may be a number in another form.
    """
    own = [text for text in texts if len(text) == 18 and text.isascii()]
    signs = np.frombuffer("".join(own).encode("ascii"), dtype=np.uint8).reshape(-1, 18)
    digits = signs[:, :17].astype(np.int64) - ord("0")
    year, month, day = (
        digits[:, begin:end] @ (10 ** np.arange(end - begin)[::-1])
        for begin, end in ((6, 10), (10, 12), (12, 14))
    )
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = _MONTH_DAYS[np.where((month > 0) & (month < 13), month, 0)] + (is_leap & (month == 2))
    right = (
        ((digits >= 0) & (digits <= 9)).all(axis=1)
        & (signs[:, 17] == _CHECK_SIGNS[(1 - digits @ _WEIGHTS) % 11])
        & (year > 0)
        & (day > 0)
        & (day <= days)
    )
    return frozenset(text for text, is_right in zip(own, right.tolist(), strict=True) if is_right)


def birth_date(number: str) -> date:
    """Return the birth date in a number that :func:`identity_number` returned.

    Examples
    --------
    >>> birth_date("000000198005170123")
    datetime.date(1980, 5, 17)
    """
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def credit_code(text: str) -> str:
    """Return a unified social credit code, once its check digit is right.

    Raises
    ------
    ValueRangeError
        If it cannot be right.
    """
    try:
        return str(uscc.validate(unicodedata.normalize("NFKC", text)))
    except ValidationError:
        raise ValueRangeError("统一社会信用代码校验不通过，请核对") from None
