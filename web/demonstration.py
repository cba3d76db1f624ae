"""The demonstration district: the main job on invented data, then the pages on top."""

from __future__ import annotations

import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from routes.calendar import DayKind, WorkCalendar

from data.demo import DemoFiles, generate
from data.model import Role
from web import pipeline
from web.config import Settings
from web.errors import WebError
from web.progress import stage
from web.wiring import Court, system_clock

__all__ = ["ACCOUNTS", "import_all", "next_workday", "run", "serve"]

_MARK = "demonstration"
_PASSWORD = "fieldwrit-demo"  # noqa: S105 - printed on purpose; loopback and invented data only
ACCOUNTS: tuple[tuple[str, Role, str], ...] = (
    ("officer", Role.OFFICER, "执行员（示范）"),
    ("commander", Role.COMMANDER, "指挥员（示范）"),
    ("police", Role.POLICE_LIAISON, "派出所联络民警（示范）"),
    ("grid", Role.GRID_LIAISON, "网格联络员（示范）"),
    ("auditor", Role.AUDITOR, "审计员（示范）"),
    ("admin", Role.ADMIN, "管理员（示范）"),
)
"""User name, role and shown name: one account a role."""


def next_workday(calendar: WorkCalendar, day: date) -> date:
    """Return ``day`` or the first workday after it."""
    while calendar.day_kind(day) is not DayKind.WORKDAY:
        day += timedelta(days=1)
    return day


def import_all(settings: Settings, files: DemoFiles) -> None:
    """Take the written files in, through the importers that real files use."""
    for kind, path in (
        ("areas", files.areas),
        ("stations", files.stations),
        ("checkpoints", files.checkpoints),
        ("teams", files.teams),
        ("liaisons", files.liaisons),
        ("gazetteer", files.gazetteer),
        ("cases", files.cases),
        ("outcomes", files.outcomes),
        ("leads", files.leads),
    ):
        pipeline.import_file(settings, kind, path)


def run(settings: Settings, *, small: bool, seed: int) -> dict[str, Any]:
    """Build the district in the data folder, plan the next workday, and say what came out.

    A folder that already holds this demonstration is used as it is; one that holds anything
    else is refused, so that real data never mixes with invented data.
    """
    started_s = time.perf_counter()
    mark = settings.data_dir / _MARK
    wanted = f"{'small' if small else 'full'} {seed}"
    if settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        if not mark.exists():
            raise WebError(
                "数据目录 %(folder)s 已有其他数据，示范区不会写入；请用 --data-dir 指定新目录",
                folder=settings.data_dir,
            )
        held, _, summary = mark.read_text(encoding="utf-8").partition("\n")
        if held == wanted and summary:
            return _summary(settings, pipeline.stored_plan(settings), started_s)
        _clear(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.write_text("", encoding="utf-8")
    pipeline.initialise(settings)
    today = pipeline.local_date(system_clock())
    with tempfile.TemporaryDirectory() as scratch:
        with stage("生成示范区") as listener:
            files = generate(Path(scratch), seed=seed, small=small, as_of=today, progress=listener)
        pipeline.build_network(settings, str(files.roads))
        import_all(settings, files)
    court = Court(settings)
    try:
        pipeline.geocode_claims(court)
        day = next_workday(court.calendar, today + timedelta(days=1))
        made = pipeline.make_plan(settings, (day,), iterations=_ITERATIONS, seed=seed, court=court)
        _make_accounts(court)
    finally:
        court.store.close()
    mark.write_text(f"{wanted}\nready\n", encoding="utf-8")
    return _summary(settings, made, started_s)
