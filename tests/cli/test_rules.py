"""``fieldwrit rules list|explain|check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routes.rules import RULES
from tests.web.court import fill
from web.cli import main


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
    assert "questioning.most_h = 8" in said
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
    lines = _run(tmp_path, "rules", "check", number).stdout.splitlines()
    assert len(lines) == len(one["findings"]) + 1
    assert number in lines[0]
    audit = _run(tmp_path, "audit", "verify")
    assert audit.exit_code == 0


@pytest.mark.parametrize(
    ("number", "said"), [("（2026）闽0599执999999号", "999999"), ("123", "案号")]
)
def test_an_unknown_case_is_refused(tmp_path: Path, number: str, said: str) -> None:
    fill(tmp_path)
    result = _run(tmp_path, "rules", "check", number)
    assert result.exit_code == 1
    assert said in result.stderr
