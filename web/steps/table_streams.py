"""What commands over tables share: which column holds the addresses, bars, notices, stopping."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from data.imports.cells import header_text
from data.streams import StreamReport, Transform, transform_table
from geo.messages import Message, message
from geo.ports import ProgressListener
from web.config import Settings
from web.errors import StoppedError, TableError
from web.i18n import marked, translator
from web.progress import notify, stage

__all__ = [
    "ADDRESS_HEADERS",
    "address_column",
    "headers_shown",
    "named_column",
    "run_table",
    "summary",
]

ADDRESS_HEADERS = (
    "地址",
    "详细地址",
    "送达地址",
    "经常居住地",
    "现住址",
    "现住地址",
    "居住地址",
    "住址",
    "住所地",
    "住所",
    "家庭住址",
    "联系地址",
    "通讯地址",
    "通信地址",
    "户籍地址",
    "户籍地",
    "注册地址",
    "经营地址",
    "address",
    "addr",
)
"""Headers of a column of addresses, the likeliest to be current first."""

_PARTS = ("地址", "住址", "住所", "居住地", "address")
_DATA = re.compile(r"\d{5}|\d\.\d{3}|\d\s*[号组栋幢室弄楼]|.{25}", re.DOTALL)
"""What numbers of people, coordinates and addresses hold, and headers do not."""


def address_column(header: Sequence[str], *, wanted: str | None, file: str) -> int:
    """Return which column holds the addresses: the wanted one, or the one its header tells.

    Raises
    ------
    TableError
        If there is none, or several that are equally likely; names the columns to choose from.
    """
    if wanted is not None:
        return named_column(header, wanted, file=file)
    names = [header_text(name).lower() for name in header]
    for likely in ADDRESS_HEADERS:
        if likely in names:
            return named_column(header, likely, file=file)
    found = [index for index, name in enumerate(names) if any(part in name for part in _PARTS)]
    if len(found) == 1:
        return found[0]
    if found:
        raise TableError(
            "文件 %(file)s 有几列像是地址（%(known)s）；请用 --column 指明一列",
            file=file,
            known=headers_shown([header[index] for index in found]),
        )
    raise TableError(
        "文件 %(file)s 没有“%(column)s”列；请用 --column 指明地址所在的列，"
        "或在首行写上表头“%(column)s”",
        file=file,
        column=ADDRESS_HEADERS[0],
    )


def named_column(header: Sequence[str], wanted: str, *, file: str) -> int:
    """Return the only column with this header.

    Raises
    ------
    TableError
        If there is none, or more than one; names the columns to choose from.
    """
    asked = header_text(wanted).lower()
    found = [index for index, name in enumerate(header) if header_text(name).lower() == asked]
    if len(found) == 1:
        return found[0]
    if found:
        raise TableError(
            "文件 %(file)s 有 %(count)d 列的表头都是“%(column)s”；请改成不同的表头后重新运行",
            file=file,
            count=len(found),
            column=wanted,
        )
    raise TableError(
        "文件 %(file)s 没有“%(column)s”列；可选的有：%(known)s",
        file=file,
        column=wanted,
        known=headers_shown(header),
    )


def headers_shown(header: Sequence[str]) -> str | Message:
    """Return the headers for a message; nothing of a row that looks like someone's data.

    Of a table without headers the first row is taken for them, and it may hold a name, an
    address and a telephone number.
    """
    if any(map(_DATA.search, header)):
        return message("（首行像是数据，不是表头；请在最前面加一行表头）")
    return "、".join(filter(None, header))


def run_table(
    settings: Settings,
    source: Path,
    target: Path,
    *,
    transform: Transform,
    fingerprint: str,
    title: str,
    sheet: str | None = None,
    batch_rows: int = 1000,
    placing: Callable[[int], None] | None = None,
) -> StreamReport:
    """Stream a table with a bar for the work and one for writing.

    ``title`` is Chinese source text. Notices (going on, starting anew) appear at once.
    ``placing`` is told the number of rows right before the result takes the target's place.

    Raises
    ------
    StoppedError
        If the user stops it; what was done is kept.
    """
    say = translator(settings.language)
    bars: dict[str, ProgressListener] = {}
    with ExitStack() as stack:

        def bar(name: str) -> ProgressListener:
            def listener(done: int, total: int) -> None:
                if name not in bars:
                    stack.close()  # one bar at a time
                    bars[name] = stack.enter_context(stage(settings, name))
                bars[name](done, total)

            return listener

        try:
            return transform_table(
                source,
                target,
                transform=transform,
                fingerprint=fingerprint,
                sheet=sheet,
                batch_rows=batch_rows,
                progress=bar(title),
                writing=bar(marked("写结果")),
                notice=lambda text: notify(text.render(say)),
                placing=placing or (lambda _rows: None),
            )
        except KeyboardInterrupt as error:
            raise StoppedError(
                "已停止，完成的部分已保存；再次运行同样的命令，从停下的地方继续"
            ) from error


def summary(report: StreamReport) -> dict[str, Any]:
    """Return what a command shows of a streamed table."""
    shown: dict[str, Any] = {"rows": report.rows}
    if report.resumed_rows:
        shown["resumed_rows"] = report.resumed_rows
    if report.unread_cells:
        shown["unread_cells"] = report.unread_cells
    if report.sheet:
        shown["sheet"] = report.sheet
    if report.other_sheets:
        shown["other_sheets"] = "、".join(report.other_sheets)
    return {**shown, "output": str(report.target)}
