"""A second source of one address, imported on the command line, makes it more likely."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from data.store import Store
from geo.localtime import local_day
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from web.cli import main
from web.clock import system_clock


def test_sources_that_agree_raise_the_probability_of_the_place(tmp_path: Path) -> None:
    folder = tmp_path / "court"
    Store.open(folder, clock=system_clock, create=True).close()

    def run(*words: str) -> Any:
        result = CliRunner().invoke(main, ["--data-dir", str(folder), *words, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def bring(source: str, days_ago: int) -> Any:
        day = (local_day(system_clock()) - timedelta(days=days_ago)).isoformat()
        at = {"地址1经度": "118.6", "地址1纬度": "24.9"}
        row = CASE_ROW | at | {"地址1来源": source, "地址1日期": day}
        path = write_csv(tmp_path / "案件.csv", [row])
        return run("import", "cases", str(path))

    def chances() -> list[list[float]]:
        (debtor,) = run("locating", "explain", NUMBER)["debtors"]
        return [[band["p"] for band in each["found"]] for each in debtor["addresses"]]

    bring("申请人提供", 20)
    (alone,) = chances()
    bring("水电气账户", 40)
    both = chances()
    assert len(both) == 2
    assert both[0] == both[1]  # one door
    assert all(more > less for more, less in zip(both[0], alone, strict=True))
    assert bring("水电气账户", 300)["unchanged"] == 1
    assert chances() == both
