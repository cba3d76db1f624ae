"""``fieldwrit rules list|explain|check``."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from data.sign_offs import add
from data.store import Store
from routes.model import CaseId, CaseStatus, Verdict
from routes.rules import RULES, check_case
from routes.rules.signoffs import Role, SignOff
from tests.routes.rules.samples import PROFILE
from tests.web.court import NOW, SetClock, fill
from web.cli import main
from web.config import Settings
from web.steps.rules import check_cases


def _run(court: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(court), *words])


def test_every_rule_is_listed_with_verdict_and_citation(tmp_path: Path) -> None:
    rows = json.loads(_run(tmp_path, "rules", "list", "--json").stdout)["rules"]
    assert [row["rule"] for row in rows][:3] == ["A1", "A2", "A3"]
    assert {row["rule"] for row in rows} == set(RULES)
    assert all(row["citation"] and row["title"] for row in rows)
    lines = _run(tmp_path, "rules", "list").stdout.splitlines()
    assert len(lines) == len(RULES)
    assert lines[0].startswith("A1  禁止  ")
    assert "民事诉讼法第235条" in lines[0]
    english = _run(tmp_path, "--lang", "en", "rules", "list").stdout
    assert english.splitlines()[0].startswith("A1  Block  An effective instrument")


def test_a_rule_is_explained_with_text_version_and_parameters(tmp_path: Path) -> None:
    shown = json.loads(_run(tmp_path, "rules", "explain", "c3", "--json").stdout)
    assert shown["instruments"][0]["effective_on"] == "2022-04-10"
    assert shown["parameters"]["questioning.most_h"] == 8
    said = _run(tmp_path, "rules", "explain", "C3").stdout
    assert "questioning.most_h = 8（界限 8，" in said
    assert shown["statutes"]["questioning.long_most_h"]["value"] == 24
    assert "2022年4月1日修正" in said


@pytest.mark.parametrize("wrong", ["Q9", "", "A"])
def test_an_unknown_rule_is_refused_with_the_cure(tmp_path: Path, wrong: str) -> None:
    result = _run(tmp_path, "rules", "explain", wrong)
    assert result.exit_code == 1
    assert "fieldwrit rules list" in result.stderr


def test_the_courts_own_parameters_are_shown_and_wrong_ones_refused(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text("[questioning]\nmost_h = 7\n", encoding="utf-8")
    shown = json.loads(_run(tmp_path, "rules", "explain", "C3", "--json").stdout)
    assert shown["parameters"]["questioning.most_h"] == 7
    own.write_text("[questioning]\nmost = 7\n", encoding="utf-8")
    result = _run(tmp_path, "rules", "explain", "C3")
    assert result.exit_code == 1
    assert "rules.toml" in result.stderr
    assert "most" in result.stderr


def test_cases_are_checked_without_names_and_the_reading_is_audited(tmp_path: Path) -> None:
    fill(tmp_path)
    shown = json.loads(_run(tmp_path, "rules", "check", "--json").stdout)
    assert 0 < shown["forbidden"] < shown["cases"]
    assert shown["findings"]
    number = shown["findings"][0]["case"]
    one = json.loads(_run(tmp_path, "rules", "check", number, "--json").stdout)
    assert one["cases"] == 1
    assert one["findings"] == [each for each in shown["findings"] if each["case"] == number]
    printed = _run(tmp_path, "rules", "check", number)
    blocked = any(each["verdict"] == "禁止" for each in one["findings"])
    assert printed.exit_code == int(blocked)
    assert _run(tmp_path, "rules", "check").exit_code == 0  # a survey of all cases
    lines = printed.stdout.splitlines()
    assert one["findings"][0]["subject"] in lines[0]
    assert len(lines) == 1 + sum(len(one[each]) for each in ("findings", "fixes", "records"))
    assert number in lines[0]
    assert {(each["rule"], each["verdict"]) for each in one["records"]} == {
        ("P3", "提醒"),
        ("P3", "须签批"),  # nobody assessed yet what visits mean for people
    }
    audit = _run(tmp_path, "audit", "verify")
    assert audit.exit_code == 0


def test_the_smallest_change_is_shown_for_each_address_and_is_true(tmp_path: Path) -> None:
    fill(tmp_path)
    number = "（2026）闽0504执2号"  # a major matter
    words = ("rules", "check", number, "--date", "2026-11-26")
    shown = json.loads(_run(tmp_path, *words, "--json").stdout)
    (fix,) = shown["fixes"]
    assert fix["lawful"]
    assert [change["rule"] for change in fix["changes"]] == ["A6"]
    assert fix["changes"][0]["kind"] == "approval"
    assert fix["cost_min"] > 0
    assert fix["subject"].startswith("claim:")
    text = _run(tmp_path, *words).stdout
    assert "最小改正：报" in text
    assert "Smallest change: have " in _run(tmp_path, "--lang", "en", *words).stdout
    with closing(Store.open(tmp_path, clock=SetClock())) as store:
        case, (debtor,) = store.case(CaseId("c002")), store.debtors(CaseId("c002"))
        assert case is not None
        said = check_case(case, debtor, (), on=date(2026, 11, 26), profile=PROFILE)
        (asked,) = (one for one in said if one.verdict is Verdict.SIGN_OFF)
        given = (Role.PRESIDENT, "已核对", "批1号", "u1", NOW, NOW + timedelta(days=60))
        with store.write() as work:
            add(work, SignOff("A6", "case:c002", *given, asked.digest))
    result = using_clock(tmp_path, number)
    assert result["fixes"] == []
    assert [one["rule"] for one in result["findings"] if one["verdict"] == "须签批"] == ["A6"]


def using_clock(folder: Path, number: str) -> dict[str, Any]:
    return check_cases(Settings(folder), number, on=date(2026, 11, 26), clock=SetClock())


def test_an_address_that_no_change_helps_is_said_to_be_out_of_reach(tmp_path: Path) -> None:
    fill(tmp_path)
    with closing(Store.open(tmp_path, clock=SetClock())) as store:
        case = store.case(CaseId("c002"))
        assert case is not None
        store.put(cases_=[replace(case, status=CaseStatus.ENDED)])
    result = using_clock(tmp_path, "（2026）闽0504执2号")
    assert [one["lawful"] for one in result["fixes"]] == [False]
    assert "没有已知的办法" in result["fixes"][0]["text"]


def test_a_day_that_no_calendar_knows_is_said_and_fails(tmp_path: Path) -> None:
    fill(tmp_path)
    words = ("rules", "check", "（2026）闽0504执1号", "--date")
    assert "T3" not in _run(tmp_path, *words, "2026-11-26").stdout
    unknown = _run(tmp_path, *words, "2031-03-03")
    assert unknown.exit_code == 1
    (line,) = (one for one in unknown.stdout.splitlines() if one.startswith("T3 "))
    assert "2031-03-03" in line
    every = json.loads(_run(tmp_path, "rules", "check", "--date", "2031-03-03", "--json").stdout)
    assert [(one["rule"], one["subject"]) for one in every["days"]] == [("T3", "day:2031-03-03")]


@pytest.mark.parametrize("words", [("list",), ("explain", "Z6"), ("explain", "T1")])
def test_what_stands_around_the_words_is_english_in_english(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    fill(tmp_path)
    shown = _run(tmp_path, "--lang", "en", "rules", *words).stdout
    outside = re.sub(r"[一-龥《][一-龥《》〔〕（）、；0-9A-Z]*", "", shown)  # of the cited texts
    assert not set("、（）；") & set(outside)
    assert "['" not in shown  # a list is not shown as the program writes it
    assert "('" not in shown


def test_what_the_court_set_itself_is_not_said_to_be_the_law(tmp_path: Path) -> None:
    fill(tmp_path)
    shown = _run(tmp_path, "rules", "explain", "Z6").stdout
    (share,) = (line for line in shown.splitlines() if "seizure.excess_share" in line)
    assert "本院规则Z6" in share
    assert "法定" not in shown
    assert "本院自行规定" in _run(tmp_path, "rules", "explain", "T1").stdout


def test_all_cases_are_checked_without_looking_for_changes(tmp_path: Path) -> None:
    fill(tmp_path)
    assert json.loads(_run(tmp_path, "rules", "check", "--json").stdout)["fixes"] == []


@pytest.mark.parametrize(
    ("number", "said"), [("（2026）闽0599执999999号", "999999"), ("123", "案号")]
)
def test_an_unknown_case_is_refused(tmp_path: Path, number: str, said: str) -> None:
    fill(tmp_path)
    result = _run(tmp_path, "rules", "check", number)
    assert result.exit_code == 1
    assert said in result.stderr
