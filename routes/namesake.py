"""Whether a hit is of the debtor or of a namesake: a scored comparison, decided by a person.

Two records are laid side by side. Each identifier agrees, disagrees or is unknown; only that is
kept, the values are dropped (LAW.md P2). The logarithms of the likelihood ratios of
``namesake.toml`` add up, in the manner of Fellegi and Sunter, A Theory for Record Linkage, JASA
64 (1969). The same one needs a high total *and* two independent identifiers, of which the name
is none (LAW.md N1); a disagreeing identity number rules a hit out whatever else agrees.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from geo.messages import Message, message
from routes.decisions import Decision
from routes.errors import NamesakeError, ProfileError
from routes.model import Identifier

__all__ = [
    "Comparison",
    "Gate",
    "Match",
    "NamesakeDecision",
    "NamesakeVerdict",
    "NamesakeWeights",
    "Side",
    "Weight",
    "compare",
    "count_independent",
    "decide",
    "default_weights",
    "identifier_label",
    "read_weights",
]

T = TypeVar("T")

_FILE = "namesake.toml"
_TAIL = 4
_OLD_NUMBER = 15
_ROUNDING = 1e-9


class Match(StrEnum):
    """What became of one identifier; the only thing that is kept of it."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Message:
        """Return the result as it is shown."""
        return _MATCHES[self]


_MATCHES = {
    Match.MATCH: message("相符"),
    Match.MISMATCH: message("不符"),
    Match.UNKNOWN: message("未知"),
}


class NamesakeVerdict(StrEnum):
    """What the comparison proposes; a person decides."""

    DIFFERENT = "different"
    UNSURE = "unsure"
    SAME = "same"

    @property
    def label(self) -> Message:
        """Return the verdict as it is shown."""
        return _VERDICTS[self]


_VERDICTS = {
    NamesakeVerdict.DIFFERENT: message("不是同一人"),
    NamesakeVerdict.UNSURE: message("不能确定"),
    NamesakeVerdict.SAME: message("是同一人"),
}

_IDENTIFIERS = {
    Identifier.NAME: message("姓名"),
    Identifier.ID_NUMBER: message("证件号码"),
    Identifier.BIRTH_DATE: message("出生日期"),
    Identifier.KIN: message("亲属"),
    Identifier.ADDRESS_HISTORY: message("历史住址"),
    Identifier.PHONE_TAIL: message("电话尾号"),
    Identifier.PHOTO: message("照片"),
    Identifier.CREDIT_CODE: message("统一社会信用代码"),
}


def identifier_label(identifier: Identifier) -> Message:
    """Return an identifier's name as it is shown."""
    return _IDENTIFIERS[identifier]


@dataclass(frozen=True, slots=True, repr=False)
class Side:
    """What one record says; shows nothing of itself and is dropped after the comparison.

    Parameters
    ----------
    name
        As written.
    id_number
        Identity number of 18 or 15 digits.
    kin
        Names of relatives, for comparing only.
    addresses
        Addresses of any time.
    phones
        Numbers or their last four digits.
    credit_code
        Of a company.
    """

    name: str | None = None
    id_number: str | None = None
    birth_date: date | None = None
    kin: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """What an identifier's results are worth, as likelihood ratios; ``implied_by`` or None."""

    match: float
    mismatch: float
    decisive: bool
    source: str
    implied_by: Identifier | None = None


@dataclass(frozen=True, slots=True)
class NamesakeWeights:
    """The numbers of ``namesake.toml``."""

    same_from: float
    different_below: float
    identifiers: Mapping[Identifier, Weight]


@dataclass(frozen=True, slots=True)
class Gate:
    """How identifiers are counted (LAW.md N1).

    Parameters
    ----------
    required
        Independent identifiers that must agree.
    never_counted
        Identifiers that count as none; the name is none however this is set.
    dependent
        Groups of which only one counts.
    """

    required: int = 2
    never_counted: frozenset[Identifier] = frozenset({Identifier.NAME})
    dependent: tuple[frozenset[Identifier], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What agreed and what did not; holds no value of either record.

    Parameters
    ----------
    results
        Every identifier with its result.
    log_ratio
        Sum of the natural logarithms of the likelihood ratios.
    independent
        Independent identifiers that agree.
    invalid
        Identifiers that stood on a side but cannot be right, such as a number with a wrong
        check digit; they count as unknown.
    """

    results: Mapping[Identifier, Match]
    log_ratio: float
    independent: int
    verdict: NamesakeVerdict
    required: int
    ruled_out_by: tuple[Identifier, ...] = ()
    invalid: tuple[Identifier, ...] = ()

    @property
    def matched(self) -> frozenset[Identifier]:
        """Return the identifiers that agree, as debtor and address claim keep them."""
        return frozenset(each for each, found in self.results.items() if found is Match.MATCH)

    @property
    def may_be_same(self) -> bool:
        """Whether a person may take the hit for the debtor's at all."""
        return not self.ruled_out_by and self.independent >= self.required

    def explain(self) -> Iterator[Message]:
        """Yield one sentence for each identifier, one for the total and one for the cure."""
        for identifier, found in self.results.items():
            yield message(
                "%(identifier)s：%(result)s",
                identifier=identifier_label(identifier),
                result=found.label,
            )
        yield message(
            "综合：%(verdict)s（似然比 %(ratio).3g，独立标识 %(count)d 项相符）",
            verdict=self.verdict.label,
            ratio=math.exp(self.log_ratio),
            count=self.independent,
        )
        for identifier in self.invalid:
            yield message(
                "%(identifier)s 校验不通过，未计入；请核对原件后重填",
                identifier=identifier_label(identifier),
            )
        if self.verdict is NamesakeVerdict.UNSURE:
            yield message(
                "请再核对一项姓名以外的标识（须至少 %(needed)d 项独立标识相符）",
                needed=self.required,
            )


@dataclass(frozen=True, slots=True)
class NamesakeDecision:
    """A person's verdict on a comparison, kept with what was shown."""

    verdict: NamesakeVerdict
    comparison: Comparison
    decision: Decision


def count_independent(
    identifiers: Collection[Identifier],
    *,
    never_counted: Collection[Identifier],
    dependent: Collection[Collection[Identifier]],
) -> int:
    """Count independent identifiers: a name is none, dependent ones count once together.

    Examples
    --------
    >>> count_independent(
    ...     {Identifier.NAME, Identifier.ID_NUMBER, Identifier.KIN},
    ...     never_counted=(), dependent=(),
    ... )
    2
    """
    left = set(identifiers) - set(never_counted) - {Identifier.NAME}
    counted = 0
    for group in dependent:
        counted += bool(left & set(group))
        left -= set(group)
    return counted + len(left)


def compare(
    debtor: Side,
    hit: Side,
    *,
    photo: Match = Match.UNKNOWN,
    gate: Gate | None = None,
    weights: NamesakeWeights | None = None,
) -> Comparison:
    """Compare a debtor's record with a hit's; the order of the two does not matter.

    Parameters
    ----------
    photo
        What a person saw who laid two photographs side by side; unknown where nobody did.
    gate
        How many independent identifiers must agree; two, and never the name, by default.
    weights
        By default those of ``namesake.toml``.
    """
    gate, weights = gate or Gate(), weights or default_weights()
    numbers = [_Number.of(side.id_number, _identity_number) for side in (debtor, hit)]
    codes = [_Number.of(side.credit_code, _credit_code) for side in (debtor, hit)]
    sides = (debtor, hit)
    results = {
        Identifier.NAME: _equal(*(_plain(side.name or "") or None for side in sides)),
        Identifier.ID_NUMBER: _equal(*(number.value for number in numbers)),
        Identifier.BIRTH_DATE: _equal(*_births(sides, [number.value for number in numbers])),
        Identifier.KIN: _overlap(*(_plain_all(side.kin) for side in sides)),
        Identifier.ADDRESS_HISTORY: _overlap(*(_plain_all(side.addresses) for side in sides)),
        Identifier.PHONE_TAIL: _overlap(*(_tails(side.phones) for side in sides)),
        Identifier.PHOTO: photo,
        Identifier.CREDIT_CODE: _equal(*(code.value for code in codes)),
    }
    invalid = [
        identifier
        for identifier, pair in ((Identifier.ID_NUMBER, numbers), (Identifier.CREDIT_CODE, codes))
        if any(each.invalid for each in pair)
    ]
    return _judged(results, gate=gate, weights=weights, invalid=tuple(invalid))


def decide(
    comparison: Comparison,
    verdict: NamesakeVerdict,
    *,
    subject: str,
    by: str,
    at: datetime,
    reason: str,
) -> NamesakeDecision:
    """Keep a person's verdict on a comparison with what was shown.

    Parameters
    ----------
    subject
        ``claim:ID``, or ``item:ID`` for a property hit.
    by
        Account id.

    Raises
    ------
    NamesakeError
        If the hit is to be taken for the debtor's though a decisive identifier disagrees or
        too few independent ones agree.
    ValueRangeError
        If nobody decided, the reason is blank or the moment has no time zone.
    """
    if verdict is NamesakeVerdict.SAME and not comparison.may_be_same:
        if comparison.ruled_out_by:
            raise NamesakeError(
                "%(identifier)s不符，不得认定为同一人；号码有误的请核对原件后重新比对",
                identifier=identifier_label(comparison.ruled_out_by[0]),
            )
        raise NamesakeError(
            "独立标识只有 %(count)d 项相符（须至少 %(needed)d 项，姓名不计），不得认定为同一人；"
            "请再核对一项",
            count=comparison.independent,
            needed=comparison.required,
        )
    made = Decision(
        subject,
        by,
        at,
        reason,
        factors=tuple(comparison.explain()),
        override=verdict is not comparison.verdict,
    )
    return NamesakeDecision(verdict, comparison, made)


@cache
def default_weights() -> NamesakeWeights:
    """Return the weights of ``namesake.toml``."""
    return read_weights((files("routes") / _FILE).read_text(encoding="utf-8"), name=_FILE)


def read_weights(text: str, *, name: str) -> NamesakeWeights:
    """Read weights from TOML.

    Parameters
    ----------
    name
        Name of the file, for messages.

    Raises
    ------
    ProfileError
        If the text is no TOML, a key is unknown or missing, or a ratio is out of range: a
        match must not speak against, a mismatch not for the same one, and what implies another
        identifier must weigh at least as much.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError("%(file)s 不是有效的 TOML，请检查格式", file=name) from error
    limits, rows = table.get("verdict"), table.get("identifier")
    known = {"verdict", "identifier"}
    if table.keys() != known or not isinstance(limits, dict) or not isinstance(rows, dict):
        raise _bad(name, "/".join(sorted(table.keys() ^ known)) or "verdict")
    if limits.keys() != {"same_from", "different_below"}:
        raise _bad(name, "verdict")
    same, different = (_ratio(limits, key, name) for key in ("same_from", "different_below"))
    if not different < 1.0 < same:
        raise _bad(name, "verdict")
    if rows.keys() != {each.value for each in Identifier}:
        raise _bad(name, "identifier")
    weights = {each: _weight(rows[each.value], each, name) for each in Identifier}
    for each, weight in weights.items():
        if weight.implied_by and weights[weight.implied_by].match < weight.match:
            raise _bad(name, f"identifier.{each}.implied_by")
    return NamesakeWeights(same, different, weights)


def _weight(row: Any, identifier: Identifier, file: str) -> Weight:
    key = f"identifier.{identifier}"
    if not isinstance(row, dict):
        raise _bad(file, key)
    if not {"match", "mismatch", "decisive", "source"} <= row.keys() or row.keys() - {
        "match",
        "mismatch",
        "decisive",
        "source",
        "implied_by",
    }:
        raise _bad(file, key)
    match, mismatch = _ratio(row, "match", file), _ratio(row, "mismatch", file)
    if not mismatch <= 1.0 <= match:
        raise _bad(file, key)
    if not isinstance(row["decisive"], bool) or not str(row["source"]).strip():
        raise _bad(file, key)
    try:
        implied_by = Identifier(row["implied_by"]) if "implied_by" in row else None
    except ValueError:
        raise _bad(file, f"{key}.implied_by") from None
    return Weight(match, mismatch, row["decisive"], str(row["source"]), implied_by)


def _ratio(row: Mapping[str, Any], key: str, file: str) -> float:
    value = row[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 < value < math.inf:
        raise _bad(file, key)
    return float(value)


def _bad(file: str, key: str) -> ProfileError:
    return ProfileError(
        "%(file)s 的 %(key)s 缺失、多余或取值无效，请对照默认文件的说明", file=file, key=key
    )


def _judged(
    results: Mapping[Identifier, Match],
    *,
    gate: Gate,
    weights: NamesakeWeights,
    invalid: tuple[Identifier, ...],
) -> Comparison:
    total = 0.0
    for identifier, found in results.items():
        weight = weights.identifiers[identifier]
        implied = weight.implied_by is not None and results[weight.implied_by] is Match.MATCH
        if found is Match.MISMATCH:
            total += math.log(weight.mismatch)
        elif found is Match.MATCH and not implied:
            total += math.log(weight.match)
    ruled_out_by = tuple(
        identifier
        for identifier, found in results.items()
        if found is Match.MISMATCH and weights.identifiers[identifier].decisive
    )
    independent = count_independent(
        [identifier for identifier, found in results.items() if found is Match.MATCH],
        never_counted=gate.never_counted,
        dependent=gate.dependent,
    )
    if ruled_out_by or total < math.log(weights.different_below) - _ROUNDING:
        verdict = NamesakeVerdict.DIFFERENT
    elif independent >= gate.required and total >= math.log(weights.same_from) - _ROUNDING:
        verdict = NamesakeVerdict.SAME
    else:
        verdict = NamesakeVerdict.UNSURE
    return Comparison(results, total, independent, verdict, gate.required, ruled_out_by, invalid)


@dataclass(frozen=True, slots=True, repr=False)
class _Number:
    """A number brought to one form; invalid where something stood that cannot be right."""

    value: str | None
    invalid: bool = field(default=False)

    @classmethod
    def of(cls, text: str | None, read: Callable[[str], str]) -> _Number:
        if text is None or not text.strip():
            return cls(None)
        try:
            return cls(read(unicodedata.normalize("NFKC", text)))
        except (ValidationError, ValueError):
            return cls(None, invalid=True)


def _identity_number(text: str) -> str:
    """Return 18 digits with a right check digit and birth date; 15 old ones are brought to 18.

    The region is not judged: codes were withdrawn and reused over the years. Numbers of 15
    digits were given to people born in the 1900s (GB 11643-1989).
    """
    number = ric.compact(text)
    if len(number) == _OLD_NUMBER and number.isdecimal():
        body = f"{number[:6]}19{number[6:]}"
        number = body + ric.calc_check_digit(body + "0")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or number[-1] != ric.calc_check_digit(number):
        raise ValueError
    ric.get_birth_date(number)
    return number


def _credit_code(text: str) -> str:
    return str(uscc.validate(text))


def _births(sides: Sequence[Side], numbers: Sequence[str | None]) -> list[date | None]:
    """Return both birth dates; one may be read from a number that the other side lacks.

    Where both sides have a number, a date read from it would only count the number twice.
    """
    both = all(number is not None for number in numbers)
    return [
        ric.get_birth_date(number)
        if side.birth_date is None and number and not both
        else side.birth_date
        for side, number in zip(sides, numbers, strict=True)
    ]


def _plain(text: str) -> str:
    return re.sub(r"[\s·•・.\-]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _plain_all(texts: Collection[str]) -> frozenset[str]:
    return frozenset(filter(None, map(_plain, texts)))


def _tails(phones: Collection[str]) -> frozenset[str]:
    """Return the last digits; a number with fewer digits is none."""
    digits = (re.sub(r"\D", "", unicodedata.normalize("NFKC", each)) for each in phones)
    return frozenset(each[-_TAIL:] for each in digits if len(each) >= _TAIL)


def _equal(one: T | None, other: T | None) -> Match:
    if one is None or other is None:
        return Match.UNKNOWN
    return Match.MATCH if one == other else Match.MISMATCH


def _overlap(ones: frozenset[str], others: frozenset[str]) -> Match:
    if not ones or not others:
        return Match.UNKNOWN
    return Match.MATCH if ones & others else Match.MISMATCH
