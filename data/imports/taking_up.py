"""A row that waits in quarantine is mended and taken up as the table that it came from would be."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from data.errors import StoreError
from data.imports.importers import import_file
from data.imports.report import ImportReport
from data.quarantine import drop_quarantined
from data.sealed_files import OPEN
from data.store import Store
from data.workshops import workshop
from geo.model import Datum

__all__ = ["let_go", "take_up"]

_NAME = "更正.csv"


def take_up(
    store: Store,
    row_id: str,
    cells: Mapping[str, str],
    *,
    folder: Path,
    datum: Datum | None = None,
    actor: str,
) -> ImportReport:
    """Import the mended cells of a waiting row, which then waits no more.

    Parameters
    ----------
    cells
        By the headers of the row; a header that it does not have is refused.
    folder
        Where the cells lie for the import, readable by their owner only, and are removed.

    Raises
    ------
    StoreError
        If the row does not wait, or its headers are not known.
    ImportRefusedError
        If something is wrong still; the row waits as before.
    """
    row = store.quarantined_row(row_id)
    if row is None:
        raise StoreError("这一行已不在待更正之列，可能已由他人办理")
    headers = [header for header, _ in row.named_cells]
    if not headers or not set(cells) <= set(headers):
        raise StoreError("这一行没有留下表头，请在原文件中更正后重新导入")
    folder.mkdir(mode=0o700, exist_ok=True)
    with workshop(folder, OPEN) as own:
        path = own / _NAME
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
            "w",
            encoding="utf-8",
            newline="",
        ) as file:
            lines = csv.writer(file)
            lines.writerow(headers)
            lines.writerow([cells.get(header, "") for header in headers])
        report = import_file(store, row.kind, path, datum=datum, actor=actor)
    let_go(store, row_id, actor=actor, act="quarantine.take_up")
    return report


def let_go(store: Store, row_id: str, *, actor: str, act: str = "quarantine.drop") -> None:
    """Let a row wait no more; what it held is deleted."""
    with store.write() as work:
        if drop_quarantined(work, row_id):
            work.record(actor, act, f"row:{row_id}")
