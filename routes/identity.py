"""Identity numbers and credit codes in one form, and the birth date in a number."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from routes.errors import ValueRangeError

__all__ = ["birth_date", "credit_code", "identity_number"]


def identity_number(text: str) -> str:
    """Return an identity number of 18 digits, once its check digit and birth date are right.

    The region is not judged: codes were withdrawn and reused over the years. Numbers of 15
    digits (GB 11643-1989) were given to people born in the 1900s; they are brought to 18.

    Raises
    ------
    ValueRangeError
        If it cannot be right.
    """
    number = ric.compact(unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"[0-9]{15}", number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + ric.calc_check_digit(body + "0")
    try:
        if re.fullmatch(r"[0-9]{17}[0-9X]", number) and number[-1] == ric.calc_check_digit(number):
            ric.get_birth_date(number)
            return number
    except ValidationError:
        pass
    raise ValueRangeError("身份证号码校验不通过，请核对")


def birth_date(number: str) -> date:
    """Return the birth date in a number that :func:`identity_number` returned.

    Examples
    --------
    >>> birth_date("000000198005170123")
    datetime.date(1980, 5, 17)
    """
    return ric.get_birth_date(number)


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
