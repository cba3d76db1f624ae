"""The audit viewer: filters in the address, pages by number, the whole chain checked by a job."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from data.jobs import JobState
from data.model import Role
from data.signing import read_signing_key
from tests.web.conftest import Reader, Waiting
from tests.web.court import SetClock
from web.audit_watch import sign_chain
from web.config import Settings
from web.services import Services, attach
from web.working import work_on

SignIn = Callable[[Role | str], Reader]
_SEQ = re.compile(r'class="number">(\d+)<')


def numbers(page: str) -> list[int]:
    return [int(found) for found in _SEQ.findall(page)]


@pytest.fixture
def busy(court: Services, clock: SetClock) -> Services:
    """Two hundred and fifty more entries over three days, of two accounts."""
    for n in range(250):
        actor, act = ("ux1", "person.read") if n % 2 else ("ux2", "plan.read")
        court.store.audit.append(actor, act, f"case:c{n % 5:03d}", {"persons": n})
        if n % 100 == 99:
            clock.at += timedelta(days=1)
    return court


def test_pages_follow_one_another_without_gap(busy: Services, signed_in: SignIn) -> None:
    auditor = signed_in(Role.AUDITOR)
    path, seen = "/audit", []
    for _ in range(10):
        page = auditor.get(path).text
        seen += numbers(page)
        found = re.search(r'href="(/audit\?before=\d+)"', page)
        if found is None:
            break
        path = found[1]
    assert seen == list(range(seen[0], 0, -1))
    back = re.search(r'href="(/audit\?after=\d+)"', page)
    assert back is not None
    newer = numbers(auditor.get(back[1]).text)
    assert len(newer) == 100
    assert newer[-1] == numbers(page)[0] + 1


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("actor=ux1", lambda entry: entry.actor == "ux1"),
        ("act=person.read", lambda entry: entry.act == "person.read"),
        ("act=person", lambda entry: entry.act.startswith("person.")),
        ("subject=case:c003", lambda entry: entry.subject == "case:c003"),
        (
            "subject=case:c003&actor=ux1&act=person.read",
            lambda entry: (entry.subject, entry.actor) == ("case:c003", "ux1"),
        ),
    ],
)
def test_filters_keep_what_is_wanted(
    asked: str, holds: Callable[[object], bool], busy: Services, signed_in: SignIn
) -> None:
    page = signed_in(Role.AUDITOR).get(f"/audit?{asked}").text
    wanted = [entry.seq for entry in busy.store.audit.entries(10_000) if holds(entry)]
    assert numbers(page) == wanted[:100]
    assert wanted


def test_a_span_of_days_holds_both_its_ends(busy: Services, signed_in: SignIn) -> None:
    auditor = signed_in(Role.AUDITOR)
    page = auditor.get("/audit?since=2026-11-26&until=2026-11-26&actor=ux1").text
    assert len(numbers(page)) == 50
    assert "2026-11-26" in page
    for odd in ("since=gestern", "until=2026-13-40", "before=x"):
        assert auditor.get(f"/audit?{odd}").status_code == 200
    assert "没有符合的记录" in auditor.get("/audit?since=2031-01-01").text


def test_the_worker_checks_the_whole_chain(
    busy: Services, pages: Flask, settings: Settings
) -> None:
    queue = Waiting()
    key = read_signing_key(settings.signing_key_path)
    attach(pages, replace(busy, queue=queue, public_key=key.public))
    auditor = Reader(pages.test_client())
    auditor.sign_in("auditor")
    sign_chain(busy.store, key)
    auditor.get("/audit")
    auditor.send("/audit/verify")
    auditor.send("/audit/verify")  # one is under way
    (job_id,) = queue.ids
    told = json.loads(auditor.get("/api/audit/check").text)["jobs"]
    assert [(one["id"], one["ended"]) for one in told] == [(job_id, False)]
    work_on(busy.store, settings, job_id, telling=queue, clock=busy.clock)
    job = busy.store.jobs.get(job_id)
    assert job is not None
    assert (job.state, job.result["checkpoints"]) == (JobState.DONE, 1)
    assert queue.told[job_id].total > 250
    page = auditor.get("/audit").text
    assert f"通过，{job.result['entries']} 条" in page
    assert "最近签署的检查点" in page
    assert key.public.id in page
    with busy.store.write() as work:
        work.connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        work.connection.execute(text("UPDATE audit_entry SET actor = 'u9' WHERE seq = 2"))
    auditor.send("/audit/verify")
    work_on(busy.store, settings, queue.ids[-1], telling=queue, clock=busy.clock)
    assert "第 2 条的内容已被改动" in auditor.get("/audit").text


def test_whoever_may_not_ask_for_a_job_may_not_stop_it(
    court: Services, pages: Flask, settings: Settings
) -> None:
    queue = Waiting()
    attach(pages, replace(court, queue=queue))
    auditor = Reader(pages.test_client())
    auditor.sign_in("auditor")
    auditor.get("/audit")
    auditor.send("/audit/verify")
    officer = Reader(pages.test_client())
    officer.sign_in("officer")
    assert "核验审计链" not in officer.get("/jobs").text
    for what in ("stop", "retry"):
        assert officer.post(f"/jobs/{queue.ids[0]}/{what}").status_code == 404
    assert json.loads(officer.get(f"/api/jobs?id={queue.ids[0]}").text) == {"jobs": []}
