"""One call for every kind of file: lay the plan out, render it, write it whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from data.errors import ExportError
from data.exports import calendars, geojson, gpx, kml, outcome_sheet, pages, workbook
from data.exports.field_pack import render_pdf
from data.exports.model import PlanSheet, StopLabel, Translate, lay_out
from data.exports.stop_map import Ground
from data.files import write_atomically
from geo.model import Datum, Floats
from geo.navigation import NavigationApp
from routes.planning.problem import Plan, Problem

__all__ = ["FORMATS", "export_plan"]

_RENDERERS: Mapping[str, Callable[[PlanSheet], bytes]] = MappingProxyType(
    {
        "geojson": geojson.render,
        "gpx": gpx.render,
        "html": pages.render,
        "ics": calendars.render,
        "kml": kml.render,
        "outcomes": outcome_sheet.render,
        "xlsx": workbook.render,
    }
)

FORMATS = tuple(sorted((*_RENDERERS, "pdf")))
"""Names of the formats that :func:`export_plan` writes."""


def export_plan(
    plan: Plan,
    problem: Problem,
    labels: Mapping[str, StopLabel],
    path: Path,
    *,
    format: str,  # noqa: A002 - the word that every caller uses
    title: str,
    made_at: datetime,
    datum: Datum = Datum.WGS84,
    paths: Mapping[str, Floats] | None = None,
    font_dir: Path | None = None,
    ground: Ground | None = None,
    translate: Translate = str,
    mark: str = "",
    app: NavigationApp | None = None,
    written: Callable[[Path], AbstractContextManager[BinaryIO]] = write_atomically,
) -> None:
    """Write a plan to ``path``, whole or not at all.

    Parameters
    ----------
    labels
        What people read of each stop, by option or duty id.
    format
        One of :data:`FORMATS`.
    title, made_at
        Heading of the file, and when it was made (with a zone).
    datum
        Datum of the written positions; each file names it.
    paths
        Route geometry in WGS84 degrees, shape (n, 2), by shift id; drawn by geojson, gpx, kml.
    font_dir
        Folder with a Chinese TTF, such as Noto Sans SC; needed for pdf only.
    ground
        Roads for the maps of a pdf.
    translate
        Turns the Chinese source text of fixed words into the reader's language.
    mark
        Words on every page, sheet and stop of a plan that is no order yet, such as a draft.
    app
        Each stop gets a link that opens it there; ``datum`` must be its own.
    written
        Opens the file, which is there on success only.

    Raises
    ------
    ExportError
        If the format is unknown, the plan does not fit its problem, the font is missing,
        or ``path`` cannot be written.
    StoreFullError
        If the disk is full; ``path`` is then as it was.
    """
    if format not in FORMATS:
        raise ExportError(
            "不支持的导出格式 %(format)s；可用格式：%(known)s",
            format=format,
            known=" ".join(FORMATS),
        )
    sheet = lay_out(
        plan,
        problem,
        labels,
        datum=datum,
        title=title,
        made_at=made_at,
        paths=paths,
        translate=translate,
        mark=mark,
        app=app,
    )
    if format == "pdf":
        content = render_pdf(sheet, font_dir=font_dir, ground=ground)
    else:
        content = _RENDERERS[format](sheet)
    with written(path) as file:
        file.write(content)
