from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as results


def test_sections_that_were_not_run_stay_as_they_were() -> None:
    kept = {"travel": results.table("a 1 s\nb 2 share of all\n"), "areas": results.table("c 3 m\n")}
    text = results.together(kept)
    assert text.index("## areas") < text.index("## travel")
    assert "| `b` | 2 | share of all |" in text
    assert results.sections(text) == kept
    assert results.together(results.sections(text)) == text


def test_the_results_that_are_kept_are_read() -> None:
    written = Path(results.__file__).with_name("RESULTS.md").read_text(encoding="utf-8")
    assert set(results.sections(written)) <= {*results.BENCHMARKS, *results.LONG}
    assert "| `matrix_mismatch_ms` | 0 | ms |" in results.sections(written)["travel"]


def test_a_named_benchmark_takes_options_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "RESULTS.md"
    written.write_text(results.together({"travel": results.table("a 1 s\n")}), encoding="utf-8")
    monkeypatch.setattr(results, "_RESULTS", written)
    words = ["planning_long", "--", "--days", "1", "--long-s", "0.05", "--stop-s", "0.05"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    results.main()
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in printed] == ["long_run_gap"]
    kept = results.sections(written.read_text(encoding="utf-8"))
    assert set(kept) == {"travel", "planning_long"}
    assert "| `long_run_gap` |" in kept["planning_long"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", "planning", "travel", "--", "--days", "1"])
    with pytest.raises(SystemExit):
        results.main()
    assert "for one named benchmark" in capsys.readouterr().err
