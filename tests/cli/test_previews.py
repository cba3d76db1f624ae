"""A changed table is compared on the command line; names stay out of what a terminal keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from data.store import Store
from tests.data.samples import CASE_ROW, GOOD_ROWS, NAME, NUMBER, write_csv
from web.cli import main
from web.clock import system_clock


def test_a_changed_table_is_compared_and_nothing_is_stored(tmp_path: Path) -> None:
    folder = tmp_path / "court"
    Store.open(folder, clock=system_clock, create=True).close()
    path = tmp_path / "案件.csv"

    def run(*words: str) -> Any:
        result = CliRunner().invoke(main, ["--data-dir", str(folder), *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    write_csv(path, [CASE_ROW, CASE_ROW | {"案号": "（2026）闽0599执2号"}])
    run("import", "cases", str(path))
    write_csv(path, [CASE_ROW | {"执行标的额": "78000", "地址1": "河埔镇后洋村3号"}])
    for _ in range(2):
        seen = json.loads(run("import", "cases", str(path), "--preview", "--json"))
        assert (seen["changed"], seen["missing"]) == (1, 1)
    shown = run("import", "cases", str(path), "--preview")
    assert f"{NUMBER} 执行标的额：56000 → 78000" in shown
    assert f"{NUMBER} 地址：有改动" in shown
    assert "文件中没有：（2026）闽0599执2号" in shown
    assert NAME not in shown
    assert "后洋村" not in shown
    assert list((folder / "uploads").iterdir()) == []
    for kind, cells in (
        ("stations", {"派出所名称": "前洋派出所"}),
        ("liaisons", {"电话": "10000000001"}),
    ):
        held = GOOD_ROWS[kind]
        run("import", kind, str(write_csv(path, [held])))
        told = run("import", kind, str(write_csv(path, [held | cells])), "--preview")
        assert ("河埔派出所 → 前洋派出所" in told) == (kind == "stations")
        assert ("G1 电话：有改动" in told) == (kind == "liaisons")
        assert "10000000001" not in told
