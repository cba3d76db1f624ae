"""The tiny court with somebody and something of each kind, own and another's, to be asked for.

Each question finds the court as it was made: what one wrote is taken back before the next.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from flask import Flask, Request, request
from werkzeug.datastructures import ImmutableMultiDict

from data.check_ins import SentCheckIn
from data.crypto import new_id
from data.imports.importers import import_file
from data.jobs import JobKind
from data.model import Account, Role
from data.outcome_records import FileKind, OutcomeFile, OutcomeRecord
from data.rights import READING, RIGHTS
from data.sent_outcomes import SentOutcome, receive_outcomes
from data.store import Store
from data.things import BOUND, Belonging, Bound
from geo.localtime import local_day
from routes.checks import Answer, Check
from routes.data_types import DataType
from routes.live import SignKind
from routes.measures import StepId
from routes.model import (
    ActionId,
    CaseId,
    ClaimId,
    Liaison,
    OutcomeKind,
    SecretText,
    SupportKind,
    SupportState,
)
from routes.planning import MaxIterations, solve
from tests.data.samples import CASE_ROW, write_csv
from tests.geo.roads import network_of
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import ACTION, DAYS, NOW, PASSWORD, SetClock, open_services
from tests.web.owned_things import EXPIRES, OTHER, make_things
from tests.web.picture_server import picture
from tests.web.test_measures import Step
from tests.web.test_network_page import ROADS, SPOTS
from tests.web.ways import KINDS, Way, named
from web import working
from web.app import create_app
from web.config import Settings
from web.network_board import RoadBoard
from web.overview_index import OverviewIndex
from web.services import Services
from web.trials import Trials

MORNING = NOW.replace(day=26, hour=0, minute=30)
ROVER = "rover"
"""An officer of no team."""
_TABLE = "编号,派出所名称,经度,纬度\nPS08,好派出所,118.6,24.9\nPS09,坏派出所,不是数,24.9\n"
_GRID = "350504101201"
_SESSION = "fieldwrit"


class Fields(ImmutableMultiDict[str, Any]):
    """What a request sent, which notes by what names views ask for it."""

    def __getitem__(self, key: str) -> Any:
        _note(key)
        return super().__getitem__(key)

    def get(self, key: str, *args: Any, **options: Any) -> Any:
        _note(key)
        return super().get(key, *args, **options)

    def getlist(self, key: str, *args: Any, **options: Any) -> list[Any]:
        _note(key)
        return super().getlist(key, *args, **options)


class _Body(dict[str, Any]):
    """An object of JSON that does the same."""

    def __getitem__(self, key: str) -> Any:
        _note(key)
        return super().__getitem__(key)

    def get(self, key: str, *args: Any) -> Any:
        _note(key)
        return super().get(key, *args)


ASKED: dict[str, set[str]] = {}
"""By view, the names of fields that it asked for."""


def _note(key: str) -> None:
    if request:
        ASKED.setdefault(str(request.endpoint), set()).add(key)


def _noted(value: Any) -> Any:
    if isinstance(value, dict):
        return _Body({key: _noted(each) for key, each in value.items()})
    return [_noted(each) for each in value] if isinstance(value, list) else value


class _Request(Request):
    parameter_storage_class = Fields

    def get_json(self, *args: Any, **options: Any) -> Any:
        return _noted(super().get_json(*args, **options))


@dataclass
class MatrixCourt:
    """The court, who is signed in there, and what belongs to whom."""

    app: Flask
    services: Services
    readers: dict[str, Reader]
    accounts: dict[str, Account]
    folder: Path
    sessions: dict[str, str] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    following: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    _files: dict[Path, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._database = sqlite3.connect(self.folder / "data" / "fieldwrit.sqlite3")
        self._kept = sqlite3.connect(":memory:")

    def close(self) -> None:
        self._database.close()
        self._kept.close()
        self.services.store.close()

    def keep(self) -> None:
        """Let this be how each question finds the court."""
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.backup(self._kept)
        self._begin = self.seq
        self._version = self._read_version()
        here = self.services
        for folder in (here.uploads_dir, here.packs_dir, here.certificates_dir):
            self._files |= {path: path.read_bytes() for path in folder.iterdir()}
        for name, reader in self.readers.items():
            cookie = reader.client.get_cookie(_SESSION)
            assert cookie is not None
            self.sessions[name] = cookie.value

    def value(self, who: str, kind: str, which: str) -> str:
        """Return a thing of a kind: the reader's ``own``, an ``other``'s, or one ``unknown``."""
        if which == "unknown":
            known = str(self.own[kind] if isinstance(self.own[kind], str) else "x0")
            return "99" if known.isdecimal() else f"{known[:1]}{'0' * 16}"
        held = (self.own if which == "own" else self.other)[kind]
        if isinstance(held, Mapping):
            held = held.get(who, held["officer"])
        return str(held)

    def belonging(self, who: str, kind: str, which: str) -> Belonging:
        """Return whose a thing is, as the court was filled."""
        one = self.accounts[who]
        if which == "other":
            one = self.accounts[self.following[who]]
        match kind:
            case "token" | "own_device":
                return Belonging(account=one.id)
            case "export":
                return Belonging(account=one.id, team="")  # of all teams
            case "own_tip":
                return Belonging(account=one.id, grid=one.grid_code)
            case "whole":
                return Belonging(team="")
            case "team_start" | "point":
                return Belonging(station="")  # of no one station
            case "station_request" | "start":
                return Belonging(station="PS-1" if which == "own" else "PS-2")
        if Bound.TEAM in BOUND[KINDS[kind]]:
            return Belonging(team="T1" if which == "own" else "T2")
        return Belonging()

    def ask(self, who: str, endpoint: str, way: Way, which: Mapping[str, str]) -> tuple[int, bool]:
        """Ask, and return the status and whether anything but readings was written."""
        things, plain = named(way)
        ids = {
            name: self.value(who, kind, which.get(name, "own"))
            for name, (kind, _part) in things.items()
        }
        texts = {"revision": _revision(self, ids.get("step_id", "")), **self.sent, **ids}
        rule = next(self.app.url_map.iter_rules(endpoint))
        [method] = {"GET", "POST"} & set(rule.methods or ())
        path = self.app.url_map.bind("localhost").build(
            endpoint, {name: {**plain, **ids}[name] for name in rule.arguments}, method=method
        )
        reader = self.readers[who]
        if who in self.sessions:
            reader.client.set_cookie(_SESSION, self.sessions[who])
        for held in ("fieldwrit_drafts", "fieldwrit_what_if"):
            self.app.extensions.pop(held, None)
        if endpoint.startswith("what_if."):
            self._try_plan(solved=endpoint == "what_if.routes")
        headers = {"X-CSRFToken": reader.token}
        if way.device:
            headers["X-Field-Device"] = way.device.format_map(texts)
        sent: dict[str, Any] = {"query_string": _filled(way.query, texts)}
        if method == "POST" and way.json is not None:
            sent["json"] = _filled(way.json, texts)
        elif method == "POST":
            sent["data"] = {"csrf_token": reader.token, **_filled(way.form, texts)}
        answer = reader.client.open(path, method=method, headers=headers, **sent)
        self.answer = answer
        return answer.status_code, self._put_back()

    def _try_plan(self, *, solved: bool) -> None:
        trials: Trials[Any] = Trials(start=lambda _work: None)
        trial = trials.begin(f"table:{ACTION}", iter(()), total=1, by="test")
        store = self.services.store
        if solved:
            trial.results.append(_Tried(store.problem(ACTION), store.plan(ACTION)))
        trial.ended = True
        self.app.extensions["fieldwrit_what_if"] = trials

    def _put_back(self) -> bool:
        """Take back what was written; returns whether that was more than that somebody read."""
        gone = [path for path in self._files if not path.exists()]
        for path in gone:
            path.write_bytes(self._files[path])
        if self._read_version() == self._version:
            return bool(gone)
        asked = "SELECT seq, act, detail FROM audit_entry WHERE seq > ? ORDER BY seq"
        entries = self._database.execute(asked, (self.seq,)).fetchall()
        if entries and all(_keeps_nothing(act, detail) for _seq, act, detail in entries):
            self.seq = entries[-1][0]
            self._version = self._read_version()
            return bool(gone)
        self._kept.backup(self._database)
        self.seq = self._begin
        self._version = self._read_version()
        return True

    def _read_version(self) -> int:
        (version,) = self._database.execute("PRAGMA data_version").fetchone()
        return int(version)


@dataclass(frozen=True)
class _Tried:
    problem: Any
    plan: Any


def _filled(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        text = value.format_map(texts)
        return int(text.removeprefix("int:")) if text.startswith("int:") else text
    if isinstance(value, Mapping):
        return {key: _filled(each, texts) for key, each in value.items()}
    return [_filled(each, texts) for each in value] if isinstance(value, list) else value


def _keeps_nothing(act: str, detail: str) -> bool:
    """Whether an entry tells of a reading, or of outcomes none of which was kept."""
    return act in READINGS or (act == "outcomes.receive" and json.loads(detail)["stored"] == 0)


class _NoHeat(OverviewIndex):
    """Never reckons where somebody is to be found: that takes long, and nothing here needs it."""

    def heat(self, here: Services) -> tuple[None, bool]:
        return None, False


READINGS = frozenset(
    {"account.list", "case.json", "field.pack", "heat.map", "live.open", "outcome.file"}
    | {
        "campaign.list",
        "cases.list",
        "cases.map",
        "cases.since",
        "person.search",
        "person.show",
        "plan.map",
    }
    | {"plan.why", "share.map", "certificate.fetch", "export.fetch", "liaison.show"}
    | {f"{of}.read" for of in ("desk", "person", "places", "share", "step", "tip", "liaison")}
    | {f"{of}.read" for of in ("quarantine", "register", "retention", "import.preview")}
)
"""Acts that tell of a reading."""


@contextmanager
def matrix_court(folder: Path, filled: Path) -> Iterator[MatrixCourt]:
    """Yield the court of a folder: the officer and the station are of one team and place."""
    copytree(filled, folder / "data")
    settings = Settings(folder / "data")
    for held in (settings.uploads_dir, settings.packs_dir, settings.certificates_dir):
        held.mkdir(exist_ok=True)
    clock, queue = SetClock(), Waiting()
    board = RoadBoard(network_of(SPOTS, ROADS))
    services = replace(
        open_services(folder / "data", clock),
        queue=queue,
        roads=board,
        uploads_dir=settings.uploads_dir,
        packs_dir=settings.packs_dir,
        certificates_dir=settings.certificates_dir,
        overview=_NoHeat(),
    )
    _people(services)
    app = create_app(services, secret_key=KEY, session_idle=timedelta(days=4000))
    app.request_class = _Request
    readers, accounts = {}, {}
    for name in (*map(str, Role), ROVER, "neighbour", "grid2"):
        readers[name] = Reader(app.test_client())
        assert readers[name].sign_in(name).status_code == 302
        readers[name].get("/account")
        found = services.store.accounts.named(name)
        assert found is not None
        accounts[name] = found
    made = MatrixCourt(app, services, readers, accounts, folder)
    _fill(made, make_things(services, readers), clock, queue)
    clock.at = MORNING
    for name, key in made.own["own_device"].items():
        services.store.devices.see(key, accounts[name].id)  # else each first question tells it
    for team in ("T1", "T2"):
        call = SentCheckIn(f"call-of-{team}", team, SignKind.HELP, clock.at)
        device = made.own["own_device"]["officer"]
        services.store.check_ins.receive(call, device_id=device, by=accounts["officer"].id)
    alarms = {
        one["team"]: one["alarms"][0]["id"]
        for one in readers["commander"].get(f"/api/live/{ACTION}").json["teams"]  # type: ignore[index]
    }
    made.own["alarm"], made.other["alarm"] = alarms["T1"], alarms["T2"]
    for reader in readers.values():
        reader.get("/account")
    readers["nobody"] = Reader(app.test_client())
    readers["nobody"].get("/login")
    [*ends] = services.store.audit.entries(1)
    made.seq = ends[0].seq
    made.keep()
    yield made
    made.close()


def _people(services: Services) -> None:
    store = services.store
    store.put(
        liaisons=[
            Liaison(f"gl{n}", code, SecretText("网格员某"))
            for n, code in enumerate((_GRID, "350504102202"))
        ]
    )
    store.accounts.create(ROVER, PASSWORD, Role.OFFICER, "机动")
    store.accounts.create(
        "grid2", PASSWORD, Role.GRID_LIAISON, "邻村网格员", grid_code="350504102202"
    )
    officer = store.accounts.named("officer")
    assert officer is not None
    store.accounts.place(officer.id, team_id="T1", court="", by="test")
    problem, plan = store.problem(ACTION), store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    empty = replace(plan, problem_id=str(OTHER), routes=(), unassigned=(), findings=())
    store.save(OTHER, replace(problem, id=str(OTHER)), empty, made_at=NOW)


def _check_answer(store: Store, claim: str, case: str) -> str:
    """Make an answer to a check of a claim, and return its id."""
    return store.check_answers.add(
        ClaimId(claim),
        Check.TELEPHONE,
        Answer.NO,
        of=CaseId(case),
        answered_on=local_day(NOW),
        by="test",
    )


def _fill(made: MatrixCourt, ids: dict[str, str], clock: SetClock, queue: Waiting) -> None:
    """Make something of each kind; what is bound to an account for each of the readers."""
    store, own, other = made.services.store, made.own, made.other
    begun = Step(made.readers["officer"], made.services, "seizure", "c004")
    begun.send("acts", act="record_signed", at="2026-11-24T10:00")
    paper = {"document": "seizure_ruling", "number": "（2026）示1号"}
    step, officer = ids["step"], made.readers["officer"]
    officer.get(f"/measures/{step}")
    officer.send(f"/measures/{step}/documents", revision=_revision(made, step), **paper)
    own["begun_step"], other["begun_step"] = begun.id, step
    _of_accounts(made)
    _of_stations(made, ids)
    _of_teams(made)
    _of_plans(made, ids)
    _of_tables(made, clock, queue)
    case = store.case(store.debtors()[1].case_id)
    assert case is not None
    made.sent |= {
        "password": PASSWORD,
        "version": made.services.roads.version if made.services.roads else "",
        "case_number": str(case.number),
    }
    own |= {
        "case": "c002",
        "claim": "a0020",
        "debtor": "d002",
        "place_number": "1",
        "record": ids["record"],
        "record_case": "c001",
        "decision": ids["decision"],
        "check_answer": _check_answer(store, "a0020", "c002"),
        "step": ids["step"],
        "item_step": ids["item_step"],
        "item": ids["item"],
        "index": "0",
        "tip": ids["tip"],
        "grid": _GRID,
        "station": "PS-1",
        "guide": {name: str(one.role) for name, one in made.accounts.items()},
        "closure": _closure(made),
        "road": "1",
    }
    other |= {
        "case": "c003",
        "claim": "a0030",
        "debtor": "d003",
        "place_number": "99",
        "record": ids["decision"],
        "record_case": "c002",
        "decision": ids["record"],
        "check_answer": _check_answer(store, "a0030", "c003"),
        "step": ids["item_step"],
        "item_step": ids["step"],
        "item": ids["step"],
        "index": "98",
        "tip": own["own_tip"]["grid2"],
        "grid": "350504102202",
        "station": "PS-2",
        "guide": {
            name: str(next(role for role in Role if role is not one.role))
            for name, one in made.accounts.items()
        },
        "closure": _closure(made),
        "road": "2",
    }


def _revision(made: MatrixCourt, step: str) -> str:
    """Return the state of a step that its page would show; nothing of none."""
    kept = made.services.store.measures.step(StepId(step)) if step else None
    return "" if kept is None else str(kept.revision)


def _closure(made: MatrixCourt) -> str:
    board, commander = made.services.roads, made.readers["commander"]
    assert board is not None
    body = {"reason": "桥梁维修", "begin": "", "end": "", "direction": "both", "area": None}
    answer = commander.client.post(
        "/api/network/closures",
        json=body | {"roads": [5], "version": board.version, "confirmed": True},
        headers={"X-CSRFToken": commander.token},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])  # type: ignore[index]


def _of_accounts(made: MatrixCourt) -> None:
    store, own, other = made.services.store, made.own, made.other
    names = list(made.accounts)
    held: dict[str, dict[str, str]] = {"token": {}, "own_device": {}, "export": {}, "own_tip": {}}
    for name, one in made.accounts.items():
        right = min(READING & RIGHTS[one.role])
        token, _secret = store.tokens.create(one, "程序", {right}, expires_at=EXPIRES, by=one.id)
        held["token"][name] = token.id
        held["own_device"][name] = store.devices.add(one.id, "手机").id
        wanted = {"action": ACTION, "format": "pdf", "draft": True}
        job = store.jobs.take(store.jobs.add(JobKind.FIELD_PACK, wanted, by=one.id).id)
        assert job is not None
        store.jobs.finish(job, {"name": "plan.pdf"})
        (made.services.packs_dir / job.pack_name).write_bytes(b"%PDF-")
        held["export"][name] = job.id
        if one.grid_code is not None:
            tip = store.tips.add(
                one.id,
                one.grid_code,
                about="开面馆的老板",
                place="车站旁",
                seen_on=local_day(NOW),
                band=None,
                lasts=timedelta(days=7),
            )
            held["own_tip"][name] = tip.id
        else:
            held["own_tip"][name] = "t0"
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    following["grid_liaison"] = "grid2"
    made.following = following
    for kind, ids in held.items():
        own[kind] = ids
        other[kind] = {name: ids[following[name]] for name in names}
    made.sent["officer_id"] = made.accounts["officer"].id
    own["account"], other["account"] = (made.accounts[n].id for n in (ROVER, "officer"))
    own["device"], other["device"] = (held["own_device"][n] for n in ("officer", ROVER))


def _of_stations(made: MatrixCourt, ids: dict[str, str]) -> None:
    store, own, other = made.services.store, made.own, made.other
    plan = store.plan(ACTION)
    assert plan is not None
    stops = [(r, s) for r in plan.routes for s in r.stops if s.kind == "visit"]
    store.shares.create(ACTION, "PS-2", EXPIRES, "test")
    made_for_other = _request(made, "PS-2", stops[1][1].ref)
    asked = _request(made, "PS-1", stops[2][1].ref)
    own |= {"station_request": asked, "start": "station:PS-1", "team_start": "team:T1"}
    other |= {"station_request": made_for_other, "start": "station:PS-2", "team_start": "team:T2"}


def _check_draft(made: MatrixCourt, ref: str, action: Any = ACTION) -> str:
    return made.services.store.support_requests.create(
        action,
        "PS-1",
        SupportKind.PROPERTY_CHECK,
        ref,
        NOW + timedelta(hours=26),
        NOW + timedelta(hours=27),
        "test",
        document="协助函1号",
    ).id


def _request(made: MatrixCourt, station: str, ref: str, action: Any = ACTION) -> str:
    store = made.services.store
    return store.support_requests.create(
        action,
        station,
        SupportKind.ESCORT,
        ref,
        NOW + timedelta(hours=26),
        NOW + timedelta(hours=27),
        "test",
        document="协助函1号",
        state=SupportState.SENT,
    ).id


def _of_teams(made: MatrixCourt) -> None:
    store, own, other = made.services.store, made.own, made.other
    device = own["own_device"]["officer"]
    by = made.accounts["officer"].id
    files = (OutcomeFile(FileKind.PHOTO, "image/png", picture()),)
    for held, team in ((own, "T1"), (other, "T2")):
        sent = SentOutcome(
            f"visit-of-{team}",
            ClaimId("a0020"),
            OutcomeKind.MOVED,
            NOW - timedelta(days=1),
            record=OutcomeRecord(team, device, files=files),
        )
        [receipt] = receive_outcomes(store, [sent], by=by)
        assert receipt.outcome_id is not None, receipt
        outcome = next(one for one in store.outcomes() if one.id == receipt.outcome_id)
        _record, pictures = store.outcome_records([outcome])[outcome.id]
        message = store.team_messages.send(team, DAYS[0], "请注意安全", by="test")
        held |= {"outcome": outcome.id, "picture": pictures[0].id, "team": team}
        held |= {"any_team": team, "message": message.id}
    own["whole"] = own["point"] = ""


def _of_plans(made: MatrixCourt, ids: dict[str, str]) -> None:
    store, own, other = made.services.store, made.own, made.other
    plan = store.plan(ACTION)
    assert plan is not None
    stops = [s for r in plan.routes if r.team == "T1" for s in r.stops if s.kind == "visit"]
    share = store.shares.create(OTHER, "PS-1", EXPIRES, "test").id
    proposed = _request(made, "PS-1", stops[1].ref)
    store.support_requests.answer(
        proposed,
        SupportState.OTHER_TIME_PROPOSED,
        "test",
        proposed_starts_at=NOW + timedelta(hours=28),
    )
    strange = _request(made, "PS-1", stops[0].ref, OTHER)
    own |= {"plan": str(ACTION), "share": ids["share"], "sign_off": ids["sign_off"]}
    _save_solved(made)
    asked = _request(made, "PS-1", stops[0].ref)
    own |= {"request": asked, "proposed": proposed, "visit": stops[0].ref}
    own["check_draft"] = _check_draft(made, stops[0].ref)
    other["check_draft"] = _check_draft(made, stops[0].ref, OTHER)
    own |= {"stray": ids["sign_off"], "trial": "0", "tried_plan": str(ACTION)}
    other |= {"plan": str(OTHER), "share": share, "sign_off": ids["record"]}
    other |= {"request": strange, "proposed": strange, "visit": "v99"}
    other |= {"stray": ids["record"], "trial": "7", "tried_plan": str(OTHER)}


def _save_solved(made: MatrixCourt) -> None:
    """Keep two plans whose times roads give, which the board takes up."""
    store = made.services.store
    held = store.problem(ACTION)
    assert held is not None
    for names, key in ((made.own, "20261126-solved"), (made.other, "20261126-solve2")):
        problem = replace(held, id=key)
        solved = solve(problem, stop=MaxIterations(30), seed=1)
        store.save(ActionId(key), problem, solved, made_at=NOW)
        names["solved_plan"] = key
    made.own["solved_visit"] = next(
        s.ref for r in solved.routes if r.team == "T1" for s in r.stops if s.kind == "visit"
    )
    made.other["solved_visit"] = "v99"


def _of_tables(made: MatrixCourt, clock: SetClock, queue: Waiting) -> None:
    store, own, other = made.services.store, made.own, made.other
    by, folder, today = made.accounts["officer"].id, made.folder, local_day(NOW)
    (folder / "stations.csv").write_text(_TABLE, encoding="utf-8")
    import_file(store, "stations", folder / "stations.csv", quarantine=True)
    (folder / "more.csv").write_text(_TABLE.replace("PS09", "PS10"), encoding="utf-8")
    import_file(store, "stations", folder / "more.csv", quarantine=True)
    own["row"], other["row"] = (one.id for one in store.quarantined_rows())
    maps = [store.column_maps.put("cases", n, {n: ""}, by=by).id for n in ("甲", "乙")]
    own["column_map"], other["column_map"] = maps
    register = store.register
    own["leak"], other["leak"] = (register.report_leak(w, on=today, by=by) for w in "甲乙")
    own["line"], other["line"] = (
        register.assess(DataType.HEALTH, f"评估{n}号", on=today, by=by) for n in (1, 2)
    )
    for held, name in ((own, "a.json"), (other, "b.json")):
        (made.services.certificates_dir / name).write_text("{}")
        held["certificate"] = name
    settings = Settings(folder / "data")
    for held in (own, other):
        wanted = _upload(made, CASE_ROW)
        held["preview"] = store.jobs.add(JobKind.PREVIEW, wanted, by=by).id
        held["import_job"] = store.jobs.add(JobKind.IMPORT, wanted, by=by).id
        odd = {header: text for header, text in CASE_ROW.items() if header != "案号"}
        held["refused_import"] = store.jobs.add(JobKind.IMPORT, _upload(made, odd), by=by).id
        for kind in ("preview", "refused_import"):
            working.work_on(store, settings, held[kind], telling=queue, clock=clock)


def _upload(made: MatrixCourt, row: Mapping[str, str]) -> dict[str, str]:
    """Send a table of one row, and return what a job of it wants."""
    name = f"{new_id('f')}.csv"
    write_csv(made.services.uploads_dir / name, [row])
    return {"kind": "cases", "file": name, "name": "a.csv", "datum": ""}
