"""Cells of a foreign table as a reader sees them, before anything of them is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from data.imports.columns import TableKind, columns_of
from data.imports.told_columns import known_headers
from data.masks import PersonField, Sights
from routes.model import SecretText

__all__ = ["SeenCells"]

_FIELDS: Mapping[str, PersonField] = {
    "debtor_name": PersonField.NAME,
    "debtor_id_number": PersonField.ID_NUMBER,
    "id_number": PersonField.ID_NUMBER,
}
_OF_LIAISONS: Mapping[str, PersonField] = {
    "name": PersonField.NAME,
    "phone": PersonField.PHONE,
}
_OF_NOBODY = frozenset({(TableKind.STATIONS, "phone"), (TableKind.LIAISONS, "grid_code")})

_LONG_NUMBER = re.compile(r"(?<![0-9０-９.])[0-9０-９](?:[ 　\-－]?[0-9０-９]){10,}[XxＸｘ]?")
"""Eleven digits and more, in half or full width: a telephone, an identity number, an account."""
_IDENTITY_DIGITS = 14  # and a sign that may be no digit


@dataclass(frozen=True, slots=True)
class SeenCells:
    """The cells of one kind of table, for one reader.

    A column that is known says of whom its cells speak. Long numbers in all other texts are
    masked by their form, since the header of a foreign table may be any.
    """

    kind: TableKind
    seen: Sights

    def under(self, header: str, text: str) -> str:
        """Return what is seen of a cell under a header."""
        return self.of(_keys(self.kind).get(header, ""), text)

    def of(self, key: str, text: str) -> str:
        """Return what is seen of a cell of a column; an empty key is that of an unknown one."""
        if (self.kind, key) in _OF_NOBODY:
            return text
        field = _field(self.kind, key)
        if field is not None:
            return self.seen.seen(field, SecretText(text)) or ""
        return _LONG_NUMBER.sub(self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        number = found[0]
        is_identity = sum(sign.isdigit() for sign in number) >= _IDENTITY_DIGITS
        field = PersonField.ID_NUMBER if is_identity else PersonField.PHONE
        return self.seen.seen(field, SecretText(number)) or ""


@cache
def _keys(kind: TableKind) -> Mapping[str, str]:
    return known_headers(columns_of(kind))


def _field(kind: TableKind, key: str) -> PersonField | None:
    if kind is TableKind.LIAISONS:
        return _OF_LIAISONS.get(key)
    return _FIELDS.get(key)
