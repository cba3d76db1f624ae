"""One cell into one value: dates, numbers, words of a list, and plain text.

Each reader takes a cell that is not blank and returns the value. A message never repeats the
cell's content, which may be personal.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import cast

from data.cases import plain_key
from data.errors import DataError
from data.imports.cells import Cell
from data.imports.columns import CHOICES, NONE_FOUND, NOT_ASKED, Column
from data.imports.sheet_marks import BadCell
from data.imports.weekly import parse_weekly
from geo.coordinate_text import Axis, parse_degrees
from geo.errors import CoordinateError
from geo.localtime import LOCAL_ZONE
from routes.model import Instalment

__all__ = ["CellError", "cell_text", "read_value", "split_list", "text_of_all"]

_MAX_TEXT = 1000
_MAX_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_DAY_NOUGHT = date(1899, 12, 30)
_SERIALS = range(18_264, 73_415)  # 1950 to 2100, as a spreadsheet counts days
_YES = frozenset({"是", "有", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"否", "无", "n", "no", "false", "0", "×", "x"})
_DATE = re.compile(
    r"(?P<y>\d{4})(?:[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})"
    r"|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})[日号]?|(?P<m3>\d{2})(?P<d3>\d{2}))"
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:[:](?P<m1>\d{2})(?::(?P<s1>\d{2})(?:\.\d+)?)?|[时点](?:(?P<m2>\d{1,2})分?)?)"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?")
_INVISIBLE = re.compile("[\ufeff\u200b]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff]")
_UNITS = {"元": 1.0, "人": 1.0, "名": 1.0, "万元": 1e4, "万": 1e4, "亿元": 1e8, "亿": 1e8}


class CellError(DataError, ValueError):
    """A cell that its column cannot take: says what is expected, not what was found."""


def read_value(cell: Cell, column: Column) -> object:
    """Return the cell's value for a column.

    Parameters
    ----------
    cell
        A cell that is not blank.
    column
        Its kind decides: text, date, datetime (aware, Asia/Shanghai unless the cell states
        another zone), clock (a time of day, or a datetime where the cell states one), number,
        integer, longitude and latitude (decimal degrees), yesno, choice and choices (codes),
        weekly, instalments.

    Returns
    -------
    value
        Of a column that is asked None where the cell says that nobody was.

    Raises
    ------
    CellError
        If the cell does not fit; says what is expected.
    """
    if type(cell) is str and column.kind == "text":
        return cell_text(cell)
    if cell is BadCell.FORMULA:
        raise CellError("单元格是没有计算结果的公式；请在 Excel 或 WPS 中打开并保存，或粘贴为数值")
    if cell is BadCell.ERROR:
        raise CellError("单元格是公式错误（如 #REF!）；请改正公式，或粘贴为数值")
    if cell is BadCell.SHAPE:
        raise CellError("图上画的不是一个点；请改画为点，或填写经度和纬度")
    if column.kind != "text" and isinstance(cell, str) and cell.lstrip().startswith("="):
        raise CellError("单元格是公式文字；请粘贴为数值")
    if column.asked and (told := _told(cell)) is not None:
        if told == NOT_ASKED:
            return None
        if column.kind == "choices" and told == NONE_FOUND:
            return ()
    if column.kind == "choice":
        return _choice(cell_text(cell), column.choices)
    if column.kind == "choices":
        words = split_list(cell_text(cell))
        return tuple(dict.fromkeys(_choice(word, column.choices) for word in words))
    return _READERS[column.kind](cell)


def _told(cell: Cell) -> str | None:
    return plain_key(cell) if isinstance(cell, str) else None


def cell_text(cell: Cell) -> str:
    """Return a cell as text on one line; whole numbers without a decimal point.

    Raises
    ------
    CellError
        If Excel has made a date of it or cut its digits, or it is too long.
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, date | time | timedelta):
        raise CellError("内容被表格软件转成了日期或时间；请把该列设为“文本”后重新填写")
    if isinstance(cell, int | float):
        if not math.isfinite(cell) or abs(cell) >= _MAX_EXACT:
            raise CellError("长数字被存为数值，末几位已丢失；请把该列设为“文本”后重新填写")
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if len(cell) <= _MAX_TEXT and _is_plain(cell):
        return str(cell)
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+\d{2}", cell.strip()):
        raise CellError("长数字被写成科学计数，末几位已丢失；请把该列设为“文本”后重新填写")
    text = " ".join(_CONTROLS.sub(" ", _INVISIBLE.sub("", cell)).split())
    if len(text) > _MAX_TEXT:
        raise CellError("文字超过 %(limit)d 个字符；请缩短", limit=_MAX_TEXT)
    return text


def text_of_all(cells: Sequence[Cell]) -> str | None:
    """Return texts in one, with a mark between them; None where one may be read as another text.

    Looking at many at once takes little more than looking at one.
    """
    if set(map(type, cells)) != {str}:
        return None
    texts = cast("Sequence[str]", cells)
    joined = "|".join(texts)
    return joined if _is_plain(joined) and max(map(len, texts)) <= _MAX_TEXT else None


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text and "+" not in text


def split_list(text: str) -> tuple[str, ...]:
    """Return the words between 、 , ; / and their full-width forms.

    Examples
    --------
    >>> split_list("姓名、证件号码，照片")
    ('姓名', '证件号码', '照片')
    """
    return tuple(word for part in re.split(r"[、，,；;/|]", text) if (word := part.strip()))


def _half_width(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", cell_text(cell)).strip()


def _choice(word: str, choices: str) -> str:
    table = _choice_keys(choices)
    code = table.get(_choice_key(word))
    if code is None:
        raise CellError("请填写以下之一：%(known)s", known="、".join(CHOICES[choices]))
    return code


@cache
def _choice_keys(choices: str) -> Mapping[str, str]:
    words = CHOICES[choices]
    codes = {_choice_key(code): str(code) for code in words.values()}
    return codes | {_choice_key(word): str(code) for word, code in words.items()}


def _choice_key(word: str) -> str:
    return plain_key(word).replace("-", "").replace("_", "")


def _date(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    if isinstance(cell, int | float) and cell in _SERIALS:
        return _DAY_NOUGHT + timedelta(days=int(cell))
    text = re.sub(r"\s+", "", _half_width(cell))
    text = re.sub(r"(?<=\d)T?00?:00(?::00(?:\.0+)?)?$", "", text) if ":" in text else text
    match = _DATE.fullmatch(text)
    if match is None:
        raise CellError("日期无法识别；请写成 2026-03-12")
    return _day(match)


def _day(match: re.Match[str]) -> date:
    month = match["m1"] or match["m2"] or match["m3"]
    day = match["d1"] or match["d2"] or match["d3"]
    try:
        return _plausible(date(int(match["y"]), int(month), int(day)))
    except ValueError as error:
        if isinstance(error, CellError):
            raise
        raise CellError("日历上没有这一天；请核对年月日") from error


def _plausible(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise CellError("年份不在 %(a)d 至 %(b)d 之间；请核对", a=_FIRST_YEAR, b=_LAST_YEAR)
    return day


def _datetime(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        _plausible(cell.date())
        moment = cell if cell.tzinfo else cell.replace(tzinfo=LOCAL_ZONE)
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    if isinstance(cell, date):
        raise CellError("只有日期而没有时刻；请写成 2026-05-06 07:20")
    text = _half_width(cell)
    day = _DATE.match(text)
    if day is None:
        raise CellError("时间无法识别；请写成 2026-05-06 07:20")
    rest = re.sub(r"\s+", "", text[day.end() :]).removeprefix("T")
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        if not rest:
            raise CellError("只有日期而没有时刻；请写成 2026-05-06 07:20")
        raise CellError("时间无法识别；请写成 2026-05-06 07:20")
    minute = int(clock["m1"] or clock["m2"] or 0)
    try:
        at = time(int(clock["h"]), minute, int(clock["s1"] or 0))
    except ValueError as error:
        raise CellError("不是一天中的时刻；请写成 2026-05-06 07:20") from error
    moment = datetime.combine(_day(day), at, tzinfo=LOCAL_ZONE)
    if clock["zone"] is None:
        return moment
    if clock["zone"] == "Z":
        return moment.replace(tzinfo=UTC).astimezone(LOCAL_ZONE)
    return datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{clock['zone']}").astimezone(
        LOCAL_ZONE
    )


def _time_of_day(cell: Cell) -> time | datetime:
    """Return a time of day; a cell that holds the day too gives the moment."""
    if isinstance(cell, datetime):
        return _datetime(cell)
    if isinstance(cell, timedelta):
        within = timedelta() <= cell < timedelta(days=1)
        cell = (datetime(2000, 1, 1, tzinfo=UTC) + cell).time() if within else ""
    if isinstance(cell, time):
        return cell.replace(microsecond=0, tzinfo=None)
    text = re.sub(r"\s+", "", _half_width(cell)) if isinstance(cell, str) else ""
    clock = _CLOCK.fullmatch(text)
    if clock is None and _DATE.match(text):
        return _datetime(cell)
    try:
        if clock is not None and clock["zone"] is None:
            return time(
                int(clock["h"]), int(clock["m1"] or clock["m2"] or 0), int(clock["s1"] or 0)
            )
    except ValueError as error:
        raise CellError("不是一天中的时刻；请写成 08:12") from error
    raise CellError("时刻无法识别；请写成 08:12，或写成 2026-05-06 08:12")


def _number(cell: Cell) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not math.isfinite(cell):
            raise CellError("不是有限的数；请填写数字")
        return float(cell)
    text = re.sub(r"[\s,¥￥_]", "", _half_width(cell)).casefold()
    unit = next((unit for unit in sorted(_UNITS, key=len, reverse=True) if text.endswith(unit)), "")
    digits = text.removesuffix(unit)
    if _NUMBER.fullmatch(digits) is None:
        raise CellError("不是数字；请只填写数字")
    value = float(digits)
    # Through the decimal text, so that 5.6万 is 56000 and not 56000.00000000001.
    value = round(value * _UNITS[unit], 6) if unit else value
    if not math.isfinite(value):
        raise CellError("不是有限的数；请填写数字")
    return value


def _integer(cell: Cell) -> int:
    value = _number(cell)
    if value != int(value):
        raise CellError("须为整数")
    return int(value)


def _longitude(cell: Cell) -> float:
    return _degrees(cell, Axis.LON)


def _latitude(cell: Cell) -> float:
    return _degrees(cell, Axis.LAT)


def _degrees(cell: Cell, axis: Axis) -> float:
    """Return decimal degrees; a plain number is checked with the other one of its row."""
    if not isinstance(cell, str):
        return _number(cell)
    text = _half_width(cell).casefold()
    if _NUMBER.fullmatch(text):
        return _number(text)
    try:
        return parse_degrees(cell_text(cell), axis)
    except CoordinateError as error:
        raise CellError(error.message.msgid, **error.facts) from error


def _yes_no(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = plain_key(cell_text(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("请填写“是”或“否”")


def _instalments(cell: Cell) -> tuple[Instalment, ...]:
    """Read days such as ``2026-10-31已收2026-10-30、2026-11-30``: due, and received if it was."""
    if isinstance(cell, date):
        return (Instalment(_date(cell)),)
    found = []
    for part in re.split(r"[、，,；;]", cell_text(cell)):
        due, paid, received = part.strip().partition("已收")
        if due:
            found.append(Instalment(_date(due), _date(received) if paid else None))
    return tuple(found)


def _weekly(cell: Cell) -> object:
    if isinstance(cell, str):
        return parse_weekly(cell)
    return parse_weekly(cell_text(cell))


_READERS: dict[str, Callable[[Cell], object]] = {
    "text": cell_text,
    "date": _date,
    "datetime": _datetime,
    "clock": _time_of_day,
    "number": _number,
    "integer": _integer,
    "longitude": _longitude,
    "latitude": _latitude,
    "yesno": _yes_no,
    "weekly": _weekly,
    "instalments": _instalments,
}
