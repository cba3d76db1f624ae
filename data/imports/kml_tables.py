"""Placemarks of a KML file into rows of cells.

GDAL turns every Chinese name of a datum into underscores, so the XML is read here; nothing that
it refers to is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # documents with declarations were refused before

from data.imports.cells import (
    Cell,
    PlaceColumns,
    Table,
    TableRow,
    check_rows,
    check_width,
    header_text,
)
from data.imports.file_kinds import damaged_layer
from data.imports.sheet_marks import BadCell

if TYPE_CHECKING:
    from data.imports.readers import Wanted

__all__ = ["read_kml"]

_SHAPES = frozenset(
    {"LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "Track", "MultiTrack"}
)


def read_kml(path: Path, wanted: Wanted) -> tuple[Table, ...]:
    """Read the placemarks of all folders as one table; implements ``TableReader``.

    Raises
    ------
    TableFileError
        If the file is cut short, no KML, or too large.
    """
    header: dict[str, None] = {}
    found: list[dict[str, Cell]] = []
    cells = 0
    try:
        for mark in _placemarks(path):
            row = _values(mark, wanted.place)
            header |= dict.fromkeys(row)
            found.append(row)
            cells += len(row)
            check_width(path, "", len(header))
            check_rows(path, len(found), cells)
    except (ET.ParseError, LookupError, UnicodeError) as error:
        raise damaged_layer(path) from error
    if not found:
        return ()
    rows = tuple(
        TableRow(number, tuple(row.get(text, "") for text in header))
        for number, row in enumerate(found, start=1)
    )
    return (Table(path.name, "", "", tuple(header), rows),)


def _placemarks(path: Path) -> Iterator[ET.Element]:
    """Yield each placemark, and let go of what was read before it."""
    open_tags: list[Any] = []
    with path.open("rb") as file:
        for event, tag in ET.iterparse(file, events=("start", "end")):  # noqa: S314 - see above
            if event == "start":
                open_tags.append(tag)
                continue
            open_tags.pop()
            if _name(tag) == "Placemark":
                yield tag
            if not any(_name(one) == "Placemark" for one in open_tags[-_DEEPEST:]):
                tag.clear()
                if open_tags:
                    open_tags[-1].remove(tag)


_DEEPEST = 12
"""How far below its placemark a value may stand."""


def _name(tag: ET.Element) -> str:
    return tag.tag.rpartition("}")[2]


def _values(mark: ET.Element, place: PlaceColumns | None) -> dict[str, Cell]:
    row: dict[str, Cell] = {}
    for part in mark:
        kind = _name(part)
        if kind == "name":
            row["name"] = part.text or ""
        elif kind == "ExtendedData":
            for one in part.iter():
                if _name(one) == "Data":
                    value = next((each for each in one if _name(each) == "value"), None)
                    row[header_text(one.get("name", ""))] = (
                        "" if value is None else value.text or ""
                    )
                elif _name(one) == "SimpleData":
                    row[header_text(one.get("name", ""))] = one.text or ""
        elif place is not None and kind == "Point":
            lonlat = next((each.text or "" for each in part if _name(each) == "coordinates"), "")
            row |= dict(zip((place.lon, place.lat), _numbers(lonlat), strict=False))
        elif place is not None and kind in _SHAPES:
            row[place.lon] = row[place.lat] = BadCell.SHAPE
    return row


def _numbers(text: str) -> tuple[Cell, ...]:
    try:
        numbers = tuple(float(part) for part in text.strip().split(",")[:2])
    except ValueError:
        return (BadCell.SHAPE, BadCell.SHAPE)
    return (
        numbers if len(numbers) == 2 and all(map(math.isfinite, numbers)) else (BadCell.SHAPE,) * 2
    )
