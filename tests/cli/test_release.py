"""What the terminal does with a plan that is signed and released: export, shares."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import text

from data.errors import StoreError
from data.sign_offs import add
from geo.localtime import moment_at
from routes.model import ActionId, SecretText
from routes.planning.formats import read_plan
from routes.planning.problem import StopKind
from routes.rules.signoffs import Role, SignOff
from tests.web.court import ACTION, DAYS, NOW, PASSWORD, SetClock, fill
from web.approval import current_findings, release_plan, share_plan, warnings_of
from web.cli import main
from web.config import Settings
from web.errors import ApprovalError
from web.person import Person
from web.signatures import read_signatures
from web.steps import sharing
from web.steps.exporting import export_plan, extract_plan
from web.wiring import Court, using

CLOCK = SetClock()
_COMMANDER = Person("commander", SecretText(PASSWORD), ask_code=str)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "court"
    fill(folder)
    return folder


@pytest.fixture
def filled(tiny: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny, tmp_path / "court")


@pytest.fixture
def court(filled: Path) -> Iterator[Court]:
    with using(Court(Settings(data_dir=filled), clock=CLOCK)) as opened:
        yield opened


def sign_everything(court: Court) -> None:
    store = court.store
    action, problem, plan = court.stored_plan("latest")
    findings = current_findings(court, problem, plan)
    end = moment_at(DAYS[-1] + timedelta(days=1), 0)
    with store.write() as work:
        for one in read_signatures(store, problem, plan, findings, at=NOW).waiting:
            signed = (Role.HIGH_COURT, "已核对", "批1号", "u1", NOW, end, one.digest)
            add(work, SignOff(one.rule, one.subject, *signed))
    acknowledged = warnings_of(findings).digest
    release_plan(court, action, problem, plan, by="u1", acknowledged=acknowledged)
    share_plan(court, action, problem, plan, by="u1", document="协助函1号")


def exported(folder: Path, target: Path, *, draft: bool) -> tuple[dict[str, object], str]:
    settings = Settings(data_dir=folder)
    told = export_plan(settings, "latest", "xlsx", target, draft=draft, clock=CLOCK)
    return told, str(load_workbook(target).worksheets[0]["A1"].value)


def test_a_draft_is_marked_and_a_released_plan_is_not(
    court: Court, filled: Path, tmp_path: Path
) -> None:
    target = tmp_path / "plan.xlsx"
    with pytest.raises(ApprovalError, match="--draft"):
        exported(filled, target, draft=False)
    told, first = exported(filled, target, draft=True)
    assert (told["draft"], first) == (True, "草稿 · 未签批")
    sign_everything(court)
    for draft in (False, True):
        told, first = exported(filled, target, draft=draft)
        assert told["draft"] is False
        assert "草稿" not in first
    court.store.withdraw(ACTION, by="u1")
    with pytest.raises(ApprovalError, match="尚未发布"):
        exported(filled, target, draft=False)
    assert exported(filled, target, draft=True)[1] == "草稿 · 未发布"


def test_problem_and_plan_are_extracted_as_the_drafts_they_are(
    court: Court, filled: Path, tmp_path: Path
) -> None:
    paths = {"problem_path": tmp_path / "problem.json", "plan_path": tmp_path / "plan.json"}
    settings = Settings(data_dir=filled)
    with pytest.raises(ApprovalError, match="--draft"):
        extract_plan(settings, "latest", **paths, clock=CLOCK)
    assert not any(path.exists() for path in paths.values())
    assert extract_plan(settings, "latest", **paths, draft=True, clock=CLOCK)["draft"] is True
    for path in paths.values():
        assert json.loads(path.read_bytes())["draft"] == "草稿 · 未签批"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_plan(paths["plan_path"]) == court.store.plan(ACTION)
    sign_everything(court)
    assert extract_plan(settings, "latest", **paths, clock=CLOCK)["draft"] is False
    assert all("draft" not in json.loads(path.read_bytes()) for path in paths.values())
    (last, *_) = (one for one in court.store.audit.entries() if one.act == "plan.extract")
    assert last.detail == {"draft": False}


@pytest.mark.parametrize("draft", [False, True])
def test_a_plan_for_a_day_that_no_calendar_knows_is_not_exported(
    court: Court, filled: Path, tmp_path: Path, draft: bool
) -> None:
    _action, problem, plan = court.stored_plan("latest")
    day = date(2027, 3, 1)
    moved = replace(
        problem,
        id="A20270301-1",
        shifts=tuple(replace(one, day=day) for one in problem.shifts),
        options=tuple(replace(one, day=day) for one in problem.options),
        duties=(),
        frozen=(),
    )
    first = plan.routes[0]
    stops = tuple(one for one in first.stops if one.kind is StopKind.VISIT)
    routes = (replace(first, day=day, stops=stops),)
    put_off = replace(plan, problem_id=moved.id, routes=routes)
    court.store.save(ActionId(moved.id), moved, put_off, made_at=NOW)
    with pytest.raises(ApprovalError, match="T3"):
        exported(filled, tmp_path / "plan.xlsx", draft=draft)
    paths = {"problem_path": tmp_path / "problem.json", "plan_path": tmp_path / "plan.json"}
    with pytest.raises(ApprovalError, match="T3"):
        extract_plan(Settings(data_dir=filled), "latest", **paths, draft=draft, clock=CLOCK)
    assert sorted(os.listdir(tmp_path)) == ["court"]


def test_nothing_is_exported_without_its_audit_entry(
    court: Court, filled: Path, tmp_path: Path
) -> None:
    with court.store.write() as work:
        work.connection.execute(
            text(
                "CREATE TRIGGER refused BEFORE INSERT ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        )
    target = tmp_path / "plan.xlsx"
    with pytest.raises(StoreError):
        exported(filled, target, draft=True)
    assert sorted(os.listdir(tmp_path)) == ["court"]


def test_shares_are_listed_and_ended(court: Court, filled: Path) -> None:
    sign_everything(court)
    settings = Settings(data_dir=filled)
    (share,) = [
        one
        for one in sharing.list_shares(settings, "latest", clock=CLOCK)["shares"]
        if one["ended_at"] is None
    ]
    assert share["station"] == "PS-1"
    assert (
        sharing.end_share(settings, ACTION, "PS-1", person=_COMMANDER, clock=CLOCK)["ended"] is True
    )
    assert court.store.shares.for_station("PS-1", NOW) == ()
    with pytest.raises(ApprovalError, match="没有共享"):
        sharing.end_share(settings, ACTION, "PS-1", person=_COMMANDER, clock=CLOCK)
    commander = court.store.accounts.named("commander")
    assert commander is not None
    entry = next(one for one in court.store.audit.entries(9) if one.act == "share.revoke")
    assert (entry.actor, entry.detail["station"]) == (commander.id, "PS-1")
    words = ["--data-dir", str(filled), "plan", "shares", "latest", "--json"]
    shown = json.loads(CliRunner().invoke(main, words).stdout)
    assert all(one["ended_at"] for one in shown["shares"])
    words = ["--data-dir", str(filled), "plan", "unshare", ACTION, "PS-9"]
    assert CliRunner().invoke(main, words).exit_code == 2
    words += ["--by", "commander", "--password-stdin"]
    result = CliRunner().invoke(main, words, input=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert "PS-9" in result.stderr
