"""Cases with their debtors and addresses as the table that ``fieldwrit import cases`` takes."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data.exports.cell_words import cell_word
from data.exports.table_files import TableValue, plain_text, write_book, write_csv
from data.imports.claim_rows import is_given
from data.imports.columns import (
    NONE_FOUND,
    NOT_ASKED,
    TABLES,
    Column,
    TableKind,
    columns_of,
)
from data.templates import TABLE_NAMES
from routes.model import AddressClaim, Case, Debtor, DebtorId, Instalment

__all__ = ["CASE_FORMATS", "case_rows", "shown_values", "write_cases"]

_KINDS = {column.key: column for column in columns_of(TableKind.CASES)}


def case_rows(
    cases: Iterable[Case], debtors: Iterable[Debtor], claims: Iterable[AddressClaim]
) -> Iterator[tuple[dict[str, TableValue], AddressClaim | None]]:
    """Yield a row for each claim of each debtor, by header, with its claim.

    A debtor without a claim has one row. Only a position that a source stated has columns: one
    that was looked up is not the source's.
    """
    by_debtor: dict[DebtorId, list[AddressClaim]] = defaultdict(list)
    for claim in claims:
        if claim.text.reveal():
            by_debtor[claim.debtor_id].append(claim)
    known = {case.id: case for case in cases}
    for debtor in debtors:
        if debtor.case_id not in known or not debtor.name.reveal():
            continue
        head = _case_values(known[debtor.case_id]) | _debtor_values(debtor)
        for claim in by_debtor.get(debtor.id, ()):
            yield _shown(head | _claim_values(claim, 1)), claim
        if debtor.id not in by_debtor:
            yield _shown(head), None


def write_cases(
    path: Path,
    form: str,
    cases: Iterable[Case],
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
) -> int:
    """Write the table to a file that is there already, and return its number of rows.

    Parameters
    ----------
    form
        One of :data:`CASE_FORMATS`; ``gpkg`` holds the claims that have a place, as points.
    """
    return _WRITERS[form](path, list(case_rows(cases, debtors, claims)))


def shown_values(record: Case | Debtor | AddressClaim) -> dict[str, str]:
    """Return the words of one record as its row has them, by header; those of a claim as 地址1."""
    if isinstance(record, Case):
        values = _case_values(record)
    elif isinstance(record, Debtor):
        values = _debtor_values(record)
    else:
        values = _claim_values(record, 1)
    return {
        header: f"{value:.15g}" if isinstance(value, float) else plain_text(value)
        for header, value in _shown(values).items()
    }


def _case_values(case: Case) -> dict[str, Any]:
    return {
        key: getattr(case, key)
        for key in (column.key for column in TABLES[TableKind.CASES])
        if hasattr(case, key)
    } | {
        "number": str(case.number),
        "kind": case.kind.value,
        "instalments": [_instalment(one) for one in case.instalments],
    }


def _debtor_values(debtor: Debtor) -> dict[str, Any]:
    return {
        "debtor_name": debtor.name.reveal(),
        "debtor_kind": debtor.kind.value,
        "debtor_id_number": debtor.id_number.reveal() if debtor.id_number else None,
        "identifiers": sorted(debtor.identifiers),
        "needs_female_officer": debtor.needs_female_officer,
        "situation": None if debtor.situation is None else debtor.situation.value,
        "languages": sorted(debtor.languages),
    }


def _claim_values(claim: AddressClaim, n: int) -> dict[str, Any]:
    given = claim.place.point if claim.place is not None and is_given(claim.place) else None
    return {
        f"address_text_{n}": claim.text.reveal(),
        f"address_source_{n}": claim.source.value,
        f"address_kind_{n}": claim.kind.value,
        f"address_seen_on_{n}": claim.seen_on,
        f"address_basis_{n}": claim.basis,
        f"address_identifiers_{n}": sorted(claim.identifiers),
        f"address_military_{n}": claim.military_site,
        f"address_expires_on_{n}": claim.expires_on,
        f"address_lon_{n}": None if given is None else repr(given.lon),
        f"address_lat_{n}": None if given is None else repr(given.lat),
        f"address_datum_{n}": None if given is None else "wgs84",
    }


def _shown(values: Mapping[str, Any]) -> dict[str, TableValue]:
    """Return the words of a row by header, as the importer reads them."""
    return {
        _KINDS[key].header: _answer(value, _KINDS[key])
        for key, value in values.items()
        if key in _KINDS
    }


def _answer(value: Any, column: Column) -> TableValue:
    if column.asked and value is None:
        return NOT_ASKED
    if column.asked and value == ():
        return NONE_FOUND
    return cell_word(value, column.choices)


def _instalment(one: Instalment) -> str:
    received = "" if one.received_on is None else f"已收{one.received_on.isoformat()}"
    return f"{one.due_on.isoformat()}{received}"


_Rows = Sequence[tuple[Mapping[str, TableValue], AddressClaim | None]]


def _headers(count: int) -> list[str]:
    return [column.header for column in columns_of(TableKind.CASES, addresses=count)]


def _write_csv(path: Path, rows: _Rows) -> int:
    write_csv(path, _headers(1), [row for row, _ in rows])
    return len(rows)


def _write_book(path: Path, rows: _Rows) -> int:
    write_book(path, TABLE_NAMES[TableKind.CASES], _headers(1), [row for row, _ in rows])
    return len(rows)


def _write_places(path: Path, rows: _Rows) -> int:
    """Write a layer of the claims that have a place; the position is the point alone."""
    import numpy as np
    import pyogrio
    import shapely

    headers = [h for h in _headers(1) if not h.endswith(("经度", "纬度", "坐标系"))]
    placed = [(row, claim.place.point) for row, claim in rows if claim is not None and claim.place]
    lonlat = np.array([(point.lon, point.lat) for _, point in placed]).reshape(-1, 2)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        written = Path(folder) / "places.gpkg"
        pyogrio.raw.write(
            written,
            geometry=shapely.to_wkb(shapely.points(lonlat)),
            field_data=[
                np.array([plain_text(row.get(header, "")) for row, _ in placed], dtype=object)
                for header in headers
            ],
            fields=headers,
            layer="cases",
            driver="GPKG",
            geometry_type="Point",
            crs="EPSG:4326",
        )
        written.chmod(0o600)
        written.replace(path)
    return len(placed)


_WRITERS: Mapping[str, Callable[[Path, _Rows], int]] = MappingProxyType(
    {"csv": _write_csv, "gpkg": _write_places, "xlsx": _write_book}
)
CASE_FORMATS = tuple(_WRITERS)
"""Names of the formats that :func:`write_cases` writes."""
