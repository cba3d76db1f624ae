"""A tiny court in which each page has something to show, made through the pages' own forms."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyotp
from flask import Flask

from data.demo.people import id_number
from data.imports.importers import import_file
from data.model import Role
from data.signing import read_signing_key
from data.tiles import MIN_ZOOM, MapLayer, write_tiles
from geo.travel import load_engine
from routes.items import AssetKind, Holder, Item
from routes.measures import StepId
from routes.model import (
    ActionId,
    CaseId,
    CaseStatus,
    EscortHours,
    Lead,
    Outcome,
    OutcomeKind,
    SecretText,
    VisitBand,
)
from routes.planning import MaxIterations, solve
from tests.data.samples import CASE_ROW, write_csv
from tests.geo.roads import network_of
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import (
    ACTION,
    DAYS,
    NOW,
    PASSWORD,
    SetClock,
    TinyBasemap,
    fill_empty,
    open_services,
)
from tests.web.desk_court import with_places
from tests.web.test_measures import FACTS, Step, claim_of
from tests.web.test_network_page import ROADS, SPOTS
from tests.web.test_plans import LETTER, SHARE, release, sign_all
from tests.web.test_tips import TOLD
from web.app import create_app
from web.config import Settings
from web.network_board import RoadBoard
from web.raster_map import open_raster_map
from web.services import Services
from web.working import work_on

__all__ = ["GUARDED", "MORNING", "SOLVED", "Ids", "open_empty", "open_seen"]

MORNING = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
"""Half past ten of the plan's first day."""
GUARDED = "neighbour"
"""The account that gives a second factor."""
SOLVED = ActionId("20261126-solved")
LONG_NAME = "示例省示例市青溪镇山海联合农业综合开发与乡村旅游投资有限责任公司"
_FAR_TABLE = "编号,派出所名称,经度,纬度\nPS08,好派出所,118.6,24.9\nPS09,坏派出所,不是数,24.9\n"
_FOREIGN = "卷宗编号"


@dataclass(frozen=True)
class Ids:
    """What stands in the addresses of pages."""

    measure: str
    property_step: str
    item: str
    preview: str
    unread_preview: str
    row: str


def open_seen(folder: Path) -> tuple[Flask, Services, Ids]:
    """Open the tiny court in a folder, fill it, and return its pages at half past ten."""
    clock = SetClock(NOW)
    settings = Settings(folder)
    queue = Waiting()
    network = network_of(SPOTS, ROADS)
    basemap = folder.parent / "basemap.pmtiles"
    write_tiles(_map_layers(), basemap, title="t")
    court = replace(
        with_places(open_services(folder, clock), only_three=False),
        raster=open_raster_map(basemap),
        roads=RoadBoard(network),
        engine=load_engine(network),
        queue=queue,
        uploads_dir=settings.uploads_dir,
        packs_dir=settings.packs_dir,
        certificates_dir=settings.certificates_dir,
        public_key=read_signing_key(settings.signing_key_path).public,
    )
    _fill_store(court, clock)
    app = create_app(court, secret_key=KEY, session_idle=timedelta(days=4000))
    readers = {role: Reader(app.test_client()) for role in Role}
    for role, reader in readers.items():
        reader.sign_in(role.value)
    _fill_plans(court, readers)
    measure, property_step, item = _fill_cases(court, readers)
    _fill_register(readers)
    _guard(Reader(app.test_client()), clock)
    preview, unread, row = _fill_jobs(court, readers[Role.OFFICER], queue, settings, folder)
    _fill_roads(readers[Role.COMMANDER], court.roads)
    clock.at = MORNING - timedelta(hours=3)
    _fill_night(court, clock)
    clock.at = MORNING
    _fill_day(readers, clock)
    for one in _json(readers[Role.OFFICER], "/api/desk/queue")["waiting"][:3]:
        _json(readers[Role.OFFICER], f"/api/desk/claims/{one['id']}")  # builds the gazetteer
    return app, court, Ids(measure, property_step, item, preview, unread, row)


def open_empty(folder: Path) -> tuple[Flask, Services]:
    """Make a court in a folder that has nothing to show yet, and return its pages."""
    fill_empty(folder)
    court = open_services(folder, SetClock(MORNING))
    return create_app(court, secret_key=KEY, session_idle=timedelta(days=4000)), court


def _map_layers() -> Iterator[MapLayer]:
    """Yield what the tiles of the tiny base map hold, for the pictures of it."""
    for name in dict.fromkeys(layer for layer, _shape, _facts in TinyBasemap.SHAPES):
        own = [(shape, facts) for layer, shape, facts in TinyBasemap.SHAPES if layer == name]
        yield MapLayer(
            name,
            np.array([shape for shape, _facts in own], dtype=object),
            tuple(str(facts["kind"]) for _shape, facts in own),
            tuple(str(facts.get("name", "")) for _shape, facts in own),
            np.full(len(own), MIN_ZOOM),
            np.array([facts.get("rank", 0) for _shape, facts in own]),
        )


def _fill_store(court: Services, clock: SetClock) -> None:
    store = court.store
    hours = tuple(EscortHours(day, hour(8), hour(17)) for day in range(5))
    store.put(teams=store.teams(), shifts={"T1": hours, "T2": hours})
    (long, *_) = store.debtors(CaseId("c005"))
    (person, *_) = store.debtors(CaseId("c001"))
    number = SecretText(id_number(NOW.date().replace(year=1980), 12))
    store.put(
        debtors=[
            replace(long, name=SecretText(LONG_NAME)),
            replace(person, id_number=number),
        ]
    )
    old = store.claims(CaseId("c013"))[0]
    store.put(claims=[replace(old, expires_on=NOW.date().replace(year=2025))])
    ended = store.case(CaseId("c017"))
    assert ended is not None
    clock.at = NOW.replace(year=2020)
    store.put(cases_=[replace(ended, status=CaseStatus.ENDED)])
    clock.at = NOW


def _fill_plans(court: Services, readers: dict[Role, Reader]) -> None:
    store, commander = court.store, readers[Role.COMMANDER]
    problem = store.problem(ACTION)
    assert problem is not None
    problem = replace(problem, id=str(SOLVED))
    store.save(SOLVED, problem, solve(problem, stop=MaxIterations(30), seed=1), made_at=NOW)
    sign_all(commander)
    release(commander)
    commander.send(SHARE, document=LETTER, answer_by="2026-11-26T13:00")
    check = {"day": "2026-11-26", "from": "15:00", "until": "16:00", "document": LETTER}
    for visit in ("v3", "v5"):
        commander.send(f"/plans/{ACTION}/checks", visit=visit, **check)
    asked = store.support_requests.property_checks(ACTION)[0]
    commander.send(f"/plans/{ACTION}/requests/{asked.id}/send")
    board, draft = f"/plans/{SOLVED}/board", f"/api/plans/{SOLVED}/draft"
    for reader, last in ((readers[Role.OFFICER], 3), (commander, 1)):  # the second saves first
        reader.get(board)
        state = _json(reader, draft)
        lane, other = (one for one in state["lanes"] if one["day"] == state["lanes"][0]["day"])
        visits = [s["ref"] for s in lane["stops"] if s["kind"] == "visit" and not s["escort"]]
        for ref in visits[:last]:
            change = {"kind": "move", "ref": ref, "shift": other["shift"]}
            body = {"number": state["number"], "act": "change", "change": change}
            state = _sent(reader, draft, body)
    commander.get(board)
    commander.send(f"{board}/save", number=str(state["number"]))
    trial = f"/plans/{SOLVED}/what-if"
    commander.get(trial)
    commander.send(trial, kind="table")
    commander.send(f"{trial}/stop")
    while not _json(commander, f"/api{trial}")["ended"]:
        time.sleep(0.2)


def _fill_cases(court: Services, readers: dict[Role, Reader]) -> tuple[str, str, str]:
    officer = readers[Role.OFFICER]
    step = Step(officer, court, "summons")
    step.send("facts", claim=claim_of(court), **FACTS)
    step.paper("summons_proof", "officer")
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    seizure = Step(officer, court, "seizure")
    flat = Item("-", AssetKind.REAL_ESTATE, registered_to=Holder.DEBTOR, held_by=Holder.DEBTOR)
    item = court.store.measures.add_item(StepId(seizure.id), flat, "住房一套", by="u1").item
    debtor = "/cases/c001/debtors/1/restrictions/order"
    officer.get(debtor)
    officer.send(debtor, document="限消令1号", issued_on="2026-10-01", served_on="2026-10-09")
    form = "/cases/c002/addresses/1/namesake"
    entered = {"name": "同乡某某", "kin": "match", "birth_date": ""}
    officer.get(form)
    page = officer.post(form, **entered).text
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown is not None
    told = {"verdict": "different", "shown": shown[1], "reason": "证件与亲属均已核对"}
    officer.post(form, **entered, **told)
    liaison = readers[Role.GRID_LIAISON]
    liaison.get("/grid")
    liaison.send("/grid/tips", **TOLD)
    liaison.send("/grid/tips", **(TOLD | {"about": LONG_NAME, "band": "morning"}))
    return step.id, seizure.id, item.id


def _fill_register(readers: dict[Role, Reader]) -> None:
    auditor = readers[Role.AUDITOR]
    auditor.get("/protection")
    fields = {"data_type": "visit_history", "document": "评1号", "on": "2026-11-01"}
    auditor.send("/protection/lines/assessment", **fields)


def _guard(reader: Reader, clock: SetClock) -> None:
    """Let one account ask for a second factor."""
    reader.sign_in(GUARDED)
    page = reader.get("/account/second-factor").text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert found is not None
    code = pyotp.TOTP(found[1].replace(" ", "")).at(clock())
    reader.post("/account/second-factor", code=code, password=PASSWORD)


def _fill_jobs(
    court: Services, officer: Reader, queue: Waiting, settings: Settings, folder: Path
) -> tuple[str, str, str]:
    import_file(court.store, "cases", write_csv(folder / "held.csv", [CASE_ROW]))
    changed = CASE_ROW | {"执行标的额": "78000", "地址1": "河埔镇后洋村3号", "特殊人员": "重病"}
    foreign = {(_FOREIGN if name == "案号" else name): text for name, text in changed.items()}

    def compared(row: dict[str, Any]) -> str:
        file = (BytesIO(write_csv(folder / "again.csv", [row]).read_bytes()), "again.csv")
        fields = {"csrf_token": officer.token, "kind": "cases", "preview": "1", "file": file}
        officer.get("/jobs")
        officer.client.post("/jobs/import", data=fields)
        return done()

    def done() -> str:
        work_on(court.store, settings, queue.ids[-1], telling=queue, clock=court.clock)
        return queue.ids[-1]

    first = compared(foreign)
    officer.get(f"/jobs/{first}/preview")
    officer.post(f"/jobs/{first}/preview/columns", **{"column-0": "number", "name": "旧系统"})
    done()
    unread = compared(foreign | {"另一列": "甲"})
    preview = compared(changed)
    table = folder / "stations.csv"
    table.write_text(_FAR_TABLE, encoding="utf-8")
    import_file(court.store, "stations", table, quarantine=True)
    (row,) = court.store.quarantined_rows()
    return preview, unread, row.id


def _fill_roads(commander: Reader, board: RoadBoard | None) -> None:
    assert board is not None
    commander.get("/network")
    closed = {"reason": "桥梁维修", "begin": "", "end": "", "direction": "both", "area": None}
    _sent(commander, "/api/network/closures", closed | {"roads": [1], "version": board.version})


def _fill_night(court: Services, clock: SetClock) -> None:
    """Let something come while nobody is signed in."""
    (found, other) = court.store.claims(CaseId("c020"))[0], court.store.claims(CaseId("c021"))[0]
    until = clock.at + timedelta(days=30)
    lead = Lead("l-night", other.debtor_id, "网格联络员", clock.at, until, other.id)
    visits = [
        Outcome("o-night", found.id, OutcomeKind.LIVES_HERE_ABSENT, clock.at, VisitBand.EVENING),
        Outcome("o-late", other.id, OutcomeKind.CLOSED, clock.at, VisitBand.EVENING),
    ]
    court.store.put(outcomes=visits, leads=[lead])


def _fill_day(readers: dict[Role, Reader], clock: SetClock) -> None:
    officer, commander = readers[Role.OFFICER], readers[Role.COMMANDER]
    device = _sent(officer, "/api/field/devices", {"name": "一组手机"})["device"]
    headers = {"X-Field-Device": device}
    live = _json(officer, f"/api/live/{ACTION}")
    stops = next(one for one in live["teams"] if one["team"] == "T1")["stops"]
    at = clock.at.isoformat()
    act = {"team": "T1", "at": at, "agreed_at": at}
    acts = [
        act | {"key": "key-arrived-1", "kind": "arrived", "stop": stops[0]["key"].split(":")[-1]},
        act | {"key": "key-help-1", "kind": "help"},
    ]
    _sent(officer, "/api/field/acts", {"acts": acts}, **headers)
    message = {"team": "T1", "message": "改走南环路，白沙大桥封闭"}
    _sent(commander, f"/api/live/{ACTION}/messages", message)
    assert clock.at.date() == DAYS[0]


def _json(reader: Reader, path: str) -> dict[str, Any]:
    answer = reader.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def _sent(reader: Reader, path: str, body: object, **headers: str) -> dict[str, Any]:
    answer = reader.client.post(path, json=body, headers={"X-CSRFToken": reader.token, **headers})
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json
    return found
