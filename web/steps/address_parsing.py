"""Address texts into parts: one text for reading, a table with one column a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.streams import AddedColumn, ColumnKind, PointColumns, Row, Value, cell_text
from geo.addresses import AddressParser
from geo.addressparts import dropped_texts, texts_by_level, unread_texts
from geo.model import AddressLevel, ParsedAddress
from web.address_model import address_model
from web.config import Settings
from web.i18n import Translate, marked, translator
from web.steps.table_streams import ADDRESS_HEADERS, address_column, run_table, summary

__all__ = ["LEVEL_NAMES", "parse_lines", "parse_table", "parse_text"]

_L = AddressLevel
LEVEL_NAMES: dict[AddressLevel, str] = {
    _L.COUNTRY: marked("国家"),
    _L.PROVINCE: marked("省"),
    _L.CITY: marked("市"),
    _L.COUNTY: marked("区县"),
    _L.DEVELOPMENT_ZONE: marked("开发区"),
    _L.TOWNSHIP: marked("乡镇街道"),
    _L.VILLAGE: marked("村社区"),
    _L.GROUP: marked("自然村组"),
    _L.ROAD: marked("路街"),
    _L.NUMBER: marked("门牌"),
    _L.LANE: marked("弄巷"),
    _L.ESTATE: marked("小区"),
    _L.BUILDING: marked("楼栋"),
    _L.UNIT: marked("单元"),
    _L.FLOOR: marked("楼层"),
    _L.ROOM: marked("房号"),
    _L.POI: marked("地点"),
    _L.SUBPOI: marked("地点内"),
    _L.INTERSECTION: marked("路口"),
    _L.DIRECTION: marked("方位"),
    _L.DISTANCE: marked("距离"),
}
"""Chinese name of each level, as the result's header."""

_JOIN = "；"
_LEAST = marked("最低可信度")


def parse_text(settings: Settings, text: str, *, model: Path | None = None) -> dict[str, Any]:
    """Return the parts of one address with level, place in the text and confidence.

    Parameters
    ----------
    model
        File of an address model; by default the court's own, or the shipped one.

    Raises
    ------
    AddressModelError
        If the model cannot be used.
    """
    say = translator(settings.language)
    parsed = AddressParser(address_model(settings, model)).parse(text)
    return {
        "parts": [
            {
                "level": part.level.value,
                "name": say(LEVEL_NAMES[part.level]),
                "text": part.text,
                "start": part.start,
                "end": part.end,
                "confidence": round(part.confidence, 3),
            }
            for part in parsed.parts
        ],
        "dropped": [
            {"text": text[start:end], "start": start, "end": end} for start, end in parsed.dropped
        ],
        "unread": list(unread_texts(parsed)),
    }


def parse_lines(result: dict[str, Any], say: Translate) -> list[str]:
    """Return a parsed text as lines for people: level, text, place from 1, confidence."""
    lines = [
        f"{part['name']}\t{part['text']}\t{_place(part)}\t{part['confidence']:.2f}"
        for part in result["parts"]
    ]
    lines += [
        f"{say(marked('丢弃'))}\t{piece['text']}\t{_place(piece)}" for piece in result["dropped"]
    ]
    return lines + [f"{say(marked('未识别'))}\t{piece}" for piece in result["unread"]]


def _place(piece: dict[str, Any]) -> str:
    return f"{piece['start'] + 1}-{piece['end']}"


@dataclass(slots=True)
class _Parsing:
    """Adds one column a level; implements :class:`data.streams.Transform`."""

    parser: AddressParser
    say: Translate
    wanted: str | None
    file: str
    points: PointColumns | None = field(default=None, init=False)
    column: int = field(default=0, init=False)

    @property
    def known(self) -> tuple[str, ...]:
        """Headers of an address column."""
        return ADDRESS_HEADERS if self.wanted is None else (self.wanted,)

    def columns(self, header: Sequence[str]) -> Sequence[AddedColumn]:
        """Find the address column and return the added ones."""
        self.column = address_column(header, wanted=self.wanted, file=self.file)
        return (
            *(AddedColumn(self.say(LEVEL_NAMES[level])) for level in AddressLevel),
            AddedColumn(self.say(marked("丢弃"))),
            AddedColumn(self.say(marked("未识别"))),
            AddedColumn(self.say(_LEAST), ColumnKind.REAL),
        )

    def __call__(self, rows: Sequence[Row]) -> Sequence[Sequence[Value]]:
        """Parse the address of each row."""
        return list(
            map(_cells, self.parser.parse_many(cell_text(row[self.column]) for row in rows))
        )


def _cells(parsed: ParsedAddress) -> Sequence[Value]:
    found = texts_by_level(parsed)
    return (
        *(found.get(level) for level in AddressLevel),
        _JOIN.join(dropped_texts(parsed)) or None,
        _JOIN.join(unread_texts(parsed)) or None,
        min((round(part.confidence, 3) for part in parsed.parts), default=None),
    )


def parse_table(
    settings: Settings,
    source: Path,
    target: Path,
    *,
    column: str | None = None,
    sheet: str | None = None,
    model: Path | None = None,
) -> dict[str, Any]:
    """Write a table of any size again, with its addresses cut into levels.

    A stopped run goes on where it was, unless the source, the settings or the model changed.

    Parameters
    ----------
    model
        File of an address model; by default the court's own, or the shipped one.

    Raises
    ------
    AddressModelError
        If the model cannot be used.
    FieldwritError
        As :func:`data.streams.transform_table` does; TableError if the column is missing.
    """
    weights = address_model(settings, model)
    say = translator(settings.language)
    work = _Parsing(AddressParser(weights), say, column, source.name)
    report = run_table(
        settings,
        source,
        target,
        transform=work,
        fingerprint=(f"parse {version('fieldwrit')}|{column}|{settings.language}|{weights.digest}"),
        title=marked("解析地址"),
        sheet=sheet,
    )
    return {**summary(report), "recognised": report.filled[work.say(_LEAST)]}
