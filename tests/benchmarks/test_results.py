from __future__ import annotations

from pathlib import Path

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
    assert set(results.sections(written)) <= set(results.BENCHMARKS)
    assert "| `matrix_mismatch_ms` | 0 | ms |" in results.sections(written)["travel"]
