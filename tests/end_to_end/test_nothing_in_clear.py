"""A person who is marked is looked for in every file of the data folder, after all long work."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.demo.people import id_number
from data.exports import FORMATS
from data.jobs import Job, JobKind, JobState
from data.model import Role
from data.previews import read_preview
from data.sealed_files import reading_sealed, seal_file
from data.store import Store
from routes.model import ActionId, DebtorKind, SecretText
from tests.data.samples import CASE_ROW, GOOD_ROWS, write_csv, write_xlsx
from tests.unpacking import unpacked
from web import working
from web.clock import system_clock
from web.config import Settings
from web.queueing import Queue, open_queue
from web.steps.planning import next_workday
from web.steps.tables import import_file, preview_lines

NAME, PHONE, NUMBER = "欧阳金丝雀", "13800987654", id_number(date(1981, 6, 7), 23)
ADDRESS, NOTE, ACCOUNT = "金丝雀路七号院三单元", "邻居金大妈说夜里回家", "金丝雀账户6222020017"
_MARKS = (NAME, PHONE, NUMBER, ADDRESS, NOTE, ACCOUNT)
_SEALED = b"fieldwrit-sealed"
_CASE = "（2026）闽0599执77号"
_ROW = CASE_ROW | {
    "案号": _CASE,
    "被执行人": NAME,
    "证件号码": NUMBER,
    "地址1": ADDRESS,
    "地址1依据": NOTE,
}
_TABLES: Mapping[str, Sequence[Mapping[str, str]]] = {
    "cases": [_ROW, _ROW | {"案号": "（2026）闽0599执78号", "立案日期": "没有"}],
    "liaisons": [{**GOOD_ROWS["liaisons"], "姓名": NAME, "电话": PHONE}],
    "outcomes": [
        {**GOOD_ROWS["outcomes"], "案号": _CASE, "被执行人": NAME, "地址": ADDRESS, "备注": NOTE}
    ],
    "leads": [
        {**GOOD_ROWS["leads"], "案号": _CASE, "被执行人": NAME, "地址": ADDRESS, "来源": NOTE}
    ],
    "property": [
        {
            **GOOD_ROWS["property"],
            "案号": _CASE,
            "被执行人": NAME,
            "证件号码": NUMBER,
            "财产内容": ACCOUNT,
        }
    ],
}
"""A good row of each table of persons, and one that waits in quarantine."""


def _readable(path: Path) -> bytes:
    """Return what a file holds, packed or not."""
    content = unpacked(path.read_bytes())
    if not zipfile.is_zipfile(path):
        return content
    with zipfile.ZipFile(path) as archive:
        return content + b"".join(archive.read(name) for name in archive.namelist())


def _forms(mark: str) -> tuple[bytes, ...]:
    coded = (mark.encode(each) for each in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"))
    return (*coded, json.dumps(mark)[1:-1].encode(), repr(mark.encode())[2:-1].encode())


def _seen(folder: Path) -> set[tuple[str, str]]:
    """Return files in which a mark can be read, with the mark."""
    found = set()
    for path in sorted(folder.rglob("*")):
        found |= {(path.name, mark) for mark in _MARKS if mark in path.name}
        if path.is_file() and "network" not in path.relative_to(folder).parts:
            content = _readable(path)
            found |= {
                (path.relative_to(folder).as_posix(), mark)
                for mark in _MARKS
                if any(form in content for form in _forms(mark))
            }
    return found


@dataclass(frozen=True)
class _Court:
    settings: Settings
    store: Store
    queue: Queue
    accounts: Mapping[Role, str]
    plan: ActionId
    """In which the marked debtor is visited."""

    def do(self, kind: JobKind, wanted: Mapping[str, Any], *, role: Role = Role.OFFICER) -> Job:
        """Do a job as the worker does, and look for marks in all that lies there afterwards."""
        job = self.store.jobs.add(kind, wanted, by=self.accounts[role])
        self.queue.put(job.id)
        working.work_on(self.store, self.settings, job.id, telling=self.queue)
        done = self.store.jobs.get(job.id)
        assert done is not None
        assert (done.state, done.error) == (JobState.DONE, None)
        assert _seen(self.settings.data_dir) == set()
        return done

    def sent(self, path: Path) -> str:
        """Take a file in as the page does."""
        self.settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
        name = f"{len(list(self.settings.uploads_dir.iterdir()))}{path.suffix}"
        with path.open("rb") as file:
            seal_file(self.store.cipher, file, self.settings.uploads_dir / name)
        return name


@pytest.fixture(scope="module")
def court(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Court]:
    """The small demonstration, in whose latest plan a debtor and his addresses are marked."""
    folder = tmp_path_factory.mktemp("marked") / "court"
    shutil.copytree(demo_dir, folder)
    settings = Settings(folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        latest = store.latest()
        assert latest is not None
        problem, plan = store.problem(latest), store.plan(latest)
        assert problem is not None
        assert plan is not None
        visited = {stop.ref for route in plan.routes for stop in route.stops}
        option = next(one for one in problem.options if one.id in visited)
        (debtor,) = (one for one in store.debtors() if one.id == option.debtor)
        claims = [one for one in store.claims() if one.debtor_id == debtor.id]
        store.put(
            debtors=[
                replace(
                    debtor,
                    kind=DebtorKind.PERSON,
                    name=SecretText(NAME),
                    id_number=SecretText(NUMBER),
                )
            ],
            claims=[replace(one, text=SecretText(ADDRESS)) for one in claims],
        )
        accounts = {
            role: store.accounts.create(f"marked-{role}", "first-pass-1", role, NAME).id
            for role in (Role.OFFICER, Role.COMMANDER, Role.AUDITOR, Role.ADMIN)
        }
        yield _Court(settings, store, open_queue(settings), accounts, latest)


@pytest.mark.parametrize("kind", _TABLES)
def test_tables_of_persons_leave_nothing(court: _Court, tmp_path: Path, kind: str) -> None:
    name = court.sent(write_csv(tmp_path / f"{NAME}.csv", _TABLES[kind], "gb18030"))
    assert _seen(court.settings.data_dir) == set()
    wanted = {"kind": kind, "file": name, "name": f"{NAME}.csv", "datum": ""}
    done = court.do(JobKind.IMPORT, wanted)
    assert done.result["accepted"] + done.result["corrected"] == 1
    assert done.result["quarantined"] == (kind == "cases")


def test_a_file_that_is_called_by_a_name_leaves_nothing(court: _Court, tmp_path: Path) -> None:
    bad = [_ROW | {"案号": f"（2026）闽0599执8{seq}号", "立案日期": "没有"} for seq in range(3)]
    table = write_xlsx(tmp_path / f"{NAME}.xlsx", bad, sheet=NAME)
    waited = court.store.waiting_rows()
    import_file(court.settings, "cases", table, quarantine=True)
    assert court.store.waiting_rows() == waited + len(bad)
    assert any(NAME in row.sheet for row in court.store.quarantined_rows())
    assert _seen(court.settings.data_dir) == set()


def test_what_an_import_would_change_is_sealed(court: _Court, tmp_path: Path) -> None:
    changed = [_ROW | {"特殊人员": "重病", "备注栏": f"{NOTE}{PHONE}"}, *_TABLES["cases"][1:]]
    table = write_xlsx(tmp_path / "a.xlsx", changed)
    wanted = {"kind": "cases", "file": court.sent(table), "name": f"{NAME}.xlsx", "datum": ""}
    job = court.do(JobKind.PREVIEW, wanted)
    path = court.settings.uploads_dir / job.preview_name
    assert path.read_bytes().startswith(_SEALED)
    (case,) = read_preview(court.store.cipher, path, "changed", count=9)
    assert case["number"] == _CASE
    columns = read_preview(court.store.cipher, path, "column", count=50)
    assert NAME in str(columns)
    assert PHONE in str(columns)
    told = preview_lines(court.settings, "cases", table)
    assert told["changed"] == 1
    assert _seen(court.settings.data_dir) == set()


@pytest.mark.parametrize("form", FORMATS)
def test_a_plan_that_waits_to_be_fetched_is_sealed(court: _Court, form: str) -> None:
    wanted = {"action": str(court.plan), "format": form, "draft": True}
    job = court.do(JobKind.FIELD_PACK, wanted)
    path = court.settings.packs_dir / job.pack_name
    assert path.read_bytes().startswith(_SEALED)
    with reading_sealed(court.store.cipher, path) as pack:
        content = pack.read()
    if form in ("html", "kml"):  # the others are packed, or draw glyphs
        assert NAME.encode() in content


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (JobKind.GEOCODE, Role.OFFICER),
        (JobKind.SPREAD, Role.OFFICER),
        (JobKind.PLAN, Role.OFFICER),
        (JobKind.AUDIT, Role.AUDITOR),
        (JobKind.PURGE, Role.ADMIN),
    ],
)
def test_other_long_work_leaves_nothing(court: _Court, kind: JobKind, role: Role) -> None:
    days = [next_workday(court.settings).isoformat()]
    court.do(kind, {"days": days, "stop_s": 1} if kind is JobKind.PLAN else {}, role=role)


@pytest.mark.parametrize("how", ["text", "json", "workbook", "name"])
def test_a_mark_would_be_found(court: _Court, how: str) -> None:
    folder = court.settings.uploads_dir
    folder.mkdir(exist_ok=True)
    path = folder / (f"{NAME}.txt" if how == "name" else "planted")
    try:
        match how:
            case "text":
                path.write_text(NAME, encoding="gb18030")
            case "json":
                path.write_text(json.dumps([NAME]), encoding="ascii")
            case "workbook":
                write_xlsx(path, [{"姓名": NAME}])
            case "name":
                path.touch()
        assert len(_seen(court.settings.data_dir)) == 1
    finally:
        path.unlink()
