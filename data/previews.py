"""What an import would change, shown before it is stored.

The import is carried out in a transaction that is undone. What differs is written, line by line,
to a file that only its owner can read; it holds names and addresses as the table itself does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, select

from data.cases import case_id_of, read_cases, read_claims, read_debtors
from data.crypto import FieldCipher
from data.errors import ImportRefusedError
from data.exports.case_table import shown_values
from data.imports.cells import Table
from data.imports.columns import TableKind, columns_of
from data.imports.importers import import_file
from data.imports.report import ImportReport
from data.imports.rows import Row
from data.imports.told_columns import first_cells, guesses, known_headers
from data.kept_messages import coded
from data.row_words import KEYS, read_words
from data.schema import DebtorRow, EnforcementCaseRow
from data.sealed_files import reading_sealed, writing_sealed
from data.store import Store
from data.upsert import held_keys, table_of
from data.work import Work
from geo.messages import Message
from geo.model import Datum
from geo.ports import ProgressListener
from routes.errors import CaseNumberError
from routes.model import AddressClaim, Case, CaseId, CaseNumber, CaseStatus, Debtor

__all__ = [
    "MOST_LISTED",
    "PERSONAL",
    "PERSONAL_TABLES",
    "Preview",
    "preview_file",
    "read_preview",
]

MOST_LISTED = 500
"""How many changed cases or rows, and how many that the file lacks, are listed; all are counted."""

PERSONAL: frozenset[str] = frozenset(("特殊人员",))
"""Headers of what of a case itself is a person's; all that is of a debtor or an address is."""

PERSONAL_TABLES = frozenset(
    {
        TableKind.DUTIES,
        TableKind.LIAISONS,
        TableKind.OUTCOMES,
        TableKind.LEADS,
        TableKind.PROPERTY,
    }
)
"""Tables whose rows are a person's throughout."""

_SAMPLES = 3
_SAMPLE_CHARS = 40
_MOST_PROBLEMS = 200
_Record = Case | Debtor | AddressClaim


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the rows of a file; nothing of a person is in it.

    Parameters
    ----------
    rows
        Rows that hold something. Each is fresh, changed, unchanged or quarantined.
    missing
        Cases under execution that the store holds and the file does not name, and debtors of
        its cases that it does not name: they stay as they are.
    refused
        Whether the file as a whole cannot be imported; then nothing is counted.
    problems, notes
        As those of an :class:`data.imports.ImportReport`.
    """

    rows: int = 0
    fresh: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    missing: int = 0
    refused: bool = False
    problems: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()


def preview_file(
    store: Store,
    kind: str,
    path: Path,
    into: Path,
    *,
    datum: Datum | None = None,
    told: Mapping[str, str] | None = None,
    progress: ProgressListener | None = None,
) -> Preview:
    """Say what an import of a file would change, and change nothing.

    Parameters
    ----------
    into
        The file for the lines of :func:`read_preview`, sealed; it is there on success only.
    told
        Which column is which; see :func:`data.imports.import_file`.

    Raises
    ------
    TableFileError
        If the file cannot be read at all, or is none of rows.
    StoreError
        If the store cannot be read.
    """
    with (
        writing_sealed(store.cipher, into) as sealed,
        io.TextIOWrapper(sealed, encoding="utf-8", write_through=True) as lines,
    ):
        watch = _Watch(TableKind(kind), lines)
        try:
            report = import_file(
                store, kind, path, datum=datum, told=told, progress=progress, rehearsal=watch
            )
        except ImportRefusedError as error:
            seen = Preview(refused=True, problems=error.problems[:_MOST_PROBLEMS])
        else:
            seen = watch.preview(report)
        for what, said in (("problem", seen.problems), ("note", seen.notes)):
            for one in said:
                watch.say(what, said=coded(one))
        return seen


def read_preview(
    cipher: FieldCipher, path: Path, what: str, *, first: int = 0, count: int
) -> list[dict[str, Any]]:
    """Return some lines of one kind from the file of a preview, from ``first`` on.

    Parameters
    ----------
    what
        ``column``: a column of the file with its first cells, and a guess where nobody knows
        it. ``unknown``: a column that holds
        something and would be left out, for nobody knows its header. ``changed``: a case, or a
        thing of another table, with what differs. ``missing``: what the file does not name.
        ``problem`` and ``note``: what is to be said of the file, for
        :func:`data.kept_messages.decoded`.
    """
    with io.TextIOWrapper(reading_sealed(cipher, path), encoding="utf-8") as lines:
        found = (line for line in map(json.loads, lines) if line["what"] == what)
        return list(islice(found, first, first + count))


@dataclass(slots=True)
class _Watch:
    """Counts and lists while an import is rehearsed."""

    kind: TableKind
    lines: TextIO
    fresh: int = 0
    changed: int = 0
    missing: int = 0
    _listed: int = 0
    _seen: set[Hashable] = field(default_factory=set)
    _in_doubt: set[Hashable] = field(default_factory=set)
    _before: list[Connection] = field(default_factory=list)

    def tables(self, tables: Sequence[Table], told: Sequence[Mapping[str, str]]) -> None:
        """List the columns of the table that has most of those that are known."""
        columns = columns_of(self.kind)
        known = [{**known_headers(columns), **one} for one in told]
        table, keys = max(
            zip(tables, known, strict=True),
            key=lambda each: sum(bool(each[1].get(text)) for text in each[0].header),
        )
        guessed = guesses(table, keys, columns)
        for index, text in enumerate(table.header):
            if text:
                self.say(
                    "column",
                    header=text,
                    key=keys.get(text, ""),
                    guess=guessed.get(text, ""),
                    samples=_samples(table, index),
                )

    def unknown(self, headers: Collection[str]) -> None:
        """List the columns that would be left out, for nobody knows them."""
        for text in headers:
            self.say("unknown", header=text)

    @contextmanager
    def begin(self, store: Store) -> Iterator[Work]:
        """Yield the transaction that is undone."""
        with store.rehearse() as (work, before):
            self._before = [before]
            yield work

    def took(self, work: Work, rows: Sequence[Row], written: frozenset[Hashable]) -> None:
        """Count rows by what is new, and list the cases that change."""
        (before,) = self._before
        own = held_keys(work.connection, KEYS[self.kind], written)
        fresh = own - held_keys(before, KEYS[self.kind], own)
        touched: set[Hashable] = set()
        for row in rows:
            self._note(work, row)
            if row.problems or row.keys.isdisjoint(written):
                continue
            touched |= row.keys
            if row.keys.isdisjoint(fresh):
                self.changed += 1
            else:
                self.fresh += 1
        if self.kind is TableKind.CASES:
            room = MOST_LISTED - self._listed
            held = held_keys(before, EnforcementCaseRow.id, touched) if room else set()
            known = read_cases(before, *(CaseId(str(key)) for key in held)) if held else ()
            self._list_changes(work, [case.id for case in known[:room]])
        else:
            self._list_rows(work, own - fresh)

    def end(self) -> None:
        """List what the store holds and the file does not name."""
        if self.kind is not TableKind.CASES:
            return
        (before,) = self._before
        case, debtor = table_of(EnforcementCaseRow), table_of(DebtorRow)
        cases = select(case.c.id, case.c.number).order_by(case.c.sort_key)
        ongoing = cases.where(case.c.status != CaseStatus.ENDED.value)
        for row in before.execute(ongoing):
            if row.id not in self._seen:
                self._lack(number=row.number)
        named = select(debtor.c.id, debtor.c.case_id, debtor.c.name, case.c.number).join(
            case, case.c.id == debtor.c.case_id
        )
        for one in before.execute(named.order_by(case.c.sort_key, debtor.c.id)):
            known = one.case_id in self._seen and one.case_id not in self._in_doubt
            if known and one.id not in self._seen:
                self._lack(case=one.case_id, number=one.number, name=one.name)

    def preview(self, report: ImportReport) -> Preview:
        """Return the counts."""
        return Preview(
            report.rows,
            self.fresh,
            self.changed,
            report.rows - self.fresh - self.changed - report.quarantined,
            report.quarantined,
            self.missing,
            problems=report.problems[:_MOST_PROBLEMS],
            notes=report.notes[:_MOST_PROBLEMS],
        )

    def _note(self, work: Work, row: Row) -> None:
        """Remember what a row speaks of; of one with a problem only its case is known."""
        if self.kind is not TableKind.CASES:
            return
        self._seen |= row.keys
        if row.problems:
            try:
                number = CaseNumber.parse(str(row.get("number", "")))
            except CaseNumberError:
                return
            case_id = case_id_of(work.cipher, number)
            self._seen.add(case_id)
            self._in_doubt.add(case_id)

    def _list_changes(self, work: Work, case_ids: Sequence[CaseId]) -> None:
        (before,) = self._before
        for case_id in case_ids:
            held = dict(_records(before, case_id))
            now = dict(_records(work.connection, case_id))
            parts = [part for key, one in now.items() if (part := _part(one, held.get(key), now))]
            if parts:
                self._listed += 1
                number = next(str(one.number) for one in now.values() if isinstance(one, Case))
                self.say("changed", case=case_id, number=number, parts=parts)

    def _list_rows(self, work: Work, keys: Iterable[Hashable]) -> None:
        """List what changes of things that are no cases."""
        (before,) = self._before
        keys = sorted(keys, key=str)[: MOST_LISTED - self._listed]
        held = read_words(before, self.kind, keys)
        now = read_words(work.connection, self.kind, keys)
        for key in keys:
            old, new = held[key].values, now[key].values
            fields = [
                (header, old.get(header, ""), text)
                for header, text in new.items()
                if old.get(header, "") != text
            ]
            if fields:
                self._listed += 1
                of = {"case": now[key].case_id} if now[key].case_id is not None else {}
                own = "Person" if self.kind in PERSONAL_TABLES else "Row"
                part = {"of": own, "name": "", "address": "", "added": False, "fields": fields}
                self.say("changed", **of, number=now[key].title, parts=[part])

    def _lack(self, **facts: str) -> None:
        self.missing += 1
        if self.missing <= MOST_LISTED:
            self.say("missing", **facts)

    def say(self, what: str, **facts: Any) -> None:
        """Write a line."""
        line = json.dumps({"what": what, **facts}, ensure_ascii=False, default=str)
        self.lines.write(line + "\n")


def _records(connection: Connection, case_id: CaseId) -> Iterator[tuple[str, _Record]]:
    found: Iterable[_Record] = (
        *read_cases(connection, case_id),
        *read_debtors(connection, case_id),
        *read_claims(connection, case_id),
    )
    for one in found:
        yield one.id, one


def _part(one: _Record, held: _Record | None, now: Mapping[str, _Record]) -> dict[str, Any]:
    """Return what is new of a record; empty where nothing is."""
    new, old = shown_values(one), {} if held is None else shown_values(held)
    fields = [
        (header.replace("1", ""), old.get(header, ""), value)
        for header, value in new.items()
        if old.get(header, "") != value
    ]
    if not fields:
        return {}
    person = now[one.debtor_id] if isinstance(one, AddressClaim) else one
    return {
        "of": type(one).__name__,
        "name": person.name.reveal() if isinstance(person, Debtor) else "",
        "address": one.text.reveal() if isinstance(one, AddressClaim) else "",
        "added": held is None,
        "fields": fields,
    }


def _samples(table: Table, index: int) -> list[str]:
    return [str(cell)[:_SAMPLE_CHARS] for cell in first_cells(table, index, _SAMPLES)]
