"""``fieldwrit plan campaign``: tables for people, one object for programs."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web.cli import main
from web.commands.campaign_tables import table_lines
from web.config import Settings
from web.errors import WebError
from web.steps.campaigns import list_campaigns


def _run(folder: Path, *words: str) -> Result:
    given = ["--data-dir", str(folder), *words]
    return CliRunner().invoke(main, given, catch_exceptions=False)


def test_weeks_days_and_needs_add_up(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    result = _run(folder, "plan", "campaign", "--weeks", "4", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert len(told["weeks"]) == 4
    assert date.fromisoformat(told["first"]).weekday() == 0
    planned = sum(one["debtors"] for one in told["campaigns"])
    assert planned == sum(one["planned"] for one in told["needs"]) > 0
    hours = sum(one["hours"] for one in told["campaigns"])
    assert hours == pytest.approx(sum(one["planned_h"] for one in told["weeks"]), abs=0.2)
    for week in told["weeks"]:
        assert week["planned_h"] <= week["capacity_h"]
    assert any("假定" in note for note in told["notes"])
    shown = _run(folder, "--lang", "en", "plan", "campaign", "--weeks", "1")
    assert shown.exit_code == 0, shown.stderr
    assert "Team-hours" in shown.stdout
    (folder / "seasons.toml").write_text("[wheat]\nodds_home = 99\n", encoding="utf-8")
    refused = _run(folder, "plan", "campaign")
    assert refused.exit_code == 1
    assert "wheat.odds_home" in refused.stderr


def test_a_day_that_is_past_is_refused(demo_dir: Path) -> None:
    with pytest.raises(WebError, match="2020-01-06"):
        list_campaigns(Settings(data_dir=demo_dir), first=date(2020, 1, 6), weeks=1)


def test_columns_stand_below_each_other() -> None:
    lines = table_lines(["乡镇", "人数"], [["岭兜镇", 3], ["A", 12]])
    assert lines == ["乡镇    人数", "岭兜镇  3", "A       12"]
