"""The main job, a function a step: files in, a lawful plan out.

Each function returns the plain result that the command line prints. It opens the court's
store itself and leaves it closed, so that one step never holds another's file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
from waitress.server import create_server

from data import exports
from data.basemap import build_basemap
from data.files import write_atomically
from data.imports import import_file as import_into
from data.store import Store
from data.templates import write_templates
from geo.errors import OnlineRefusedError
from geo.model import AreaKind, Datum, Geocode, Precision
from geo.network import RoadNetwork, from_graph, save_network
from geo.network import build_network as read_network
from geo.osmfile import OsmFeatures, is_graphml, read_features
from geo.placefile import places_json
from routes.errors import PlanError
from routes.model import ActionId, ClaimId, Place
from routes.planning import Deadline, Listener, MaxIterations, StopRule, solve
from routes.planning.formats import read_plan, read_problem, write_plan
from routes.planning.prepare import build_problem, findings_of
from routes.planning.problem import Plan, Problem
from routes.planning.validate import violations
from routes.ports import Clock
from web.app import create_app
from web.build import VENDOR, is_current
from web.config import PLACES_FILE, Settings, secret_key
from web.errors import AssetError, WebError
from web.formats import local_day
from web.i18n import marked, translator
from web.progress import stage
from web.stop_labels import route_lines, stop_labels
from web.wiring import Court, system_clock, using

__all__ = [
    "build_network",
    "check_file",
    "export_plan",
    "geocode_claims",
    "geocode_text",
    "import_file",
    "initialise",
    "make_plan",
    "plan_summary",
    "serve",
    "solve_file",
]

_DEFAULT_STOP_S = 10.0
_CHUNK = 500
_THREADS = 4


def initialise(settings: Settings) -> dict[str, Any]:
    """Make data folder, keys, store and template workbooks; existing ones are kept."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WebError(
            "无法建立数据目录 %(folder)s，请检查路径和权限", folder=settings.data_dir
        ) from error
    Store.open(settings.data_dir, clock=system_clock, create=True).close()
    secret_key(settings)
    write_templates(settings.templates_dir)
    return {"data_dir": str(settings.data_dir), "templates": str(settings.templates_dir)}


def build_network(
    settings: Settings,
    source: str,
    *,
    allow_online: bool = False,
    download: Callable[[str], nx.MultiDiGraph] | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Read a road file into arrays, named places and base map.

    Parameters
    ----------
    source
        Path of a road file, or the name of a district.
    allow_online
        Whether a district's roads may be fetched by its name.
    download
        Fetches a graph by name; osmnx does where none is given.

    Raises
    ------
    NetworkFileError
        If the file cannot be used; what was built before stays.
    OnlineRefusedError
        If ``source`` is a name and fetching is not allowed, or the store holds cases.
    """
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        path = Path(source)
        if path.exists() or path.suffix:
            with stage(settings, marked("读取道路")) as listener:
                network = read_network(path, progress=listener)
            with stage(settings, marked("读取地名与底图要素")):
                features = OsmFeatures() if is_graphml(path) else read_features(path)
        else:
            _refuse_place_name(store, allow_online=allow_online)
            with stage(settings, marked("下载道路")):
                network = _downloaded(source, download or _from_osmnx)
            features = OsmFeatures()
        with stage(settings, marked("绘制底图")):
            build_basemap(features, network, settings.basemap_path)
        # Pages take the roads up only when this file is there: it goes first and comes last.
        (settings.network_dir / PLACES_FILE).unlink(missing_ok=True)
        save_network(network, settings.network_dir)
        with stage(settings, marked("计算路网次序")):
            _ = court.engine.profiles
        with write_atomically(settings.network_dir / PLACES_FILE) as file:
            file.write(places_json(features).encode())
        store.audit.append(
            "cli", "network.build", f"network:{network.report.source_sha256[:12] or 'online'}"
        )
    return {
        "kind": "network",
        "nodes": network.node_count,
        "arcs": network.report.arcs,
        "roads_dropped": network.report.roads_dropped,
    }


def _refuse_place_name(store: Store, *, allow_online: bool) -> None:
    """Let an administrator's one-off download pass, and nothing else (LAW.md P9)."""
    if not allow_online:
        raise OnlineRefusedError(
            "道路来源不是本地文件。按地名下载会连接境外服务器：请先取得道路文件"
            "（.osm、.osm.gz、.osm.pbf、.graphml），或在没有案件数据的目录中加 --allow-online"
        )
    if store.counts().cases:
        raise OnlineRefusedError(
            "数据目录中已有案件数据，不能按地名下载道路（数据不出境）；请用 --data-dir 指定空目录"
        )


def _from_osmnx(name: str) -> nx.MultiDiGraph:
    import osmnx  # heavy, and used online only

    return osmnx.graph_from_place(name, network_type="drive", simplify=False, retain_all=True)


def _downloaded(name: str, download: Callable[[str], nx.MultiDiGraph]) -> RoadNetwork:
    try:
        graph = download(name)
    except Exception as error:  # the library raises many kinds for no answer
        raise OnlineRefusedError(
            "未能按该地名取得道路（%(why)s）；请核对地名和网络，或改用本地道路文件",
            why=type(error).__name__,
        ) from error
    return from_graph(graph, source="online")


def import_file(
    settings: Settings,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    quarantine: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Take one file into the store; a refused file changes nothing."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court, stage(settings, marked("导入")) as listener:
        report = import_into(
            court.store, kind, path, datum=datum, quarantine=quarantine, progress=listener
        )
    return {
        "kind": kind,
        "rows": report.rows,
        "accepted": report.accepted,
        "unchanged": report.unchanged,
        "corrected": report.corrected,
        "quarantined": report.quarantined,
        "encoding": report.encoding,
        "notes": [note.render(say) for note in report.notes],
        "problems": [problem.render(say) for problem in report.problems],
    }


def geocode_text(settings: Settings, text: str, *, clock: Clock = system_clock) -> dict[str, Any]:
    """Locate one address; the most likely position first."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        answer = court.geocoder.geocode(text)
    return {
        "candidates": [
            {
                "lon": round(candidate.point.lon, 6),
                "lat": round(candidate.point.lat, 6),
                "precision": candidate.precision.value,
                "confidence": round(candidate.confidence, 3),
                "label": candidate.label,
                "reason": candidate.reason.render(say),
                "township_code": candidate.township_code,
                "grid_code": candidate.grid_code,
            }
            for candidate in answer.candidates
        ]
    }


def geocode_claims(court: Court) -> int:
    """Locate every address claim that has no place yet; returns how many were located.

    Positions are written piece by piece, so that a stopped run goes on where it was.
    """
    claims = [claim for claim in court.store.claims() if claim.place is None]
    located = 0
    with stage(court.settings, marked("定位地址线索")) as listener:
        for begin in range(0, len(claims), _CHUNK):
            part = claims[begin : begin + _CHUNK]
            answers = court.geocoder.geocode_many((claim.text.reveal() for claim in part), limit=1)
            places = _places(court, [claim.id for claim in part], answers)
            court.store.set_places(places)
            located += len(places)
            listener(begin + len(part), len(claims))
    return located


def _places(
    court: Court, claim_ids: Sequence[ClaimId], answers: Sequence[Geocode]
) -> dict[ClaimId, Place]:
    found = [
        (claim_id, answer.best)
        for claim_id, answer in zip(claim_ids, answers, strict=True)
        if answer.best is not None and answer.best.precision is not Precision.NONE
    ]
    stations = court.area_codes([best.point for _, best in found], kind=AreaKind.STATION_TERRITORY)
    return {
        claim_id: Place.from_candidate(best, station_id=station)
        for (claim_id, best), station in zip(found, stations, strict=True)
    }


def make_plan(
    settings: Settings,
    days: tuple[date, ...],
    *,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Plan these days: locate, apply the rules, solve, check, store.

    Raises
    ------
    WebError
        If a day is past.
    CalendarError
        If the calendar does not know a day.
    PlanError
        If the independent check finds fault; nothing is stored then.
    """
    with using(Court(settings, clock=clock)) as court:
        now = court.clock()
        if days[0] < local_day(now):
            raise WebError(
                "计划日期 %(day)s 已过，请选择今天（%(today)s）或以后的日期",
                day=days[0],
                today=local_day(now),
            )
        started_s = time.perf_counter()
        geocode_claims(court)
        action_id = _next_action_id(court.store, days[0])
        with stage(settings, marked("估计所在、适用规则、计算行车时间")) as listener:
            prepared = build_problem(
                problem_id=str(action_id),
                days=days,
                now=now,
                cases=court.store,
                field=court.store,
                travel=court.engine,
                calendar=court.calendar,
                parameters=court.parameters,
                profile=court.profile,
                areas=court.areas,
                progress=listener,
            )
        plan = _solved(settings, prepared.problem, iterations=iterations, stop_s=stop_s, seed=seed)
        plan = replace(plan, findings=findings_of(prepared, plan))
        _refuse_faulty(prepared.problem, plan)
        court.store.save(action_id, prepared.problem, plan, made_at=now)
        return {
            **plan_summary(court, str(action_id), seconds=time.perf_counter() - started_s),
            "unlocated": prepared.unlocated,
            "without_hour": prepared.without_hour,
            "left_out": prepared.left_out,
        }


def _next_action_id(store: Store, day: date) -> ActionId:
    taken = set(store.action_ids())
    number = 1
    while (made := ActionId(f"A{day:%Y%m%d}-{number}")) in taken:
        number += 1
    return made


def _solved(
    settings: Settings, problem: Problem, *, iterations: int | None, stop_s: float | None, seed: int
) -> Plan:
    with stage(settings, marked("规划路线")) as listener:
        stop: StopRule
        if iterations is not None:
            stop = MaxIterations(iterations)
            heard: Listener = _Iterations(lambda done: listener(done, iterations))
        else:
            limit_s = _DEFAULT_STOP_S if stop_s is None else stop_s
            begun_s = time.monotonic()
            stop = Deadline(time.monotonic, begun_s + limit_s)
            heard = _Iterations(
                lambda _done: listener(round(time.monotonic() - begun_s), max(1, round(limit_s)))
            )
        return solve(problem, stop=stop, seed=seed, listener=heard)


class _Iterations(Listener):
    """Tells a bar of every fiftieth iteration."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell

    def iterated(self, *, iteration: int, value: float, best_value: float) -> None:  # noqa: ARG002
        if iteration % 50 == 0:
            self._tell(iteration)


def _refuse_faulty(problem: Problem, plan: Plan) -> None:
    found = violations(problem, plan)
    if found:
        raise PlanError(
            "计划未通过独立核对（%(count)d 处不符，首处：%(first)s），未保存",
            count=len(found),
            first=found[0].message,
        )


def plan_summary(court: Court, action: str, *, seconds: float) -> dict[str, Any]:
    """Return what a stored plan amounts to, as the command line prints it."""
    action_id, problem, plan = court.stored_plan(action)
    p_found = {option.id: option.p_found for option in problem.options}
    visits = [stop.ref for route in plan.routes for stop in route.stops if stop.ref in p_found]
    return {
        "action": str(action_id),
        "debtors_considered": len({option.debtor for option in problem.options}),
        "planned_visits": len(visits),
        "expected_found": round(sum(p_found[ref] for ref in visits), 2),
        "value": round(plan.value, 2),
        "duties": len(problem.duties),
        "unassigned": len(plan.unassigned),
        "blocked_by_rule": len({finding.subject for finding in problem.blocked}),
        "seconds": round(seconds, 1),
    }


def solve_file(
    settings: Settings,
    problem_path: Path,
    output: Path,
    *,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """Solve a problem file and write the plan."""
    problem = read_problem(problem_path)
    plan = _solved(settings, problem, iterations=iterations, stop_s=stop_s, seed=seed)
    _refuse_faulty(problem, plan)
    write_plan(plan, output)
    return {
        "output": str(output),
        "value": round(plan.value, 2),
        "unassigned": len(plan.unassigned),
    }


def check_file(problem_path: Path, plan_path: Path, *, say: Callable[[str], str]) -> dict[str, Any]:
    """Check a plan file against its problem file, with no code of the search."""
    problem = read_problem(problem_path)
    found = violations(problem, read_plan(plan_path))
    return {
        "valid": not found,
        "violations": [
            {"code": one.code, "path": one.path, "text": one.message.render(say)} for one in found
        ],
    }


def export_plan(
    settings: Settings,
    action: str,
    form: str,
    output: Path | None,
    *,
    datum: Datum = Datum.WGS84,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write a stored plan to a file; the reading of names and addresses is recorded."""
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        action_id, problem, plan = court.stored_plan(action)
        made = store.action(action_id)
        labels = stop_labels(store, problem, plan)
        target = output or Path(f"{action_id}.{form}")
        engine = court.engine if court.has_network else None
        exports.export_plan(
            plan,
            problem,
            labels,
            target,
            format=form,
            title=say(marked("集中执行计划")) + f" {action_id}",
            made_at=court.clock() if made is None else made.made_at,
            datum=datum,
            paths=route_lines(problem, plan, engine),
            font_dir=VENDOR / "fonts",
            translate=say,
        )
        store.audit.append(
            "cli", "plan.export", f"action:{action_id}", {"format": form, "persons": len(labels)}
        )
    return {"action": str(action_id), "output": str(target)}


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    secure_cookies: bool = False,
    clock: Clock = system_clock,
) -> None:
    """Serve the pages until interrupted; ``announce`` is told the address once it answers.

    Raises
    ------
    AssetError
        If scripts, styles and fonts were not fetched yet.
    WebError
        If the port is taken.
    """
    if not is_current():
        raise AssetError("页面资源尚未取得；请先运行 make assets（python -m web.build）")
    with using(Court(settings, clock=clock)) as court:
        with stage(settings, marked("装载路网与地名")):
            app = create_app(
                court.services(),
                secret_key=secret_key(settings),
                locale=settings.language,
                secure_cookies=secure_cookies,
            )
        try:
            server = create_server(app, host=host, port=port, threads=_THREADS)
        except OSError as error:
            raise WebError(
                "端口 %(port)d 无法使用（%(why)s），请用 --port 另选", port=port, why=error.strerror
            ) from error
        announce(
            translator(settings.language)(marked("Fieldwrit 已启动")) + f" http://{host}:{port}/"
        )
        server.run()
