"""``python -m data.demo.on_roads ROADS FOLDER``: an invented court on the roads of a real town.

Stations, teams and doors are drawn beside the junctions of a road file; names and papers are
invented, so that a real extract can be tried without anybody's data.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import numpy as np

from data.demo.fieldtables import calendar_rows
from data.demo.tables import Cell, write_table
from data.imports.columns import TableKind
from geo.errors import FieldwritError
from geo.localtime import local_day
from geo.network import build_network

__all__ = ["TABLES", "write_court"]

TABLES: tuple[TableKind, ...] = (
    TableKind.STATIONS,
    TableKind.TEAMS,
    TableKind.CALENDAR,
    TableKind.CASES,
    TableKind.CHECKPOINTS,
)
"""Tables that are written, in the order of import."""

_OTHERS = 3  # station, checkpoint and the teams' base stand at places of their own
_OFF_ROAD_DEG = 0.0002  # doors stand some twenty metres off the road
_WEEK = "周一至周日"

_Row = dict[str, Cell]


def write_court(
    roads: Path, folder: Path, *, cases: int, seed: int, as_of: date
) -> dict[TableKind, Path]:
    """Write the tables of a court whose doors lie beside the roads of a file.

    Parameters
    ----------
    roads
        A road file that :func:`geo.network.build_network` reads.
    folder
        Where the workbooks go; made when missing.
    cases
        How many cases, one address each.
    as_of
        Today; papers lie before it.

    Returns
    -------
    dict
        Path of each table.

    Raises
    ------
    NetworkFileError
        If the road file cannot be read.
    StoreFullError, ExportError
        If a table cannot be written.
    """
    network = build_network(roads)
    random = np.random.default_rng(seed)
    chosen = random.choice(network.node_count, cases + _OTHERS, replace=True)
    lonlat = network.node_lonlat[chosen]
    lonlat = lonlat + random.normal(0.0, _OFF_ROAD_DEG, lonlat.shape)
    at = [(round(lon, 6), round(lat, 6)) for lon, lat in lonlat.tolist()]
    rows: dict[TableKind, Iterator[_Row]] = {
        TableKind.STATIONS: _stations(at[0]),
        TableKind.CHECKPOINTS: _checkpoints(at[1], as_of),
        TableKind.TEAMS: _teams(at[2]),
        TableKind.CALENDAR: calendar_rows(as_of),
        TableKind.CASES: _cases(at[_OTHERS:], as_of),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{kind}.xlsx" for kind in TABLES}
    for kind in TABLES:
        write_table(paths[kind], kind, rows[kind], as_of=as_of)
    return paths


def _stations(at: tuple[float, float]) -> Iterator[_Row]:
    yield {
        "id": "PS01",
        "name": "示例派出所",
        "lon": at[0],
        "lat": at[1],
        "escort_hours": f"{_WEEK} 08:30-17:30 2人",
    }


def _checkpoints(at: tuple[float, float], as_of: date) -> Iterator[_Row]:
    yield {
        "id": "CP01",
        "name": "示例站",
        "kind": "火车站",
        "lon": at[0],
        "lat": at[1],
        "duty_hours": f"{_WEEK} 10:00-11:00",
        "duty_basis": f"协助执行通知书（{as_of.year}）第7号",
        "number": f"（{as_of.year}）闽0599执1号",
        "debtor_name": "示例1",
        "duty_purpose": "协助查找下落",
        "duty_liaison": "示例派出所值班室",
        "duty_ends_on": as_of + timedelta(days=180),
    }


def _teams(base: tuple[float, float]) -> Iterator[_Row]:
    for number, name in enumerate(("执行一组", "执行二组"), start=1):
        yield {
            "id": f"T{number}",
            "name": name,
            "officers": 3,
            "skills": "执行公务证、记录员",
            "profile": "汽车",
            "lon": base[0],
            "lat": base[1],
            "shifts": f"{_WEEK} 07:00-17:30",
        }


def _cases(doors: list[tuple[float, float]], as_of: date) -> Iterator[_Row]:
    for number, (lon, lat) in enumerate(doors, start=1):
        yield {
            "number": f"（{as_of.year}）闽0599执{number}号",
            "kind": "民间借贷",
            "claim_yuan": 20000 + 1000 * number,
            "filed_on": as_of - timedelta(days=90),
            "status": "执行中",
            "basis_document": f"（{as_of.year - 1}）闽0599民初{number}号",
            "basis_served_on": as_of - timedelta(days=200),
            "performance_due_on": as_of - timedelta(days=150),
            "notice_sent_on": as_of - timedelta(days=85),
            "debtor_name": f"示例{number}",
            "identifiers": "证件号码、亲属",
            "address_text_1": f"示例村{number}号",
            "address_source_1": "户籍",
            "address_kind_1": "住所",
            "address_seen_on_1": as_of - timedelta(days=30),
            "address_basis_1": f"户籍查询回执（{as_of.year}）第{number}号",
            "address_identifiers_1": "证件号码、亲属",
            "address_lon_1": lon,
            "address_lat_1": lat,
            "address_datum_1": "WGS84",
        }


@click.command()
@click.argument("roads", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--cases", type=click.IntRange(1, 10_000), default=60, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def main(roads: Path, folder: Path, cases: int, seed: int) -> None:
    """在真实道路文件 ROADS 上生成虚构的法院表格，写入 FOLDER。"""
    today = local_day(datetime.now(UTC))
    try:
        paths = write_court(roads, folder, cases=cases, seed=seed, as_of=today)
    except FieldwritError as error:
        raise click.ClickException(str(error)) from error
    for path in paths.values():
        click.echo(path)


if __name__ == "__main__":
    main()
