"""Long work as pages ask for it and the worker does it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import Any

import pytest
from flask import Flask

from data.errors import StoreError
from data.jobs import Job, JobKind, JobState
from data.model import Role
from data.sealed_files import seal_file
from geo.errors import FieldwritError
from routes.model import ActionId
from tests.data.samples import ADDRESS, CASE_ROW, GOOD_ROWS, ID_NUMBER
from tests.web.conftest import Reader, Waiting
from tests.web.court import ACTION, NOW, SetClock
from web import working
from web.config import Settings
from web.queueing import Progress
from web.services import Services, attach
from web.views.jobs import MOST_UPLOAD

SignIn = Callable[[Role | str], Reader]


@pytest.fixture
def app(pages: Flask, court: Services, queue: Waiting, settings: Settings) -> Flask:
    served = replace(
        court, queue=queue, uploads_dir=settings.uploads_dir, packs_dir=settings.packs_dir
    )
    attach(pages, served)
    return pages


@pytest.fixture
def officer(app: Flask) -> Reader:
    reader = Reader(app.test_client())
    reader.sign_in("officer")
    reader.get("/jobs")
    return reader


def _upload(reader: Reader, text: str, name: str = "名单.csv", kind: str = "stations") -> int:
    file = (BytesIO(text.encode()), name)
    fields = {"csrf_token": reader.token, "kind": kind, "file": file}
    return reader.client.post("/jobs/import", data=fields).status_code


def _job(court: Services, queue: Waiting) -> Job:
    found = court.store.jobs.get(queue.ids[-1])
    assert found is not None
    return found


STATIONS = "编号,派出所名称,经度,纬度\nPS09,示例派出所,118.6,24.9\n"


def test_an_uploaded_table_is_imported_in_its_senders_name(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    assert _upload(officer, STATIONS) == 302
    job = _job(court, queue)
    assert (job.kind, job.state) == (JobKind.IMPORT, JobState.QUEUED)
    (kept,) = settings.uploads_dir.iterdir()
    assert "名单" not in kept.name
    assert kept.stat().st_mode & 0o077 == 0
    assert b"PS09" not in kept.read_bytes()
    working.work_on(court.store, settings, job.id, telling=queue, clock=clock)
    assert _job(court, queue).error is None
    assert "PS09" in {one.id for one in court.store.stations()}
    assert "接受 1" in officer.get("/jobs").text
    working.tidy(court.store, settings, clock=clock)
    assert list(settings.uploads_dir.iterdir()) == []
    (entry,) = (one for one in court.store.audit.entries(20) if one.act.startswith("import"))
    assert entry.actor == job.created_by


def test_what_was_cut_of_a_row_is_counted_and_told(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    row = CASE_ROW | {"案号": "（2026）闽0599执77号", "地址1": f"{ADDRESS} 电话13800987654"}
    text = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    assert _upload(officer, text, kind="cases") == 302
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    job = _job(court, queue)
    assert job.error is None
    page = officer.get("/jobs").text
    assert "共 1 行：接受 0，改后接受 1，未变 0，待更正 0" in page
    assert "名单.csv 第 2 行“地址1”列：文字中有 1 个身份证或手机号码，已删去" in page
    assert "13800987654" not in page


def test_the_result_of_an_import_before_notes_were_kept_is_shown(
    officer: Reader, court: Services, queue: Waiting
) -> None:
    assert _upload(officer, STATIONS) == 302
    taken = court.store.jobs.take(queue.ids[0])
    assert taken is not None
    counts = {"rows": 3, "accepted": 1, "unchanged": 2, "quarantined": 0, "templates_used": []}
    court.store.jobs.finish(taken, counts)
    assert "共 3 行：接受 1，改后接受 0，未变 2，待更正 0" in officer.get("/jobs").text


def test_the_usual_headers_of_a_court_s_system_are_taken(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    row = GOOD_ROWS["cases"] | {"案号": "（2026）闽0599执78号"}
    own = {"证件号码": "身份证号码", "地址1": "地址", "执行标的额": "标的金额（元）"}
    header = [own.get(name, name) for name in row]
    text = ",".join(header) + "\n" + ",".join(row.values()) + "\n"
    assert _upload(officer, text, kind="cases") == 302
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    assert _job(court, queue).error is None
    (case,) = (one for one in court.store.cases() if "执78号" in str(one.number))
    (debtor,) = court.store.debtors(case.id)
    assert debtor.id_number is not None
    assert debtor.id_number.reveal() == ID_NUMBER
    assert [one.text.reveal() for one in court.store.claims(case.id)] == [ADDRESS]


def test_a_filled_column_that_nobody_knows_is_not_lost_without_a_word(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    assert _upload(officer, STATIONS.replace("纬度\n", "纬度,所长\n").replace("9\n", "9,\n")) == 302
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    assert _job(court, queue).error is None
    assert (
        _upload(officer, STATIONS.replace("度\n", "度,所长\n").replace("9\n", "9,陈示例\n")) == 302
    )
    working.work_on(court.store, settings, queue.ids[1], telling=queue, clock=clock)
    assert "第 5 列“所长”的表头不认识" in str(_job(court, queue).error)
    assert "第 5 列“所长”的表头不认识" in officer.get("/jobs").text
    assert "核对这个文件各列的对应" in officer.get("/jobs").text
    working.tidy(court.store, settings, clock=clock)
    assert _job(court, queue).wanted["file"] in {one.name for one in settings.uploads_dir.iterdir()}


def test_a_table_that_cannot_be_read_is_told_and_kept_to_be_tried_again(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    _upload(officer, "nothing of use")
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    job = _job(court, queue)
    assert job.state is JobState.FAILED
    page = officer.get("/jobs").text
    assert "名单.csv" in page
    assert job.wanted["file"] not in page
    working.tidy(court.store, settings, clock=clock)
    assert len(list(settings.uploads_dir.iterdir())) == 1
    assert _job(court, queue).wanted["name"] == "名单.csv"
    clock.at += working.KEPT + timedelta(seconds=1)
    working.tidy(court.store, settings, clock=clock)
    assert list(settings.uploads_dir.iterdir()) == []
    assert "名单" not in repr(_job(court, queue))
    officer.sign_in("officer")
    page = officer.get("/jobs").text
    assert "名单.csv" not in page
    assert job.wanted["file"] not in page


def test_a_job_is_tried_again_in_the_name_of_who_asks(
    officer: Reader,
    app: Flask,
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    _upload(officer, "nothing of use")
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    other = Reader(app.test_client())
    other.sign_in("commander")
    other.get("/jobs")
    other.send(f"/jobs/{queue.ids[0]}/retry")
    commander = court.store.accounts.named("commander")
    assert commander is not None
    assert queue.ids == [queue.ids[0]] * 2
    assert _job(court, queue).created_by == commander.id


def test_files_of_waiting_jobs_and_of_uploads_in_hand_stay(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    _upload(officer, STATIONS)
    in_hand = settings.uploads_dir / "in-hand.csv"
    in_hand.write_text("half")
    now_s = clock.at.timestamp()
    os.utime(in_hand, (now_s, now_s))
    working.tidy(court.store, settings, clock=clock)
    assert len(list(settings.uploads_dir.iterdir())) == 2
    clock.at += timedelta(days=30)
    working.tidy(court.store, settings, clock=clock)
    (kept,) = settings.uploads_dir.iterdir()
    assert kept.name == _job(court, queue).wanted["file"]


def test_nothing_is_done_for_an_account_that_ended(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    officer.send("/jobs/geocode")
    court.store.accounts.disable(_job(court, queue).created_by, by="u-admin")
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    assert "已停用" in str(_job(court, queue).error)


def test_a_busy_store_is_told_of_the_end_of_a_job_later(
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    handled: Callable[[working.Handler], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handled(lambda *_: {})
    job = _geocode(court)
    refused, ends = [1.0, 10.0], court.store.jobs.finish

    def busy(job: Job, result: Mapping[str, Any]) -> None:
        if refused:
            raise StoreError("数据库正被另一操作占用")
        ends(job, result)

    monkeypatch.setattr(court.store.jobs, "finish", busy)
    working.work_on(court.store, settings, job.id, telling=queue, clock=clock, pause=refused.remove)
    ended = court.store.jobs.get(job.id)
    assert ended is not None
    assert ended.state is JobState.DONE


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [("a.exe", "stations", 302), ("", "stations", 302), ("a.csv", "kings", 400)],
)
def test_what_is_no_table_is_not_taken_in(
    officer: Reader, queue: Waiting, settings: Settings, name: str, kind: str, status: int
) -> None:
    assert _upload(officer, "x", name, kind) == status
    assert queue.ids == []
    assert not settings.uploads_dir.exists()


def test_only_this_form_takes_large_files(officer: Reader, queue: Waiting) -> None:
    two = "x" * (2 * 1024 * 1024)
    assert _upload(officer, two) == 302
    assert len(queue.ids) == 1
    assert officer.post("/jobs/geocode", filler=two).status_code == 413
    too_large = (BytesIO(b"x" * (MOST_UPLOAD + 1)), "a.csv")
    fields = {"csrf_token": officer.token, "kind": "cases", "file": too_large}
    assert officer.client.post("/jobs/import", data=fields).status_code == 413


def test_a_plan_is_asked_for_from_a_day_on(
    officer: Reader, court: Services, queue: Waiting
) -> None:
    asked: dict[str, str | list[str]] = {
        "first": "2026-11-30",
        "days": "2",
        "stop_s": "10",
        "team": ["T2", "T1"],
    }
    officer.send("/jobs/plan", **asked)
    assert _job(court, queue).wanted == {
        "days": ["2026-11-30", "2026-12-01"],
        "teams": ["T2", "T1"],
        "stop_s": 10,
    }
    officer.send("/jobs/plan", **asked, known_by="09:30")
    assert _job(court, queue).wanted["known_by_s"] == 34200
    today = asked | {"first": "2026-11-25", "days": "1"}
    assert "时间已过" in officer.send("/jobs/plan", **today, known_by="09:00")
    assert officer.post("/jobs/plan", **today, known_by="noon").status_code == 400
    assert "今天或以后" in officer.send("/jobs/plan", **asked | {"first": "2026-11-01"})
    assert "今天或以后" in officer.send("/jobs/plan", **asked | {"first": "soon"})
    assert "至少选择一个小组" in officer.send("/jobs/plan", **asked | {"team": []})
    assert officer.post("/jobs/plan", **asked | {"team": "T9"}).status_code == 400
    assert officer.post("/jobs/plan", **asked | {"days": "9"}).status_code == 400
    assert len(queue.ids) == 2


def test_a_field_pack_is_fetched_by_who_asked_for_it(
    officer: Reader,
    court: Services,
    app: Flask,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
) -> None:
    officer.send(f"/jobs/field-pack/{ACTION}", draft="1", format="outcomes")
    job = _job(court, queue)
    assert job.wanted == {"action": ACTION, "format": "outcomes", "draft": True}
    assert officer.get(f"/jobs/{job.id}/field-pack").status_code == 404
    taken = court.store.jobs.take(job.id)
    assert taken is not None
    court.store.jobs.finish(taken, {"name": "plan-outcomes.xlsx"})
    settings.packs_dir.mkdir()
    pack, content = settings.packs_dir / job.pack_name, b"PK" * 99_999
    seal_file(court.store.cipher, BytesIO(content), pack)
    fetched = officer.client.get(f"/jobs/{job.id}/field-pack")
    assert fetched.data == content
    assert fetched.content_length == len(content)
    assert "plan-outcomes.xlsx" in fetched.headers["Content-Disposition"]
    assert court.store.audit.entries(1)[0].act == "export.fetch"
    other = Reader(app.test_client())
    other.sign_in("commander")
    assert other.get(f"/jobs/{job.id}/field-pack").status_code == 404
    clock.at += working.KEPT + timedelta(seconds=1)
    officer.sign_in("officer")
    assert officer.get(f"/jobs/{job.id}/field-pack").status_code == 404
    working.tidy(court.store, settings, clock=clock)
    assert not pack.exists()


def test_a_job_is_stopped_from_the_page(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    officer.send("/jobs/geocode")
    officer.send(f"/jobs/{queue.ids[0]}/stop")
    working.work_on(court.store, settings, queue.ids[0], telling=queue, clock=clock)
    assert _job(court, queue).state is JobState.STOPPED
    assert officer.post("/jobs/none/stop").status_code == 404


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Callable[[working.Handler], None]:
    def handle(handler: working.Handler) -> None:
        monkeypatch.setitem(working.HANDLERS, JobKind.GEOCODE, handler)

    return handle


def _geocode(court: Services) -> Job:
    officer = court.store.accounts.named("officer")
    assert officer is not None
    return court.store.jobs.add(JobKind.GEOCODE, {}, by=officer.id)


def test_work_says_how_far_it_is_and_ends_where_it_is_to_stop(
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    handled: Callable[[working.Handler], None],
) -> None:
    job = _geocode(court)

    def slow(own: Settings, _job: object, _clock: object) -> dict[str, int]:
        assert own.operator == job.created_by
        assert own.watch is not None
        listen = own.watch("定位地址线索")
        listen(9, 9)
        queue.ask_to_stop(job.id)
        listen(9, 9)
        raise AssertionError("it went on")

    handled(slow)
    working.work_on(court.store, settings, job.id, telling=queue, clock=clock)
    assert queue.progress(job.id) == Progress("定位地址线索", 9, 9)
    ended = court.store.jobs.get(job.id)
    assert ended is not None
    assert ended.state is JobState.STOPPED


@pytest.mark.parametrize(
    ("error", "told"),
    [(FieldwritError("地名表已损坏"), "地名表已损坏"), (ValueError("张三-canary"), "程序出错")],
)
def test_work_that_fails_is_told_without_its_data(
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    handled: Callable[[working.Handler], None],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    def fail(*_: object) -> dict[str, int]:
        raise error

    handled(fail)
    job = _geocode(court)
    working.work_on(court.store, settings, job.id, telling=queue, clock=clock)
    ended = court.store.jobs.get(job.id)
    assert ended is not None
    assert ended.state is JobState.FAILED
    assert told in str(ended.error)
    assert "canary" not in caplog.text


@pytest.mark.parametrize("at_work", [True, False])
def test_a_worker_that_lost_its_lock_leaves_its_job_to_the_next(
    court: Services,
    queue: Waiting,
    settings: Settings,
    clock: SetClock,
    handled: Callable[[working.Handler], None],
    at_work: bool,
) -> None:
    job, lost = _geocode(court), Event()

    def cut_off(own: Settings, *_: object) -> dict[str, int]:
        assert own.watch is not None
        listen = own.watch("定位地址线索")
        lost.set()
        if at_work:
            listen(9, 9)
            raise AssertionError("it went on")
        return {}

    handled(cut_off)
    working.work_on(court.store, settings, job.id, telling=queue, lost=lost.is_set, clock=clock)
    left = court.store.jobs.get(job.id)
    assert left is not None
    assert left.state is JobState.RUNNING
    assert court.store.jobs.recover(by="worker") == (job.id,)


def test_the_page_answers_with_how_far_jobs_are(
    officer: Reader, court: Services, queue: Waiting
) -> None:
    officer.send("/jobs/geocode")
    court.store.jobs.take(queue.ids[0])
    queue.tell(queue.ids[0], Progress("定位地址线索", 3, 9))
    (told,) = officer.client.get(f"/api/jobs?id={queue.ids[0]}").json["jobs"]
    assert (told["part"], told["done"], told["total"], told["ended"]) == (
        "定位地址线索",
        3,
        9,
        False,
    )


def test_without_a_queue_nothing_is_asked_for(pages: Flask, court: Services) -> None:
    attach(pages, court)
    reader = Reader(pages.test_client())
    reader.sign_in("officer")
    assert "没有开启" in reader.get("/jobs").text
    assert reader.post("/jobs/geocode").status_code == 409
    assert court.store.jobs.latest() == ()


def test_every_plan_is_exported_from_its_own_page(
    officer: Reader, court: Services, queue: Waiting
) -> None:
    held, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert held is not None
    assert made is not None
    new = replace(held, id="D-1"), replace(made, problem_id="D-1")
    court.store.save(ActionId("D-1"), *new, made_at=NOW)
    page = officer.get(f"/plans/{ACTION}").text  # not the latest one
    assert f'action="/jobs/field-pack/{ACTION}"' in page
    officer.send(f"/jobs/field-pack/{ACTION}", format="outcomes", draft="1")
    assert _job(court, queue).wanted["action"] == ACTION


def test_a_plan_without_roads_says_how_they_come(
    officer: Reader, court: Services, queue: Waiting, settings: Settings, clock: SetClock
) -> None:
    day = (NOW + timedelta(days=1)).date().isoformat()
    officer.post("/jobs/plan", first=day, days="1", stop_s="10", team="T1")
    working.work_on(court.store, settings, queue.ids[-1], telling=queue, clock=clock)
    assert _job(court, queue).state is JobState.FAILED
    _, _, told = officer.get("/jobs").text.partition("还没有路网，不能")
    cure, _, link = told.partition("</span>")
    assert "fieldwrit network build" in cure
    assert link.lstrip().startswith('<a href="/network">路网</a>')
