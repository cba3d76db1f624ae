"""Whether an address or a piece of property is the debtor's or a namesake's: seen, scored, decided.

What an officer enters of the record found is compared and dropped; kept is what agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp

from data.cases import plain_key
from data.measures import KeptItem
from data.namesake_decisions import KeptNamesakeDecision
from data.store import Store
from geo.localtime import local_day
from geo.messages import Message, message
from routes.measures import Measure
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    Debtor,
    DebtorId,
    DebtorKind,
    Identifier,
    NamesakeRuling,
    NamesakeVerdict,
)
from routes.namesake import SEEN, Comparison, Match, NamesakeDecision, Side, compare, decide
from routes.rules import RuleProfile, check_claim, check_owner, gate_of
from web.errors import NamesakeFormError

__all__ = [
    "FIELDS",
    "Hit",
    "Hits",
    "Record",
    "decisions_by_number",
    "read_hit",
    "score_text",
]

FIELDS: tuple[str, ...] = (
    "name",
    "id_number",
    "birth_date",
    "addresses",
    "phone",
    "debtor_phone",
    *sorted(SEEN),
)
"""What :func:`read_hit` takes; kin and photo as match, mismatch or unknown, nothing of them."""

_LONGEST = 500


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """What was seen of a record; shows nothing of itself and is never kept.

    Parameters
    ----------
    addresses
        Its addresses of any time.
    phone, debtor_phone
        Last digits, the record's and those that the case's papers give for the debtor.
    seen
        Whether kin and photo agree, where a person looked.
    """

    name: str
    id_number: str
    birth_date: date | None
    addresses: frozenset[str]
    phone: str
    debtor_phone: str
    seen: Mapping[Identifier, Match] = field(default_factory=dict)


def read_hit(fields: Mapping[str, object]) -> Hit:
    """Read what was entered of a record.

    Parameters
    ----------
    fields
        Texts by :data:`FIELDS`; ``addresses`` one a line; what is missing is unknown.

    Raises
    ------
    NamesakeFormError
        If a field is unknown, no text or too long, the birth date no day, or an answer none.
    """
    unknown = sorted(fields.keys() - set(FIELDS))
    if unknown:
        raise NamesakeFormError(
            "不认识的项目 %(field)s；可填：%(known)s", field=unknown[0], known="、".join(FIELDS)
        )
    texts = {key: _text(key, fields.get(key, "")) for key in FIELDS}
    try:
        seen = {each: Match(texts[each] or Match.UNKNOWN) for each in sorted(SEEN)}
    except ValueError as error:
        raise NamesakeFormError("亲属和照片只填是否相符：match、mismatch 或 unknown") from error
    try:
        born_on = date.fromisoformat(texts["birth_date"]) if texts["birth_date"] else None
    except ValueError as error:
        raise NamesakeFormError("出生日期无法识别；请写成 1980-05-17") from error
    lines = map(str.strip, texts["addresses"].splitlines())
    return Hit(
        texts["name"],
        texts["id_number"],
        born_on,
        frozenset(filter(None, lines)),
        texts["phone"],
        texts["debtor_phone"],
        seen,
    )


@dataclass(frozen=True, slots=True)
class Record:
    """What may be a namesake's, and of which debtor: an address, or property of a step."""

    debtor: Debtor
    of: AddressClaim | KeptItem

    @property
    def subject(self) -> str:
        """Return ``claim:ID`` or ``item:ID``."""
        return f"item:{self.of.item.id}" if isinstance(self.of, KeptItem) else f"claim:{self.of.id}"


@dataclass(frozen=True, slots=True)
class Hits:
    """The addresses and property of one case, each of which may be a namesake's."""

    store: Store
    profile: RuleProfile
    case: Case

    def address(self, number: int) -> Record:
        """Return an address of the case by its number on the page.

        Raises
        ------
        NamesakeFormError
            If the case has no such address.
        """
        claims = self.store.claims(self.case.id)
        if not 1 <= number <= len(claims):
            raise NamesakeFormError(
                "本案没有第 %(number)d 个地址，请按案件页的编号填写", number=number
            )
        claim = claims[number - 1]
        return Record(self._debtor(claim.debtor_id), claim)

    def item(self, step: Measure, item_id: str) -> Record:
        """Return a piece of property of a step of the case.

        Raises
        ------
        NamesakeFormError
            If the step has no such property.
        """
        for one in self.store.measures.items(self.case.id):
            if one.item.id == item_id and one.step_id == step.id and not one.withdrawn:
                return Record(self._debtor(step.debtor_id), one)
        raise NamesakeFormError("步骤的财产清单中没有这件财产；请刷新页面后重新选择")

    def _debtor(self, debtor_id: DebtorId) -> Debtor:
        debtors = self.store.debtors(self.case.id)
        return next(each for each in debtors if each.id == debtor_id)

    def compare(self, record: Record, hit: Hit, *, by: str) -> Comparison:
        """Compare a record with what is on file of the debtor; that it was done is audited.

        The address that is being decided, and copies of it, are no address history: they agree
        with themselves.
        """
        debtor, claim = record.debtor, record.of
        person = debtor.kind is DebtorKind.PERSON
        on_file = debtor.id_number.reveal() if debtor.id_number else None
        own = plain_key(claim.text.reveal()) if isinstance(claim, AddressClaim) else ""
        others = frozenset(
            each.text.reveal()
            for each in self.store.claims(self.case.id)
            if each.debtor_id == debtor.id and plain_key(each.text.reveal()) != own
        )
        found = compare(
            _side(debtor.name.reveal(), on_file, None, others, hit.debtor_phone, person),
            _side(hit.name, hit.id_number, hit.birth_date, hit.addresses, hit.phone, person),
            seen=hit.seen,
            gate=gate_of(self.profile, debtor.kind),
        )
        detail = {"verdict": found.verdict.value, "independent": found.independent}
        self.store.audit.append(by, "namesake.compare", record.subject, detail)
        return found

    def said_if_same(self, record: Record, found: Comparison) -> tuple[Message, ...]:
        """Return what the gate would say (N1) if a person took the record for the debtor's."""
        debtor, of = record.debtor, record.of
        mismatched = frozenset(x for x, got in found.results.items() if got is Match.MISMATCH)
        ruling = NamesakeRuling(NamesakeVerdict.SAME, found.matched, mismatched)
        on = local_day(self.store.clock())
        if isinstance(of, KeptItem):
            item = replace(of.item, ruling=ruling)
            said = check_owner(item, debtor, on=on, profile=self.profile)
        else:
            claim = replace(of, ruling=ruling)
            said = check_claim(self.case, debtor, claim, on=on, profile=self.profile)
        return tuple(each.message for each in said if each.rule == "N1")

    def decide(
        self, record: Record, found: Comparison, verdict: NamesakeVerdict, *, reason: str, by: str
    ) -> NamesakeDecision:
        """Keep what a person decided of a record on this comparison.

        Parameters
        ----------
        by
            Account id.

        Raises
        ------
        NamesakeError
            If the record is to be the debtor's though the gate does not let it be.
        ValueRangeError
            If the reason is blank.
        StoreError
            If it is stored no longer.
        """
        made = decide(
            found,
            verdict,
            subject=record.subject,
            by=by,
            at=self.store.clock(),
            reason=reason.strip(),
        )
        self.store.namesake_decisions.add(made, of=record.debtor.id)
        return made


def decisions_by_number(
    store: Store, case_id: CaseId, claims: Sequence[AddressClaim]
) -> tuple[tuple[int, KeptNamesakeDecision], ...]:
    """Return a case's decisions with the numbers of their addresses on the page."""
    numbers = {f"claim:{claim.id}": number for number, claim in enumerate(claims, start=1)}
    return tuple(
        (numbers[one.subject], one)
        for one in store.namesake_decisions.of_case(case_id)
        if one.subject in numbers
    )


def score_text(log_ratio: float, independent: int) -> Message:
    """Return a comparison's score in one line."""
    return message(
        "似然比 %(ratio).3g，独立标识 %(count)d 项相符", ratio=exp(log_ratio), count=independent
    )


def _side(
    name: str,
    number: str | None,
    born_on: date | None,
    addresses: frozenset[str],
    phone: str,
    person: bool,
) -> Side:
    return Side(
        name=name,
        id_number=number if person else None,
        birth_date=born_on if person else None,
        addresses=addresses,
        phones=frozenset({phone}),
        credit_code=None if person else number,
    )


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise NamesakeFormError(
            "项目 %(field)s 须为不超过 %(limit)d 个字符的文字", field=key, limit=_LONGEST
        )
    return value.strip()
