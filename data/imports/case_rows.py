"""Rows of the case table into cases and debtors, and into the claims of their addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from data.cases import (
    Columns,
    SealedCases,
    case_ids_of,
    debtor_ids_of,
    plain_keys,
    seal_cases,
)
from data.imports.claim_rows import ClaimRows, identifiers_of, places_at
from data.imports.columns import ADDRESS_COLUMNS, MAX_ADDRESSES
from data.imports.context import Context, Put
from data.imports.rows import Row, locate_rows
from routes.errors import CaseNumberError, ValueRangeError
from routes.identity import credit_code, read_number, resident_numbers
from routes.model import (
    Case,
    CaseId,
    CaseNumber,
    Debtor,
    DebtorId,
    DebtorKind,
    Grade,
    Identifier,
    PlaceKind,
)

__all__ = ["case_meant", "check_cases", "parse_number", "sealed_cases"]

_CASE_KEYS = (
    "kind",
    "claim_yuan",
    "filed_on",
    "status",
    "basis_document",
    "basis_served_on",
    "performance_due_on",
    "notice_sent_on",
    "grade",
    "contact_logged_on",
    "paused_until",
    "major_matter",
    "vulnerable",
    "objection_pending",
    "instalments",
)
_DEBTOR_KEYS = (
    "debtor_kind",
    "debtor_id_number",
    "identifiers",
    "needs_female_officer",
    "situation",
    "languages",
)
_UNSAID: Mapping[str, Any] = {
    "grade": Grade.NONE,
    "instalments": (),
}
"""What holds of a case where no row says otherwise; other facts are then not known."""

_ASKED_OF_CASE = frozenset(("major_matter", "vulnerable", "objection_pending"))
_ASKED_OF_DEBTOR = frozenset(("situation",))
"""Answers of people: a row that gives none takes none back."""

_KEPT_OF_CASE = frozenset(("instalments",))
_KEPT_OF_DEBTOR = frozenset(("languages",))
_USUAL_PLACES = {
    DebtorKind.PERSON: PlaceKind.HOME.value,
    DebtorKind.COMPANY: PlaceKind.BUSINESS.value,
}
_DEBTOR_KINDS = {kind.value: kind for kind in DebtorKind}
_COMPANY_ENDINGS = ("公司", "厂", "集团", "合作社", "合伙企业", "事务所", "商行", "经营部", "店")
_ID_NUMBER = re.compile(r"[0-9A-Z()\-]{5,30}")
_USUAL_FORM = re.compile(r"（[1-9][0-9]{3}）[一-龥][0-9]{2,4}[一-龥]{1,4}[1-9][0-9]{0,5}号")
"""Case numbers as they are written out."""

_HAS_CHECK = re.compile(r"[0-9A-Z]{18}")
"""Form of the numbers with a check digit: GB 11643 for people, GB 32100 for companies."""

_COURTS = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新兵军最"
"""What court codes begin with: provinces, 兵团, military courts, 最高法 (法〔2015〕137号)."""


class _AddressKeys(NamedTuple):
    """Keys of the columns of an address: of its text, and of what is said of it."""

    n: int
    text: str
    others: tuple[str, ...]


_ADDRESSES = tuple(
    _AddressKeys(n, f"address_text_{n}", tuple(f"{c.key}_{n}" for c in ADDRESS_COLUMNS[1:]))
    for n in range(1, MAX_ADDRESSES + 1)
)


@dataclass(slots=True)
class _Merged:
    """What the rows of one case, or of one debtor of it, say together."""

    first: Row
    values: Mapping[str, Any]
    columns: Set[str]

    @classmethod
    def of(cls, row: Row) -> _Merged:
        """Return what the first row says."""
        return cls(row, row.values, row.columns.keys())

    def take(self, row: Row, keys: Iterable[str]) -> bool:
        """Add a row's values; note a contradiction as the row's problem and return False."""
        agrees = True
        for key in keys:
            value = row.get(key)
            if value is not None and self.values.get(key, value) != value:
                row.refuse(
                    "与第 %(first)d 行同一案件的记载不一致；请改为一致",
                    column=key,
                    first=self.first.place.row,
                )
                agrees = False
        if agrees:
            more = {key: row.values[key] for key in keys if key in row.values}
            self.values = {**self.values, **more}
            self.columns = self.columns | row.columns.keys()
        return agrees

    def lacks(self, columns: Set[str], answers: Set[str]) -> bool:
        """Whether some of these have no column, or some of these answers are not given."""
        return not (self.columns >= columns and self.values.keys() >= answers)

    def keep(self, held: Case | Debtor | None, columns: Set[str], answers: Set[str]) -> None:
        """Take from the stored record what has no column, and answers that no row gives."""
        if held is not None:
            kept = (columns - self.columns) | (answers - self.values.keys())
            self.values = {**self.values, **{key: getattr(held, key) for key in kept}}


def parse_number(row: Row) -> CaseNumber | None:
    """Return the row's case number, or note what is wrong with it."""
    text = row.get("number")
    if text is None:
        return None
    try:
        number = CaseNumber.parse(text)
    except CaseNumberError as error:
        row.refuse_with(error.message, "number")
        return None
    if number.court[0] not in _COURTS:
        row.refuse("法院代字不存在；请核对案号，应形如“（2022）闽0504执123号”", column="number")
        return None
    return number


def case_meant(text: str) -> str:
    """Return the case number that a cell means, or its text where it is none."""
    if _USUAL_FORM.fullmatch(text):
        return text
    try:
        return str(CaseNumber.parse(text))
    except CaseNumberError:
        return text


def check_cases(context: Context, rows: Sequence[Row]) -> Put:
    """Check case rows, and return the step that stores those without a problem."""
    sealed = sealed_cases(context, rows)
    return lambda: sealed.put(context.work)


def sealed_cases(context: Context, rows: Sequence[Row]) -> SealedCases:
    """Check case rows, and return what is to be stored of those without a problem.

    It is asked of ``context.held`` what is stored, so that another process may do it.

    Rows of one case number are its debtors; rows of one debtor add their addresses up. What
    blocks a visit and has no column in the file stays as it is stored: silence lifts no block. So
    does an answer that a person gave where the file's cell is empty.
    """
    cipher = context.work.cipher
    numbers = {id(row): number for row in rows if (number := parse_number(row)) is not None}
    sheets = {id(row.columns): row.columns for row in rows}  # all rows of a sheet share theirs
    has = set().union(*sheets.values())
    addresses = [keys for keys in _ADDRESSES if not has.isdisjoint((keys.text, *keys.others))]
    points = {
        keys.n: locate_rows(
            rows,
            datum=context.datum,
            heard=context.positions,
            prefix="address_",
            suffix=f"_{keys.n}",
        )
        for keys in addresses
    }
    id_numbers = (row.values.get("debtor_id_number") for row in rows)
    sound = resident_numbers(number for number in id_numbers if number is not None)
    for row in rows:
        _check_row(row, addresses, sound)
    cases: dict[CaseId, tuple[CaseNumber, _Merged]] = {}
    debtors: dict[DebtorId, tuple[CaseId, _Merged]] = {}
    claims = ClaimRows()
    good = [row for row in rows if not row.problems]
    case_ids = case_ids_of(cipher, [numbers[id(row)] for row in good])
    debtor_ids = debtor_ids_of(cipher, case_ids, [row.values["debtor_name"] for row in good])
    plain = {
        keys.n: plain_keys([row.values.get(keys.text, "") for row in good]) for keys in addresses
    }
    for at, (row, case_id, debtor_id) in enumerate(zip(good, case_ids, debtor_ids, strict=True)):
        if case_id not in cases:
            cases[case_id] = numbers[id(row)], _Merged.of(row)
        elif not cases[case_id][1].take(row, _CASE_KEYS):
            continue
        if debtor_id not in debtors:
            debtors[debtor_id] = case_id, _Merged.of(row)
        elif not debtors[debtor_id][1].take(row, _DEBTOR_KEYS):
            continue
        row.keys |= {case_id, debtor_id}
        usual = _USUAL_PLACES[_debtor_kind(row.values)]
        for keys in addresses:
            if keys.text in row.values:
                point = points[keys.n].get(id(row))
                own = plain[keys.n][at]
                claims.add(row, keys.n, debtor_id, plain=own, usual=usual, point=point)
    held = context.held.known(tuple(cases))
    _keep_blocks(context, held, cases, debtors)
    of_held = tuple(one for one, (case_id, _) in debtors.items() if case_id in held)
    settled = claims.settle(cipher, context.held.claims(of_held) if of_held else {})
    return seal_cases(
        cipher,
        context.work.connection.dialect,
        _cases(cases),
        _debtors(debtors),
        settled.claims,
        places=places_at(context.areas, settled.given),
        given_points=settled.given,
        new=frozenset(cases) - held,
        known_parts=context.known_parts,
    )


def _check_row(row: Row, addresses: Sequence[_AddressKeys], sound: Set[str]) -> None:
    """Note what is wrong with a row; ``sound`` are identity numbers that need no other look."""
    if row.values.get("claim_yuan", 0.0) < 0.0:
        row.refuse("不能为负数", column="claim_yuan")
    number = row.values.get("debtor_id_number")
    if number is not None and number not in sound:
        plain = number
        if _ID_NUMBER.fullmatch(number) is None:
            plain = "".join(unicodedata.normalize("NFKC", number).split()).upper()
        if _ID_NUMBER.fullmatch(plain):
            row.values["debtor_id_number"] = plain
        else:
            row.refuse("只能含数字和字母，5 至 30 位；请核对", column="debtor_id_number")
        meant = _meant(plain)
        if meant is None and _HAS_CHECK.fullmatch(plain):
            row.refuse(
                "身份证号码或统一社会信用代码的校验位不符，有数字错漏；请核对",
                column="debtor_id_number",
            )
        if row.get("debtor_kind") == DebtorKind.PERSON and meant is DebtorKind.COMPANY:
            row.refuse(
                "自然人不得填写统一社会信用代码；请改填身份证件号码，个体工商户填经营者的号码，"
                "是单位的请把被执行人类型填为“单位”",
                column="debtor_id_number",
            )
    for keys in addresses:
        if keys.text not in row.values and keys.text not in row.unread:
            stray = next((key for key in keys.others if key in row.values), None)
            if stray is not None:
                row.refuse(
                    "地址为空，却填了“%(filled)s”；请补填地址或清空该格",
                    column=keys.text,
                    filled=row.headers[stray],
                )


def _meant(number: str | None) -> DebtorKind | None:
    """Return whose a number is, None where its form tells nothing or its check digit is wrong.

    One identity number in 31 passes the check of a company's too.
    """
    if number is None:
        return None
    if _reads(number, read_number):
        return DebtorKind.PERSON
    return DebtorKind.COMPANY if _reads(number, credit_code) else None


def _reads(number: str, read: Callable[[str], object]) -> bool:
    try:
        read(number)
    except ValueRangeError:
        return False
    return True


def _keep_blocks(
    context: Context,
    held: frozenset[CaseId],
    cases: Mapping[CaseId, tuple[CaseNumber, _Merged]],
    debtors: Mapping[DebtorId, tuple[CaseId, _Merged]],
) -> None:
    """Give the merged records the stored values that the file has no column for."""
    if held and any(one.lacks(_KEPT_OF_CASE, _ASKED_OF_CASE) for _, one in cases.values()):
        held_cases = {case.id: case for case in context.held.cases(tuple(held))}
        for case_id, (_, merged) in cases.items():
            merged.keep(held_cases.get(case_id), _KEPT_OF_CASE, _ASKED_OF_CASE)
    if held and any(one.lacks(_KEPT_OF_DEBTOR, _ASKED_OF_DEBTOR) for _, one in debtors.values()):
        held_debtors = {debtor.id: debtor for debtor in context.held.debtors(tuple(held))}
        for debtor_id, (_, merged) in debtors.items():
            merged.keep(held_debtors.get(debtor_id), _KEPT_OF_DEBTOR, _ASKED_OF_DEBTOR)


def _cases(cases: Mapping[CaseId, tuple[CaseNumber, _Merged]]) -> Columns:
    """Return cases field by field."""
    values = [merged.values for _, merged in cases.values()]
    return {
        "id": tuple(cases),
        "number": [number for number, _ in cases.values()],
        **{
            key: [each.get(key, unsaid) for each in values]
            for key, unsaid in ((key, _UNSAID.get(key)) for key in _CASE_KEYS)
        },
    }


def _debtors(debtors: Mapping[DebtorId, tuple[CaseId, _Merged]]) -> Columns:
    """Return debtors field by field."""
    values = [merged.values for _, merged in debtors.values()]
    return {
        "id": tuple(debtors),
        "case_id": [case_id for case_id, _ in debtors.values()],
        "kind": [_debtor_kind(each) for each in values],
        "name": [each["debtor_name"] for each in values],
        "id_number": [each.get("debtor_id_number") for each in values],
        "identifiers": [
            identifiers_of(each.get("identifiers", (Identifier.NAME,))) for each in values
        ],
        "needs_female_officer": [each.get("needs_female_officer", False) for each in values],
        "situation": [each.get("situation") for each in values],
        "languages": [frozenset(each.get("languages", ())) for each in values],
    }


def _debtor_kind(values: Mapping[str, Any]) -> DebtorKind:
    stated = values.get("debtor_kind")
    if stated is not None:
        return _DEBTOR_KINDS[stated]
    is_company = (
        values["debtor_name"].endswith(_COMPANY_ENDINGS)
        or _meant(values.get("debtor_id_number")) is DebtorKind.COMPANY
    )
    return DebtorKind.COMPANY if is_company else DebtorKind.PERSON
