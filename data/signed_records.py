"""Records that the rules let be kept: none that is blocked, none that lacks a signature."""

from __future__ import annotations

from dataclasses import dataclass

from data import sign_offs
from data.errors import RestrictionError
from data.work import Work
from geo.localtime import DAY_S, local_day, moment_at
from routes.model import Finding, Verdict
from routes.rules import RULES
from routes.rules.signoffs import Role, SignOff, unsigned

__all__ = ["Signature", "keep_signed"]


@dataclass(frozen=True, slots=True)
class Signature:
    """The paper by which an office answers what a rule wants signed."""

    role: Role
    document_no: str
    reason: str


def keep_signed(
    work: Work, said: tuple[Finding, ...], signature: Signature | None, *, by: str
) -> None:
    """Keep the paper that answers what the rules want signed of a record about to be kept.

    Raises
    ------
    RestrictionError
        If a rule blocks the record, or the paper does not answer all that is asked.
    """
    blocks = tuple(one for one in said if one.verdict is Verdict.BLOCK)
    given = () if signature is None or blocks else _signed(work, said, signature, by)
    asked = {one.rule: RULES[one.rule].signed_by for one in said}
    waiting = unsigned(said, given, work.clock(), asked=asked)
    if blocks or waiting:
        first = (*blocks, *waiting)[0]
        raise RestrictionError(
            "未予登记（%(rule)s）：%(text)s（%(citation)s）",
            findings=(*blocks, *waiting),
            rule=first.rule,
            text=first.message,
            citation=first.citation,
        )
    for each in given:
        sign_offs.add(work, each, factors=(one.rule for one in said))


def _signed(
    work: Work, said: tuple[Finding, ...], signature: Signature, by: str
) -> tuple[SignOff, ...]:
    now = work.clock()
    return tuple(
        SignOff(
            one.rule,
            one.subject,
            signature.role,
            signature.reason,
            signature.document_no,
            by,
            now,
            moment_at(local_day(now), DAY_S),
            one.digest,
        )
        for one in said
        if one.verdict is Verdict.SIGN_OFF
    )
