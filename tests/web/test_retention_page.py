"""What is past its time: shown without names, deleted in two steps by whoever may, certified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from data.jobs import JobKind, JobState
from data.model import Role
from data.retention import Kept
from data.retention_preview import due_today
from data.signing import read_signing_key
from routes.model import CaseId, CaseStatus
from tests.web.conftest import Reader, Waiting
from tests.web.court import SetClock
from web.config import Settings
from web.erasing import kept_certificates
from web.services import Services, attach
from web.working import work_on

SignIn = Callable[[Role | str], Reader]


@pytest.fixture
def queue() -> Waiting:
    return Waiting()


@pytest.fixture
def due(
    court: Services, pages: Flask, queue: Waiting, settings: Settings, clock: SetClock
) -> Services:
    """The tiny court in which one address and one case are past their time."""
    store = court.store
    claim = store.claims(CaseId("c003"))[0]
    store.put(claims=[replace(claim, expires_on=date(2025, 1, 2))])
    case = store.case(CaseId("c007"))
    assert case is not None
    now = clock.at
    clock.at = now.replace(year=2020)
    store.put(cases_=[replace(case, status=CaseStatus.ENDED)])
    clock.at = now
    key = read_signing_key(settings.signing_key_path)
    here = replace(
        court,
        queue=queue,
        public_key=key.public,
        certificates_dir=settings.certificates_dir,
    )
    attach(pages, here)
    return here


def reader(pages: Flask, name: str) -> Reader:
    found = Reader(pages.test_client())
    found.sign_in(name)
    found.get("/retention")
    return found


def test_what_is_due_is_told_by_kind_with_ids_and_days(due: Services, pages: Flask) -> None:
    found = due_today(due.store, due.profile, by="u1")
    (case,) = found[Kept.CASES]
    assert (case.id, case.case_id, case.since) == ("c007", "c007", date(2020, 11, 25))
    (claim,) = found[Kept.CLAIMS]
    assert (claim.case_id, claim.since) == ("c003", date(2025, 1, 2))
    page = reader(pages, "auditor").get("/retention").text
    assert "今天到期 2 项" in page
    assert claim.id in page
    assert "2020-11-25" in page
    assert "1095 天" in page
    debtor = due.store.debtors(CaseId("c007"))[0]
    assert debtor.name.reveal() not in page
    assert len(due.store.claims()) == len([c for c in due.store.claims() if c.text.reveal()])


def test_it_is_deleted_in_two_steps_by_a_job_and_certified(
    due: Services, pages: Flask, queue: Waiting, settings: Settings
) -> None:
    auditor = reader(pages, "auditor")
    asked = auditor.post("/retention/ask").text
    assert "已核对以上 2 项" in asked
    assert queue.ids == []
    assert "没有勾选确认" in auditor.send("/retention/erase", total="2")
    assert "有变化" in auditor.send("/retention/erase", total="5", confirmed="1")
    assert queue.ids == []
    auditor.send("/retention/erase", total="2", confirmed="1")
    (job_id,) = queue.ids
    told = json.loads(auditor.get("/api/retention/run").text)["jobs"]
    assert [one["ended"] for one in told] == [False]
    work_on(due.store, settings, job_id, telling=queue, clock=due.clock)
    job = due.store.jobs.get(job_id)
    assert job is not None
    assert (job.kind, job.state, job.error) == (JobKind.PURGE, JobState.DONE, None)
    assert job.result == {"claims": 1, "cases": 1}
    (kept,) = kept_certificates(settings.certificates_dir, due.public_key)
    assert kept.holds
    assert kept.deleted == {"claims": 1, "cases": 1}
    page = auditor.get("/retention").text
    assert "今天没有到期的内容" in page
    assert kept.name in page
    handed = auditor.get(f"/retention/certificates/{kept.name}")
    assert json.loads(handed.text)["deleted"]["cases"] == 1
    path = settings.certificates_dir / kept.name
    path.write_text(path.read_text("utf-8").replace("c007", "c008"), encoding="utf-8")
    (wrong,) = kept_certificates(settings.certificates_dir, due.public_key)
    assert not wrong.holds
    assert "不符" in auditor.get("/retention").text


def test_whoever_may_only_look_cannot_delete(due: Services, pages: Flask, queue: Waiting) -> None:
    commander = reader(pages, "commander")
    page = commander.get("/retention").text
    assert "今天到期 2 项" in page
    assert "/retention/ask" not in page
    assert commander.post("/retention/ask").status_code == 403
    assert commander.post("/retention/erase", total="2", confirmed="1").status_code == 403
    assert queue.ids == []


@pytest.mark.parametrize("name", ["../key", "..%2Fkey", "key", "x.json", "*.json"])
def test_only_certificates_are_handed_over(
    name: str, due: Services, pages: Flask, settings: Settings
) -> None:
    settings.certificates_dir.mkdir()
    Path(settings.certificates_dir / "y.json").write_text("{}", encoding="utf-8")
    auditor = reader(pages, "auditor")
    assert auditor.get(f"/retention/certificates/{name}").status_code in (308, 404)
