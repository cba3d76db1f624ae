"""The demonstration district: the main job on invented data, then the pages on top."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.demo import DemoFiles, generate
from data.demo.legs import write_legs
from data.model import Role
from geo.localtime import local_day
from geo.travel.observed import LegPredictor
from routes.data_types import DataType
from web.approval import current_findings, release_plan, share_plan, warnings_of
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import marked, translator
from web.progress import stage
from web.signatures import key_of, last_moment, read_signatures, sign, signed_by
from web.steps import planning, roads, serving, setup, tables, travel
from web.support_board import asks_of
from web.wiring import Court, using

__all__ = ["ACCOUNTS", "PASSWORD", "import_all", "run", "serve"]

_MARK = "demonstration"
_ITERATIONS = {True: 300, False: 500}  # small or not
_DOCUMENT = "（示范）签批第1号"
_ASSESSMENT = "（示范）影响评估第1号"
_REASON = "（示范）已核对，同意走访"
PASSWORD = "fieldwrit-demo"  # noqa: S105 - printed on purpose; loopback and invented data only
ACCOUNTS: tuple[tuple[str, Role, str], ...] = (
    ("officer", Role.OFFICER, "执行员（示范）"),
    ("commander", Role.COMMANDER, "指挥员（示范）"),
    ("police", Role.POLICE_LIAISON, "派出所联络民警（示范）"),
    ("grid", Role.GRID_LIAISON, "网格联络员（示范）"),
    ("auditor", Role.AUDITOR, "审计员（示范）"),
    ("admin", Role.ADMIN, "管理员（示范）"),
)
"""User name, role and shown name: one account a role."""


def import_all(settings: Settings, files: DemoFiles) -> None:
    """Take the written files in, through the importers that real files use."""
    for kind, path in (
        ("areas", files.areas),
        ("stations", files.stations),
        ("teams", files.teams),
        ("liaisons", files.liaisons),
        ("calendar", files.calendar),
        ("gazetteer", files.gazetteer),
        ("cases", files.cases),
        ("checkpoints", files.checkpoints),
        ("duties", files.duties),
        ("outcomes", files.outcomes),
        ("leads", files.leads),
    ):
        tables.import_file(settings, kind, path)


def run(settings: Settings, *, small: bool, seed: int) -> dict[str, Any]:
    """Build the district in the data folder, plan the next workday, and say what came out.

    A folder that already holds this demonstration is used as it is, unless its plan is past;
    one that was left half-built is built anew; one that holds anything else is refused, so
    that real data never mixes with invented data. So is a database of a server.
    """
    if settings.database_url is not None:
        raise WebError(
            "示范区只写入数据目录，不写入数据库服务器；请取消环境变量 FIELDWRIT_DATABASE_URL 后重试"
        )
    started_s = time.perf_counter()
    today = local_day(system_clock())
    if not _is_ready(settings, f"{_wanted(small, seed)} {today}\n"):
        _build(settings, small=small, seed=seed, today=today)
    with using(Court(settings)) as court:
        counts = court.store.counts()
        summary = planning.plan_summary(*court.stored_plan("latest"), seconds=0.0)
    return {
        "cases": counts.cases,
        "address_claims": counts.address_claims,
        "geocoded": counts.geocoded,
        **summary,
        "seconds": round(time.perf_counter() - started_s, 1),
    }


def _wanted(small: bool, seed: int) -> str:
    return f"{'small' if small else 'full'} {seed}"


def _is_ready(settings: Settings, wanted: str) -> bool:
    """Whether the folder holds the wanted demonstration; clears one that is another."""
    folder, mark = settings.data_dir, settings.data_dir / _MARK
    if not folder.exists() or not any(folder.iterdir()):
        return False
    if not mark.exists():
        raise WebError(
            "数据目录 %(folder)s 已有其他数据，示范区不会写入；请用 --data-dir 指定新目录",
            folder=folder,
        )
    if mark.read_text(encoding="utf-8") == wanted:
        return True
    for item in folder.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        elif item != mark:
            item.unlink()
    return False


def _build(settings: Settings, *, small: bool, seed: int, today: date) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = settings.data_dir / _MARK
    mark.write_text("", encoding="utf-8")
    setup.initialise(settings)
    with tempfile.TemporaryDirectory(prefix="fieldwrit-") as scratch:
        with stage(settings, marked("生成示范区")) as listener:
            files = generate(Path(scratch), seed=seed, small=small, as_of=today, progress=listener)
        roads.build_network(settings, str(files.roads))
        import_all(settings, files)
        _measure(settings, Path(scratch) / "legs.csv", seed=seed, today=today)
    planning.make_plan(
        settings, (planning.next_workday(settings),), iterations=_ITERATIONS[small], seed=seed
    )
    with using(Court(settings)) as court:
        _make_accounts(court)
        _release_and_share(court)
    mark.write_text(f"{_wanted(small, seed)} {today}\n", encoding="utf-8")


def _measure(settings: Settings, path: Path, *, seed: int, today: date) -> None:
    """Write invented measured legs and take them in; the correction is left to the commander."""
    with using(Court(settings)) as court:
        foretell = LegPredictor(court.network, court.engine, court.vehicles).times
        write_legs(
            *(path, court.network, foretell),
            traffic_day=court.calendar.traffic_day,
            seed=seed,
            as_of=today,
        )
    travel.observe(settings, path)


def _make_accounts(court: Court) -> None:
    """Make an account a role; the police one is of a station with a duty, and with escorts."""
    _, problem, plan = court.stored_plan("latest")
    asks = asks_of(court.store, court.areas, problem, plan)
    wanted = [{one.station for one in asks if one.is_duty == duty} for duty in (True, False)]
    stations = [station.id for station in court.store.stations()]
    station = max(stations, key=lambda one: [one in asked for asked in wanted])
    grid = court.store.liaisons()[0].grid_code
    for username, role, name in ACCOUNTS:
        court.store.accounts.create(
            username,
            PASSWORD,
            role,
            name,
            station if role is Role.POLICE_LIAISON else None,
            grid if role is Role.GRID_LIAISON else None,
        )
    by = next(one.id for one in court.store.accounts.all() if one.role is Role.ADMIN)
    today = local_day(court.clock())
    court.store.register.assess(DataType.VISIT_HISTORY, _ASSESSMENT, on=today, by=by)


def _release_and_share(court: Court) -> None:
    """Let the commander's account approve, so that the partners' pages have something to show."""
    by = next(one.id for one in court.store.accounts.all() if one.role is Role.COMMANDER)
    action_id, problem, plan = court.stored_plan("latest")
    findings = current_findings(court, problem, plan)
    waiting = read_signatures(court.store, problem, plan, findings, at=court.clock()).waiting
    for rule in dict.fromkeys(one.rule for one in waiting):
        sign(
            court.store,
            problem,
            plan,
            findings,
            chosen={key_of(one) for one in waiting if one.rule == rule},
            role=signed_by[rule],
            reason=_REASON,
            document_no=_DOCUMENT,
            expires_on=local_day(last_moment(problem, plan) - timedelta(seconds=1)),
            by=by,
        )
    acknowledged = warnings_of(findings).digest
    release_plan(court, action_id, problem, plan, by=by, acknowledged=acknowledged)
    share_plan(court, action_id, problem, plan, by=by, document=_DOCUMENT)


def serve(settings: Settings, *, port: int, announce: Callable[[str], None]) -> None:
    """Tell one account a role and serve the pages on this machine only."""
    for username, _, name in ACCOUNTS:
        announce(f"  {name}：{username} / {PASSWORD}")
    announce(translator(settings.language)(marked("以上账户仅用于示范数据。")))
    serving.serve(settings, host="127.0.0.1", port=port, announce=announce)
