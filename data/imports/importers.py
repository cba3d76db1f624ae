"""Files into the store, whole or not at all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Generator, Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from data.cases import SealedCases
from data.column_maps import ColumnMap
from data.crypto import new_id
from data.errors import ImportRefusedError, TableFileError
from data.imports.ahead import made_ahead
from data.imports.apart import read_apart
from data.imports.archives import sound
from data.imports.case_rows import case_meant, check_cases, sealed_cases
from data.imports.cells import Table
from data.imports.columns import Column, TableKind, columns_of
from data.imports.context import Check, Context, Put, Rehearsal
from data.imports.duty_rows import check_duties
from data.imports.evidence_rows import check_leads, check_outcomes
from data.imports.field_rows import (
    check_checkpoints,
    check_liaisons,
    check_stations,
    check_teams,
)
from data.imports.file_kinds import LAYER_KINDS, FileKind, damaged_layer, kind_of
from data.imports.held import AskedStore, OpenStore, Question
from data.imports.known_files import KnownFile, file_digest, find, note
from data.imports.property_rows import check_property
from data.imports.readers import read_tables
from data.imports.reference_rows import check_calendar, check_gazetteer, put_areas
from data.imports.report import ImportReport
from data.imports.rows import Row, Rows, StatedPosition, headers_of, place_of, read_rows
from data.imports.told_columns import fitting, renamed
from data.many_rows import many_rows
from data.model import ImportBatch, PutCounts
from data.quarantine import put_batch, put_quarantined
from data.store import Store
from data.work import Work
from geo.errors import AreaFileError
from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import Datum
from geo.ports import ProgressListener

if TYPE_CHECKING:
    from geo.areafile import AreaReading
    from geo.datum_evidence import KnownPlaces

__all__ = ["AREAS", "IMPORT_KINDS", "import_file", "import_rows"]

AREAS = "areas"
_LEAST_POSITIONS = 8  # fewer are no evidence of a datum
_MANY_ROWS = 10_000  # whose reading is worth a process of its own

_CHECKS: Mapping[TableKind, Check] = MappingProxyType(
    {
        TableKind.CASES: check_cases,
        TableKind.STATIONS: check_stations,
        TableKind.CHECKPOINTS: check_checkpoints,
        TableKind.TEAMS: check_teams,
        TableKind.DUTIES: check_duties,
        TableKind.LIAISONS: check_liaisons,
        TableKind.OUTCOMES: check_outcomes,
        TableKind.LEADS: check_leads,
        TableKind.GAZETTEER: check_gazetteer,
        TableKind.CALENDAR: check_calendar,
        TableKind.PROPERTY: check_property,
    }
)

IMPORT_KINDS: tuple[str, ...] = (*(kind.value for kind in TableKind), AREAS)
"""What :func:`import_file` takes."""


def import_file(
    store: Store,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    quarantine: bool = False,
    actor: str = "cli",
    known: Callable[[], KnownPlaces] | None = None,
    progress: ProgressListener | None = None,
    rehearsal: Rehearsal | None = None,
    told: Mapping[str, str] | None = None,
    left_out: Collection[str] | None = None,
) -> ImportReport:
    """Import one file in one transaction.

    Parameters
    ----------
    kind
        One of :data:`IMPORT_KINDS`. Boundaries replace all stored ones.
    path
        A workbook, a text table or a layer of points (GeoJSON, GeoPackage, Shapefile, KML); for
        areas one of these layers, with polygons.
    datum
        Datum of positions whose row names none; WGS84 by default. A layer that states no
        coordinate system needs it.
    quarantine
        Store the good rows and keep the bad ones with their reasons. Otherwise one bad row
        refuses the file.
    actor
        Account id for the audit chain.
    known
        Gives the places known in WGS84. Where the file's positions fit them clearly better in
        another datum than the stated one, a note says so; nothing else changes.
    progress
        Told how many rows are read, checked and stored.
    rehearsal
        Where one is given nothing is stored, not even who asked: the good rows are written as
        they would be, shown to it, and undone. It takes no areas.
    told
        The key of a column by header, empty for one that is not imported. Without it a kept
        template for a table with the same headers is used, and a note says so.
    left_out
        Headers that are not known and whose columns may be left out; any other that holds
        something refuses the file. Without it each is left out, and a note says so.

    Returns
    -------
    ImportReport
        The same file again is all ``unchanged``.

    Raises
    ------
    TableFileError
        If the file cannot be read at all, or the kind is not known.
    ImportRefusedError
        If a column is missing or a row is bad; ``problems`` has one sentence for each.
    geo.errors.AreaFileError
        If a boundary file is bad.
    StoreError
        If the store cannot be written. After any error the store is as it was.
    """
    if kind == AREAS and rehearsal is not None:
        raise TableFileError("区域文件没有可比对的行，请直接导入")
    if kind == AREAS:
        return _import_areas(store, path, datum or Datum.WGS84, actor, progress)
    if kind not in IMPORT_KINDS:
        raise TableFileError(
            "不认识的导入种类；请用以下之一：%(known)s", known="、".join(IMPORT_KINDS)
        )
    table_kind = TableKind(kind)
    return import_rows(
        store,
        kind,
        path,
        columns_of(table_kind),
        _CHECKS[table_kind],
        together=("number", case_meant) if table_kind is TableKind.CASES else None,
        noted=table_kind is TableKind.CASES,
        datum=datum,
        quarantine=quarantine,
        actor=actor,
        known=known,
        progress=progress,
        rehearsal=rehearsal,
        told=told,
        left_out=left_out,
    )


def import_rows(
    store: Store,
    kind: str,
    path: Path,
    columns: Sequence[Column],
    check: Check,
    *,
    together: tuple[str, Callable[[str], Hashable]] | None = None,
    noted: bool = False,
    datum: Datum | None = None,
    quarantine: bool = False,
    actor: str = "cli",
    known: Callable[[], KnownPlaces] | None = None,
    progress: ProgressListener | None = None,
    rehearsal: Rehearsal | None = None,
    told: Mapping[str, str] | None = None,
    left_out: Collection[str] | None = None,
) -> ImportReport:
    """Import the rows of a table; see :func:`import_file` for what it has in common.

    Parameters
    ----------
    kind
        Names the kind of table in report, audit and quarantine.
    columns
        What is read.
    check
        Notes what is wrong with rows, and stores the others.
    together
        The column that says which rows are checked together, and what its text means; those of
        the whole file without it.
    noted
        Whether a file that the store holds as it is may be known without reading it: the table
        must depend on cases, debtors and claims only.
    """
    today, stated, datum = local_day(store.clock()), datum, datum or Datum.WGS84
    noted, quarantine = noted and rehearsal is None, quarantine or rehearsal is not None
    maps = store.column_maps.all(kind) if told is None else ()
    reading = (
        *columns,
        *sorted((told or {}).items()),
        *((one.id, *one.columns.items()) for one in maps),
    )
    digest = file_digest(store.cipher, path, reading, datum=datum, on=today) if noted else None
    if digest is not None and (report := _known(store, kind, path, digest, actor)) is not None:
        _tell(progress, report.rows, report.rows)
        return report
    with _collecting_later():
        known_texts = headers_of(columns).union(told or (), *(one.columns for one in maps))
        tables = read_tables(path, known=known_texts, place=place_of(columns), datum=stated)
        tables, used = _told_apart(tables, told, maps, columns, rehearsal, today)
        found = read_rows(tables, columns, on=today)
        del tables
        if rehearsal is not None:
            rehearsal.unknown(found.unknown)
        elif left_out is not None:
            found.refuse_unknown(agreed=left_out)
        steps = 3 * found.count
        _tell(progress, found.count, steps)
        parts = found.parts(together)
        opened = store.write() if rehearsal is None else rehearsal.begin(store)
        with opened as work:
            context = Context(work, datum, OpenStore(work.connection))
            tally = _Tally()
            if rehearsal is not None:
                checked = _rehearsed(context, found, parts, check, rehearsal)
            elif together is not None and found.count >= _MANY_ROWS:
                checked = _checked_ahead(path, context, found, parts)
            else:
                checked = (_checked(context, found.made(part), check) for part in parts)
            with closing(checked):
                for said, put in checked:
                    refused = tally.bad or said.refused
                    written = put().written if quarantine or not refused else frozenset()
                    tally.take(said, written)
                    _tell(progress, found.count + 2 * tally.rows, steps)
            bad = sorted(tally.bad, key=lambda row: row.order)
            if bad and not quarantine:
                raise _refused(path, bad)
            notes = (*found.notes, *context.notes, *_doubts(context, known), *tally.notes())
            report = replace(
                tally.report(kind, path, found.encoding, bad, (*map(_by_template, used), *notes)),
                templates=used,
            )
            if rehearsal is not None:
                rehearsal.end()
            else:
                _record(work, report, bad, actor)
            silent = not (bad or notes or len(context.positions) >= _LEAST_POSITIONS)
            if noted and silent:
                after = file_digest(store.cipher, path, reading, datum=datum, on=today)
                if digest is not None and after == digest:  # nobody wrote it anew meanwhile
                    note(work, digest, KnownFile(report.rows, report.encoding))
    _tell(progress, steps, steps)
    return report


def _told_apart(
    tables: Sequence[Table],
    told: Mapping[str, str] | None,
    maps: Sequence[ColumnMap],
    columns: Sequence[Column],
    rehearsal: Rehearsal | None,
    on: date,
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return the tables with the headers that are meant, and which templates say so."""
    fits = [fitting(table, maps) for table in tables]
    meant = [(told or {}) if found is None else found.columns for found in fits]
    if rehearsal is not None:
        rehearsal.tables(tables, meant)
    used = dict.fromkeys(found.name for found in fits if found is not None)
    return (
        tuple(renamed(*each, columns, on=on) for each in zip(tables, meant, strict=True)),
        tuple(used),
    )


def _by_template(name: str) -> Message:
    return message("各列按模板“%(name)s”对应", name=name)


def _known(store: Store, kind: str, path: Path, digest: str, actor: str) -> ImportReport | None:
    """Return the report of a file that the store holds as it is, without reading it."""
    with store.write() as work:
        known = find(work, digest)
        if known is None:
            return None
        report = ImportReport(
            kind=kind,
            file=path.name,
            rows=known.rows,
            accepted=0,
            corrected=0,
            unchanged=known.rows,
            quarantined=0,
            encoding=known.encoding,
        )
        _record(work, report, (), actor)
        return report


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Put the search for cycles off: rows have none, and there are many of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Told:
    """What the check of some rows says: keys of those without a word, and the others whole."""

    plain: tuple[tuple[Hashable, ...], ...]
    worded: tuple[Row, ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Told:
        worded = tuple(row for row in rows if row.problems or row.mends or row.passed_over)
        with_word = set(map(id, worded))
        return cls(tuple(tuple(row.keys) for row in rows if id(row) not in with_word), worded)

    @property
    def refused(self) -> bool:
        """Whether a row has a problem."""
        return any(row.problems for row in self.worded)


def _checked(context: Context, rows: Sequence[Row], check: Check) -> tuple[_Told, Put]:
    put = check(context, rows)
    return _Told.of(rows), put


def _rehearsed(
    context: Context,
    found: Rows,
    parts: Sequence[Sequence[int]],
    check: Check,
    rehearsal: Rehearsal,
) -> Generator[tuple[_Told, Put], None, None]:
    """Yield rows whose writing is shown to a rehearsal."""
    for part in parts:
        rows = found.made(part)
        said, put = _checked(context, rows, check)
        yield said, partial(_shown, context.work, rows, put, rehearsal)


def _shown(work: Work, rows: Sequence[Row], put: Put, rehearsal: Rehearsal) -> PutCounts:
    counts = put()
    rehearsal.took(work, rows, counts.written)
    return counts


def _checked_ahead(
    path: Path, context: Context, found: Rows, parts: Sequence[Sequence[int]]
) -> Generator[tuple[_Told, Put], None, None]:
    """Yield case rows that other processes checked, hashed and encrypted; they write nothing."""

    def make(
        part: Sequence[int], ask: Callable[[Question], object]
    ) -> tuple[_Told, SealedCases, list[StatedPosition]]:
        own = replace(context, held=AskedStore(ask), positions=[])
        rows = found.made(part)
        sealed = sealed_cases(own, rows)
        return _Told.of(rows), sealed, own.positions

    made = made_ahead(path, parts, make, OpenStore(context.work.connection).answer)
    with many_rows(context.work, found.count) as later, closing(made):
        for told, sealed, positions in made:
            context.positions.extend(positions)
            yield told, partial(sealed.put, context.work, later)


@dataclass(slots=True)
class _Tally:
    """What became of the rows so far; of the rows themselves only those with a word are kept."""

    rows: int = 0
    stored: int = 0
    mended: int = 0
    bad: list[Row] = field(default_factory=list)
    _mends: list[tuple[int, list[Message]]] = field(default_factory=list)
    _passed_over: list[tuple[int, list[Message]]] = field(default_factory=list)

    def take(self, told: _Told, written: frozenset[Hashable]) -> None:
        """Count rows; ``written`` are the keys of what was stored of them."""
        self.rows += len(told.plain) + len(told.worded)
        self.stored += sum(not written.isdisjoint(keys) for keys in told.plain)
        for row in told.worded:
            if row.problems:
                self.bad.append(row)
                continue
            if not row.keys.isdisjoint(written):
                self.stored += 1
                self.mended += 1
                self._mends.append((row.order, row.mends))
            if row.passed_over:
                self._passed_over.append((row.order, row.passed_over))

    def report(
        self,
        kind: str,
        path: Path,
        encoding: str,
        bad: Sequence[Row],
        notes: tuple[Message, ...],
    ) -> ImportReport:
        """Return what became of all rows."""
        return ImportReport(
            kind=kind,
            file=path.name,
            rows=self.rows,
            accepted=self.stored - self.mended,
            corrected=self.mended,
            unchanged=self.rows - len(bad) - self.stored,
            quarantined=len(bad),
            encoding=encoding,
            problems=tuple(problem for row in bad for problem in row.problems),
            notes=notes,
        )

    def notes(self) -> Iterator[Message]:
        """Yield what was said of rows that are stored, in their order."""
        for said in (self._mends, self._passed_over):
            for _, parts in sorted(said, key=lambda one: one[0]):
                yield from parts


def _import_areas(
    store: Store, path: Path, datum: Datum, actor: str, progress: ProgressListener | None
) -> ImportReport:
    from data.imports import layer_tables  # noqa: F401 - as the next
    from geo import areafile  # noqa: F401 - heavy; loaded once, not in each process

    reading = read_apart(path, _area_reading, path, datum)
    total = len(reading.areas)
    _tell(progress, total // 2, total)
    with store.write() as work:
        counts = put_areas(work, reading.areas)
        stored = counts.added + counts.changed
        corrected = min(len(reading.mended), stored)
        report = ImportReport(
            kind=AREAS,
            file=path.name,
            rows=total,
            accepted=stored - corrected,
            corrected=corrected,
            unchanged=counts.unchanged,
            quarantined=0,
            notes=reading.repairs,
        )
        _record(work, report, (), actor)
    _tell(progress, total, total)
    return report


def _area_reading(path: Path, datum: Datum) -> AreaReading:
    from data.imports.layer_tables import LAYER_ERRORS, zipped_layer
    from geo.areafile import read_areas

    kind = kind_of(path)
    if kind not in LAYER_KINDS:
        raise AreaFileError(
            "区域文件 %(file)s 无法读取或不完整，请重新导出为 GeoJSON、GPKG、SHP 或 KML",
            file=path.name,
        )
    if kind is FileKind.ZIPPED_SHAPEFILE:
        zipped_layer(path)
    with sound(path, damaged_layer, *LAYER_ERRORS):
        return read_areas(path, datum=datum)


def _doubts(context: Context, known: Callable[[], KnownPlaces] | None) -> tuple[Message, ...]:
    if known is None or len(context.positions) < _LEAST_POSITIONS:
        return ()
    from data.imports.datum_check import datum_notes  # loads the readers of road files

    return datum_notes(context.positions, known)


def _refused(path: Path, bad: Sequence[Row]) -> ImportRefusedError:
    problems = tuple(problem for row in bad for problem in row.problems)
    if len(problems) == 1:
        return ImportRefusedError("%(first)s。未导入任何内容", first=problems[0], problems=problems)
    return ImportRefusedError(
        "文件 %(file)s 有 %(rows)d 行、%(count)d 处问题，未导入任何内容。第一处：%(first)s",
        file=path.name,
        rows=len(bad),
        count=len(problems),
        first=problems[0],
        problems=problems,
    )


def _record(work: Work, report: ImportReport, bad: Sequence[Row], actor: str) -> None:
    """Keep what became of the rows; an import that changed nothing leaves an audit entry only."""
    batch = ImportBatch(
        id=new_id("b"),
        kind=report.kind,
        at=work.clock(),
        actor=actor,
        accepted=report.accepted,
        corrected=report.corrected,
        unchanged=report.unchanged,
        quarantined=report.quarantined,
        encoding=report.encoding,
    )
    if report.accepted or report.corrected or bad:
        put_batch(work, batch)
        put_quarantined(
            work,
            batch.id,
            report.kind,
            [(row.place.sheet, row.place.row, row.kept_cells, row.problems) for row in bad],
        )
    work.record(
        actor,
        "import",
        f"import:{report.kind}",
        {
            "rows": report.rows,
            "accepted": report.accepted,
            "corrected": report.corrected,
            "unchanged": report.unchanged,
            "quarantined": report.quarantined,
        },
    )


def _tell(progress: ProgressListener | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
