"""Whether a hit is of the debtor or of a namesake: a scored comparison, decided by a person.

Two records are laid side by side. Each identifier agrees, disagrees or is unknown; only that is
kept, the values are dropped (LAW.md P2). The logarithms of the likelihood ratios of
``namesake.toml`` add up, in the manner of Fellegi and Sunter, A Theory for Record Linkage, JASA
64 (1969). The same one needs a high total *and* two independent identifiers, of which the name
is none (LAW.md N1); a disagreeing identity number rules a hit out whatever else agrees. Of kin
and of a photograph a person says whether they agree: neither is ever entered.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from geo.messages import Message, message
from routes.decisions import Decision
from routes.errors import NamesakeError, ValueRangeError
from routes.identity import IdentityNumber, credit_code, read_number
from routes.model import Identifier, NamesakeVerdict
from routes.namesake_weights import NamesakeWeights, default_weights

__all__ = [
    "NUMBERS",
    "SEEN",
    "Comparison",
    "Gate",
    "Match",
    "NamesakeDecision",
    "Side",
    "compare",
    "count_independent",
    "decide",
    "identifier_label",
    "verdict_label",
]

T = TypeVar("T")

NUMBERS = frozenset({Identifier.ID_NUMBER, Identifier.BIRTH_DATE, Identifier.CREDIT_CODE})
"""Identifiers that are one: an identity number holds the birth date (GB 11643-1999, digits 7 to
14), and a company's paper has its code for a number."""

SEEN = frozenset({Identifier.KIN, Identifier.PHOTO})
"""Identifiers of which a person says whether they agree; nothing of them is entered."""

_TAIL = 4
_LEAST_ADDRESS = 6  # signs; a shorter text is a part of too many addresses
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


_VERDICTS = {
    NamesakeVerdict.DIFFERENT: message("不是同一人"),
    NamesakeVerdict.UNSURE: message("不能确定"),
    NamesakeVerdict.SAME: message("是同一人"),
}


def verdict_label(verdict: NamesakeVerdict) -> Message:
    """Return a verdict as it is shown."""
    return _VERDICTS[verdict]


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
        Number of an identity paper, as :func:`routes.identity.read_number` takes it.
    addresses
        Addresses of any time; of the debtor's, not the one that is being decided.
    phones
        Numbers or their last four digits.
    credit_code
        Of a company.
    """

    name: str | None = None
    id_number: str | None = None
    birth_date: date | None = None
    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    credit_code: str | None = None


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
        Groups of which only one counts; groups that share a member are one group.
    """

    required: int = 2
    never_counted: frozenset[Identifier] = frozenset({Identifier.NAME})
    dependent: tuple[frozenset[Identifier], ...] = (NUMBERS,)


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
    def ratio(self) -> float:
        """Return the likelihood ratio of all that was compared."""
        return math.exp(self.log_ratio)

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
            verdict=verdict_label(self.verdict),
            ratio=self.ratio,
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
    groups: list[set[Identifier]] = []
    for group in map(set, dependent):
        joined = [other for other in groups if other & group]
        groups = [other for other in groups if not other & group]
        groups.append(group.union(*joined))
    grouped = [bool(left & group) for group in groups]
    return sum(grouped) + len(left.difference(*groups))


def compare(
    debtor: Side,
    hit: Side,
    *,
    seen: Mapping[Identifier, Match] | None = None,
    gate: Gate | None = None,
    weights: NamesakeWeights | None = None,
) -> Comparison:
    """Compare a debtor's record with a hit's; the order of the two does not matter.

    Parameters
    ----------
    seen
        By identifier of :data:`SEEN`, what a person saw who looked; unknown where nobody did.
    gate
        How many independent identifiers must agree; two, and never the name, by default.
    weights
        By default those of ``namesake.toml``.

    Raises
    ------
    ValueRangeError
        If ``seen`` speaks of another identifier.
    """
    gate, weights = gate or Gate(), weights or default_weights()
    seen = seen or {}
    if not seen.keys() <= SEEN:
        raise ValueRangeError("只有亲属和照片由人判断是否相符，其他标识须填写内容")
    sides = (debtor, hit)
    numbers = [_Read.of(side.id_number, read_number) for side in sides]
    codes = [_Read.of(side.credit_code, credit_code) for side in sides]
    read = [number.value for number in numbers]
    results = {
        Identifier.NAME: _equal(*(_plain(side.name or "") or None for side in sides)),
        Identifier.ID_NUMBER: _same_number(*read),
        Identifier.BIRTH_DATE: _equal(*_births(sides, read)),
        Identifier.KIN: seen.get(Identifier.KIN, Match.UNKNOWN),
        Identifier.ADDRESS_HISTORY: _same_address(*(_plain_all(side.addresses) for side in sides)),
        Identifier.PHONE_TAIL: _overlap(*(_tails(side.phones) for side in sides)),
        Identifier.PHOTO: seen.get(Identifier.PHOTO, Match.UNKNOWN),
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
class _Read(Generic[T]):
    """A number as it was read; invalid where something stood that cannot be right."""

    value: T | None
    invalid: bool = field(default=False)

    @classmethod
    def of(cls, text: str | None, read: Callable[[str], T]) -> _Read[T]:
        if text is None or not text.strip():
            return cls(None)
        try:
            return cls(read(text))
        except ValueRangeError:
            return cls(None, invalid=True)


def _same_number(one: IdentityNumber | None, other: IdentityNumber | None) -> Match:
    """Compare numbers; two kinds of paper, or two passports, tell nobody apart."""
    if one is None or other is None or one.kind is not other.kind:
        return Match.UNKNOWN
    if one.value == other.value:
        return Match.MATCH
    return Match.MISMATCH if one.kind.lasting else Match.UNKNOWN


def _births(
    sides: Sequence[Side], numbers: Sequence[IdentityNumber | None]
) -> Iterator[date | None]:
    """Yield both birth dates; one may be read from a number that the other side lacks.

    Where both sides have a number that holds it, a date read from it would only tell the number
    once more.
    """
    held = [None if number is None else number.born_on for number in numbers]
    both = all(each is not None for each in held)
    for side, born_on in zip(sides, held, strict=True):
        yield side.birth_date if both or side.birth_date is not None else born_on


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


def _same_address(ones: frozenset[str], others: frozenset[str]) -> Match:
    """Compare addresses; one may be written from the province on and the other from the town."""
    long = [
        frozenset(each for each in texts if len(each) >= _LEAST_ADDRESS) for texts in (ones, others)
    ]
    if not all(long):
        return Match.UNKNOWN
    same = any(a.endswith(b) or b.endswith(a) for a in long[0] for b in long[1])
    return Match.MATCH if same else Match.MISMATCH


def _overlap(ones: frozenset[str], others: frozenset[str]) -> Match:
    if not ones or not others:
        return Match.UNKNOWN
    return Match.MATCH if ones & others else Match.MISMATCH
