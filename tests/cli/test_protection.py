"""``fieldwrit restrictions`` and ``fieldwrit protection``."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from pwd import getpwuid
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pyotp import TOTP

from data.demo.people import id_number
from data.store import Store
from routes.model import CaseId, DebtorKind, SecretText
from tests.web.court import HOSTILE_NAME, PASSWORD, SetClock, fill
from web.cli import main
from web.clock import system_clock

_BY = ("--by", "auditor")
NUMBER = "（2026）闽0504执1号"
ORDER = {"document": "限消令1号", "issued_on": "2025-10-01", "served_on": "2025-10-09"}
JOURNEY = {
    "on": "2025-11-20",
    "observation": "official_reply",
    "train": "g",
    "seat": "second",
    "document": "复函1号",
}
ASSESSMENT = {"data_type": "visit_history", "document": "评1号", "on": "2026-01-05"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("court") / "data"
    fill(folder)
    with closing(Store.open(folder, clock=SetClock())) as store:
        debtor = store.debtors(CaseId("c001"))[0]
        number = SecretText(id_number(date(1980, 5, 17), 12))
        store.put(debtors=[replace(debtor, kind=DebtorKind.PERSON, id_number=number)])
    return folder


@pytest.fixture
def court(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data"))


def run(court: Path, *words: str, password: str = PASSWORD) -> Result:
    asked = ["--password-stdin"] if "--by" in words else []
    folder = ["--data-dir", str(court)]
    return CliRunner().invoke(main, [*folder, *words, *asked], input=f"{password}\n")


def done(court: Path, *words: str) -> dict[str, Any]:
    result = run(court, *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def written(folder: Path, fields: object) -> str:
    path = folder / "record.json"
    path.write_text(json.dumps(fields, ensure_ascii=False), encoding="utf-8")
    return str(path)


def test_records_are_added_listed_and_ended(court: Path, tmp_path: Path) -> None:
    add, by = ("restrictions", "add"), ("--by", "officer")
    refused = run(court, *add, "breach", NUMBER, written(tmp_path, JOURNEY), *by)
    assert refused.exit_code == 1
    assert "L1" in refused.stderr
    order = done(court, *add, "order", NUMBER, written(tmp_path, ORDER), *by)["record"]
    done(court, *add, "breach", NUMBER, written(tmp_path, JOURNEY), *by)
    done(court, "restrictions", "end", NUMBER, order, *by)
    listed = done(court, "restrictions", "list", NUMBER)["records"]
    assert [(one["kind"], one["ended_at"] is None) for one in listed] == [
        ("order", False),
        ("breach", True),
    ]
    assert "限消令" not in json.dumps(listed, ensure_ascii=False)


@pytest.mark.parametrize(
    ("fields", "words", "said"),
    [
        ({**ORDER, "座位号": "1"}, (), "只可填"),
        ([1], (), "只可填"),
        ({"document": 1}, (), "只可填"),
        (ORDER, ("--debtor", "9"), "没有第 9 名被执行人"),
        (ORDER, ("--by", "auditor"), "无权办理"),
        (ORDER, ("--by", "nobody"), "用户名或密码不正确"),
    ],
)
def test_what_cannot_be_added_is_said(
    court: Path, tmp_path: Path, fields: object, words: tuple[str, ...], said: str
) -> None:
    record = written(tmp_path, fields)
    result = run(court, "restrictions", "add", "order", NUMBER, record, "--by", "officer", *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert done(court, "restrictions", "list", NUMBER)["records"] == []


def test_nobody_acts_in_anothers_name_without_the_password(court: Path, tmp_path: Path) -> None:
    words = ("restrictions", "add", "order", NUMBER, written(tmp_path, ORDER), "--by", "officer")
    refused = run(court, *words, password="guessed at")
    assert (refused.exit_code, "用户名或密码不正确" in refused.stderr) == (1, True)
    asked = CliRunner().invoke(main, ["--data-dir", str(court), *words], input="guessed at\n")
    assert (asked.exit_code, "密码" in asked.stderr, "guessed" in asked.output) == (1, True, False)
    assert done(court, "restrictions", "list", NUMBER)["records"] == []
    done(court, *words)
    with closing(Store.open(court, clock=SetClock())) as store:
        acts = [(one.act, one.actor) for one in reversed(store.audit.entries(6))]
        (officer,) = (one.id for one in store.accounts.all() if one.username == "officer")
    here = f"cli:{getpwuid(os.geteuid()).pw_name}"
    assert acts == [
        ("login.failed", here),
        ("login.failed", here),
        ("restriction.list", here),
        ("account.rehash", officer),
        ("login", here),
        ("restriction.add", officer),
    ]


def test_visits_are_given_out_only_under_an_assessment_and_without_names(
    court: Path, tmp_path: Path
) -> None:
    target, by = tmp_path / "out.json", ("--by", "auditor")
    words = ("protection", "disclose")
    refused = run(court, *words, "prosecutor", NUMBER, "--output", str(target), *by)
    assert refused.exit_code == 1
    assert "P3" in refused.stderr
    assert not target.exists()
    line = done(court, "protection", "add", "assessment", written(tmp_path, ASSESSMENT), *by)
    for purpose in ("prosecutor", "compensation"):
        done(court, *words, purpose, NUMBER, "--output", str(target), *by)
        told = json.loads(target.read_text(encoding="utf-8"))
        assert {"outcomes", "steps", "signatures", "audit"} <= told.keys()
        assert ("items" in told) is (purpose == "compensation")
        assert HOSTILE_NAME not in target.read_text(encoding="utf-8")
        assert told["purpose"] == purpose
        assert any(one["act"] == "case.disclose" for one in told["audit"]) is (
            purpose == "compensation"
        )
    done(court, "protection", "end", line["record"], *by)
    done(court, *words, "openness", NUMBER, "--output", str(target), *by)
    told = json.loads(target.read_text(encoding="utf-8"))
    assert told.keys() == {
        "case",
        "kind",
        "status",
        "filed_on",
        "notice_sent_on",
        "visits",
        "purpose",
        "made_at",
        "findings",
    }
    assert HOSTILE_NAME not in target.read_text(encoding="utf-8")
    officer = run(court, *words, "openness", NUMBER, "--output", str(target), "--by", "officer")
    assert officer.exit_code == 1


def test_figures_for_the_public_are_counts_and_hide_small_ones(court: Path, tmp_path: Path) -> None:
    with closing(Store.open(court, clock=SetClock())) as store:
        case = store.cases()[0]
        more = [
            replace(case, id=CaseId(f"n{seq}"), number=replace(case.number, seq=900 + seq))
            for seq in range(6)
        ]
        store.put(cases_=more)
    done(court, "restrictions", "add", "order", NUMBER, written(tmp_path, ORDER), "--by", "officer")
    target = tmp_path / "figures.json"
    done(court, "protection", "openness", "--output", str(target), *_BY)
    text = target.read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["by_kind"][case.kind.value] >= 6
    assert told["standing"] == {"order": None, "exemption": 0, "dishonest": 0}
    assert all(count is None or count >= 5 for count in told["by_status"].values())
    assert HOSTILE_NAME not in text
    assert "闽0504" not in text
    officer = run(court, "protection", "openness", "--output", str(target), "--by", "officer")
    assert officer.exit_code == 1


def test_a_leak_is_settled_step_by_step_at_the_terminal(court: Path, tmp_path: Path) -> None:
    day, add = "2026-01-05", ("protection", "add")
    found = {"on": day, "note": "误发一份外勤包，已收回"}
    leak = done(court, *add, "leak", written(tmp_path, found), *_BY)["record"]
    steps = ("remedied", "reported", "told", "closed")
    late = {"on": day, "note": "已处置", "leak": leak, "step": "closed"}
    assert run(court, *add, "leak_step", written(tmp_path, late), *_BY).exit_code == 1
    for step in steps:
        fields = {"on": day, "note": "已处置", "leak": leak, "step": step}
        done(court, *add, "leak_step", written(tmp_path, fields), *_BY)
    lines = done(court, "protection", "show")["lines"]
    assert [one["code"] for one in lines if one["kind"] == "leak"] == ["found", *steps]


def test_a_public_map_needs_its_review_and_hides_small_numbers(court: Path, tmp_path: Path) -> None:
    target, by = tmp_path / "map.geojson", ("--by", "admin")
    words = ("protection", "public-map", "闽审1号", "--output", str(target), *by)
    refused = run(court, *words)
    assert refused.exit_code == 1
    assert "P10" in refused.stderr
    assert not target.exists()
    review = {"document": "闽审1号", "on": "2026-01-05"}
    done(court, "protection", "add", "map_review", written(tmp_path, review), *by)
    assert done(court, *words)["townships"] > 0
    told = json.loads(target.read_text(encoding="utf-8"))
    assert told["review"] == "闽审1号"
    for feature in told["features"]:
        assert feature["properties"].keys() == {"name", "visits"}
        visits = feature["properties"]["visits"]
        assert visits is None or visits >= 5


def test_the_register_is_shown_with_what_the_rules_ask(court: Path, tmp_path: Path) -> None:
    done(
        court,
        "protection",
        "add",
        "assessment",
        written(tmp_path, ASSESSMENT),
        *("--by", "admin"),
    )
    shown = done(court, "protection", "show")
    assert {one["rule"] for one in shown["findings"]} == {"P3", "P12"}
    assert [one["document"] for one in shown["lines"]] == ["评1号"]
    lines = run(court, "protection", "show").stdout
    assert "P12 清单" in lines
    assert "评1号" in lines


def test_purge_lists_first_and_then_deletes(court: Path) -> None:
    with closing(Store.open(court, clock=SetClock())) as store:
        claim = store.claims(CaseId("c001"))[0]
        store.put(claims=[replace(claim, expires_on=date(2025, 1, 1))])
    told = done(court, "protection", "purge", "--dry-run", *_BY)
    assert told["dry_run"] is True
    assert told["claims"] == [claim.id]
    assert done(court, "protection", "purge", *_BY)["claims"] == [claim.id]
    assert done(court, "protection", "purge", *_BY)["claims"] == []


def test_a_second_factor_is_asked_for_at_the_terminal_too(court: Path) -> None:
    with closing(Store.open(court, clock=system_clock)) as store:
        auditor = store.accounts.named("auditor")
        assert auditor is not None
        secret = store.second_factor.new_secret()
        totp = TOTP(secret)
        papers = store.second_factor.turn_on(auditor.id, secret, totp.at(system_clock()))
    words = ("protection", "purge", "--dry-run", *_BY)
    for typed in (PASSWORD, f"{PASSWORD}\n000000", f"wrong-one\n{papers[0]}"):
        assert run(court, *words, password=typed).exit_code == 1
    assert run(court, *words, password=f"{PASSWORD}\n{papers[0]}").exit_code == 0
    assert "已用过" in run(court, *words, password=f"{PASSWORD}\n{papers[0]}").stderr
    with closing(Store.open(court, clock=system_clock)) as store:
        acts = [(one.act, one.subject) for one in store.audit.entries(20)]
        assert acts.count(("login.failed", f"account:{auditor.id}")) == 3
        store.sign_in_failures.add([f"code:{auditor.id}"] * 8)
    assert "十分钟" in run(court, *words, password=f"{PASSWORD}\n{papers[1]}").stderr


def test_a_certificate_of_erasure_is_checked_without_the_folder(
    court: Path, tmp_path: Path
) -> None:
    with closing(Store.open(court, clock=SetClock())) as store:
        claim = store.claims(CaseId("c001"))[0]
        store.put(claims=[replace(claim, expires_on=date(2025, 1, 1))])
    path = tmp_path / "certificate.json"
    done(court, "protection", "purge", "--certificate", str(path), *_BY)
    said = json.loads(path.read_text(encoding="utf-8"))
    assert said["ids"]["claims"] == [claim.id]
    with closing(Store.open(court, clock=SetClock())) as store:
        acts = [
            entry.act for entry in store.audit.entries(100) if entry.seq <= said["audit"]["seq"]
        ]
    assert "retention.purge" in acts
    checked = done(tmp_path, "protection", "certificate", str(path), "--key", said["key"])
    assert checked["deleted"]["claims"] == 1
    path.write_text(path.read_text(encoding="utf-8").replace(claim.id, "a-none"), encoding="utf-8")
    assert "签名不符" in run(tmp_path, "protection", "certificate", str(path)).stderr


def test_a_person_gets_what_is_kept_of_that_person(court: Path, tmp_path: Path) -> None:
    with closing(Store.open(court, clock=SetClock())) as store:
        (debtor, *_) = store.debtors(CaseId("c001"))
    assert debtor.id_number is not None
    who = {"name": debtor.name.reveal(), "id_number": debtor.id_number.reveal()}
    path = tmp_path / "report.json"
    words = ["--output", str(path), "--by", "auditor"]
    done(court, "protection", "subject", written(tmp_path, who), *words)
    held = json.loads(path.read_text(encoding="utf-8"))["held"]
    assert held["debtor"][0]["name"] == who["name"]
    assert held["address_claim"]
    assert path.stat().st_mode & 0o077 == 0
    with closing(Store.open(court, clock=SetClock())) as store:
        (entry,) = (one for one in store.audit.entries(5) if one.act == "person.report")
    assert who["name"] not in f"{entry}"
    path.unlink()
    other = written(tmp_path, {**who, "id_number": "1" * 18})
    result = run(court, "protection", "subject", other, *words)
    assert result.exit_code == 1
    assert "都相符" in result.stderr
    assert not path.exists()
    assert run(
        court, "protection", "subject", written(tmp_path, who), *words[:2], "--by", "officer"
    ).exit_code
