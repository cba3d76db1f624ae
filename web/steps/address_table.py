"""A table of addresses in, the same table with positions out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from data.audited_files import audited_entry
from data.streams import (
    AddedColumn,
    ColumnKind,
    PointColumns,
    Row,
    Value,
    cell_text,
)
from geo import coordinates
from geo.geocoding_pool import Workers
from geo.model import Candidate, Datum, Geocode
from geo.projections import crs_of
from web.clock import system_clock
from web.config import Settings
from web.i18n import Translate, marked, translator
from web.steps.geocoding import geocoding
from web.steps.table_streams import ADDRESS_HEADERS, address_column, run_table, summary
from web.wiring import Court, using

__all__ = ["SURE", "geocode_table"]

SURE = 0.9
"""Confidence from which a position is used as it is; below it candidates are listed."""

_LON, _LAT = "经度", "纬度"
_CHUNK = 500
_CHUNK_ONLINE = 50  # a service takes its time, and what is answered is to be kept


@dataclass(slots=True)
class _Geocoding:
    """Adds positions; implements :class:`data.streams.Transform`."""

    geocode_many: Callable[..., list[Geocode]]
    say: Translate
    datum: Datum
    candidates: int
    wanted: str | None
    file: str
    column: int = field(default=0, init=False)

    @property
    def known(self) -> tuple[str, ...]:
        """Headers of an address column."""
        return ADDRESS_HEADERS if self.wanted is None else (self.wanted,)

    @property
    def points(self) -> PointColumns:
        """The position's columns, in the coordinate system of their datum."""
        return PointColumns(_LON, _LAT, crs_of(self.datum).to_wkt())

    def columns(self, header: Sequence[str]) -> Sequence[AddedColumn]:
        """Find the address column and return the added ones."""
        self.column = address_column(header, wanted=self.wanted, file=self.file)
        real = ColumnKind.REAL
        choices = [
            AddedColumn(f"候选{number}{what}", kind)
            for number in range(1, self.candidates + 1)
            for what, kind in (("", ColumnKind.TEXT), (_LON, real), (_LAT, real), ("可信度", real))
        ]
        return (
            AddedColumn(_LON, real),
            AddedColumn(_LAT, real),
            AddedColumn("精度"),
            AddedColumn("可信度", real),
            AddedColumn("匹配"),
            AddedColumn("说明"),
            AddedColumn("乡镇代码"),
            AddedColumn("网格代码"),
            AddedColumn("坐标系"),
            *choices,
        )

    def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
        """Locate the address of each row."""
        texts = [cell_text(row[self.column]) for row in rows]
        answers = self.geocode_many(texts, limit=max(self.candidates, 1))
        places = iter(self._places(answers))
        return [
            self._cells(answer, [next(places) for _ in answer.candidates]) for answer in answers
        ]

    def _places(self, answers: Sequence[Geocode]) -> list[tuple[float, float]]:
        """Return the degrees of all candidates in the datum asked for."""
        found = [(c.point.lon, c.point.lat) for answer in answers for c in answer.candidates]
        lonlat = coordinates.from_wgs84(np.array(found).reshape(-1, 2), self.datum)
        return [(round(lon, 6), round(lat, 6)) for lon, lat in lonlat.tolist()]

    def _cells(self, answer: Geocode, places: Sequence[tuple[float, float]]) -> Sequence[Value]:
        best = answer.best
        if best is None:
            empty: Value = None
            missing = self.say(marked("未找到"))
            return [empty, empty, missing, *[empty] * 6, *[empty] * (4 * self.candidates)]
        listed = () if best.confidence >= SURE else answer.candidates[: self.candidates]
        choices: list[Value] = []
        for each, place in zip(listed, places, strict=False):
            choices += [_label(each), *place, round(each.confidence, 3)]
        return [
            *places[0],
            best.precision.value,
            round(best.confidence, 3),
            best.label,
            best.reason.render(self.say),
            best.township_code,
            best.grid_code,
            self.datum.value.upper(),
            *choices,
            *[None] * (4 * (self.candidates - len(listed))),
        ]


def _label(candidate: Candidate) -> str:
    return f"{candidate.label}（{candidate.precision.value}）"


def geocode_table(
    settings: Settings,
    source: Path,
    target: Path,
    *,
    court: Court | None = None,
    column: str | None = None,
    sheet: str | None = None,
    candidates: int = 0,
    datum: Datum = Datum.WGS84,
    online: str | None = None,
) -> dict[str, Any]:
    """Locate each address of a table of any size and write the table with positions beside it.

    Every row of the source is in the result, its own columns unchanged; a row that was not
    located has no position. A stopped run goes on where it was, unless the source, the settings
    or the court's place names changed.

    Parameters
    ----------
    source
        Workbook, text table or layer.
    target
        ``.csv`` (UTF-8 with mark, as spreadsheet programs expect), ``.xlsx`` or ``.gpkg``.
    column
        Header of the column of addresses; by default the one whose header says so.
    sheet
        Sheet or layer; by default the first one that holds something.
    candidates
        How many candidates to list where confidence is below :data:`SURE`.
    datum
        Datum of the positions; the column 坐标系 names it.
    online
        Service to ask where offline is not sure enough; None asks nobody.

    Raises
    ------
    TableError
        If the column is missing; nothing is written.
    SettingsError, OnlineRefusedError
        If the service may not be asked.
    FieldwritError
        As :func:`data.streams.transform_table` does.
    """
    say = translator(settings.language)
    with using(court or Court(settings, clock=system_clock)) as opened, ExitStack() as stack:
        geocoder = stack.enter_context(geocoding(opened, online))
        geocode_many = geocoder.geocode_many
        if online is None:
            workers = stack.enter_context(Workers(opened.geocoder, settings.workers))
            geocode_many = partial(opened.geocoder.geocode_many, workers=workers)
        work = _Geocoding(geocode_many, say, datum, candidates, column, source.name)
        settings_text = f"{column}|{candidates}|{datum}|{settings.language}"
        enter = stack.enter_context(
            audited_entry(opened.store.audit, by="cli", act="table.geocode", subject="table:-")
        )
        report = run_table(
            settings,
            source,
            target,
            transform=work,
            fingerprint=f"{settings_text}|{_knowledge(opened, online)}",
            title=marked("定位"),
            sheet=sheet,
            batch_rows=_CHUNK if online is None else _CHUNK_ONLINE,
            placing=lambda rows: enter({"rows": rows}),
        )
    return {**summary(report), "geocoded": report.filled[_LON]}


def _knowledge(court: Court, online: str | None) -> str:
    """Return a digest of what answers depend on: program, parser, roads, areas, own names."""
    settings = court.settings
    digest = hashlib.sha256(
        f"{version('fieldwrit')}|{court.address_model.digest}|{online}".encode()
    )
    files = [*sorted(settings.network_dir.iterdir()), *([settings.online_path] if online else ())]
    for path in files:
        digest.update(f"{path.name}|{path.stat().st_size}|{path.stat().st_mtime_ns}".encode())
    for area in court.store.areas():
        digest.update(f"{area.kind}|{area.code}|{area.name}".encode() + area.geometry.wkb)
    for entry in court.store.gazetteer_entries():
        digest.update(repr(entry).encode())
    return digest.hexdigest()
