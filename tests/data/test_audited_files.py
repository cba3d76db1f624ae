"""No file of personal data without its entry; an entry of what failed says so."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import pytest

from data.audited_files import audited_entry, audited_paths
from data.errors import ExportError, StoreError
from data.store import Store
from tests.data.courts import refuse

ENTRY = {"by": "u1", "act": "plan.export", "subject": "action:A1"}


def acts(store: Store) -> list[str]:
    return [one.act for one in reversed(store.audit.entries())]


def refuse_entries(store: Store) -> None:
    """Let the table of the audit chain take nothing any more."""
    with store.write() as work:
        refuse(work.connection, "INSERT ON audit_entry")


def test_the_entry_is_there_before_the_files_are(store: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    with audited_paths(store.audit, first, second, **ENTRY, detail={"persons": 2}) as staged:
        for path in staged:
            path.write_text("new", encoding="utf-8")
        assert acts(store) == []
    assert acts(store) == ["plan.export"]
    for path in (first, second):
        assert path.read_text(encoding="utf-8") == "new"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["a.json", "b.json", "court"]


def test_without_an_entry_there_is_no_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    refuse_entries(store)
    with (
        pytest.raises(StoreError),
        audited_paths(store.audit, path, **ENTRY) as (staged,),
    ):
        staged.write_text("new", encoding="utf-8")
    assert os.listdir(tmp_path) == ["court"]


def test_a_block_that_fails_leaves_an_entry_that_says_so(store: Store, tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="half way"),
        audited_paths(store.audit, tmp_path / "a.json", **ENTRY),
    ):
        raise ValueError("half way")
    assert acts(store) == ["plan.export.failed"]
    assert os.listdir(tmp_path) == ["court"]


def test_a_file_that_cannot_be_put_in_place_is_told_of(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with (
        pytest.raises(ExportError, match=r"a\.json"),
        audited_paths(store.audit, path, **ENTRY),
    ):
        (path / "in_the_way").mkdir(parents=True)
    assert acts(store) == ["plan.export", "plan.export.failed"]
    assert os.listdir(path) == ["in_the_way"]


def test_a_folder_that_is_missing_is_told_of(store: Store, tmp_path: Path) -> None:
    with (
        pytest.raises(ExportError, match=r"a\.json"),
        audited_paths(store.audit, tmp_path / "none" / "a.json", **ENTRY),
    ):
        pytest.fail("there is nowhere to write to")
    assert acts(store) == ["plan.export.failed"]


@pytest.mark.parametrize("when", ["before", "after", "never"])
def test_an_entry_can_be_made_by_what_places_the_file(store: Store, when: str) -> None:
    with (
        contextlib.suppress(ValueError),
        audited_entry(store.audit, **ENTRY, detail={"kind": 1}) as enter,
    ):
        if when == "before":
            raise ValueError("half way")
        enter({"rows": 3})
        if when == "after":
            raise ValueError("not in place")
    told = {"before": ["plan.export.failed"], "after": ["plan.export", "plan.export.failed"]}
    assert acts(store) == told.get(when, ["plan.export"])
    detail = store.audit.entries()[0].detail
    assert detail == ({"kind": 1} if when == "before" else {"kind": 1, "rows": 3})
