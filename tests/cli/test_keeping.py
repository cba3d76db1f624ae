"""Backup, key and doctor as commands, on a folder that ``init`` made."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from data.crypto import GIVEN_KEY
from data.jobs import JobKind
from data.sqlite import HEAD_NAME
from data.store import DATABASE_NAME, KEY_NAME, Store
from tests.data.samples import CASE_ROW, write_csv
from web.build import compile_catalogues
from web.cli import main
from web.clock import system_clock

_WORDS = "a long enough secret\n"


def _run(folder: Path, *words: str, told: str = "") -> Any:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *words], input=told)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "court"
    assert _run(made, "init").exit_code == 0
    table = write_csv(tmp_path / "cases.csv", [CASE_ROW])
    assert _run(made, "import", "cases", str(table)).exit_code == 0
    return made


def _beside(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob(f"{DATABASE_NAME}-*"))


def test_no_log_is_left_beside_the_database_after_a_command(folder: Path) -> None:
    assert _beside(folder) == []
    for words in (("audit", "verify"), ("account", "list"), ("doctor",), ("key", "rotate")):
        assert _run(folder, *words).exit_code == 0, words
        assert _beside(folder) == []
    assert _run(folder, "account", "change", "none", "disable").exit_code == 1
    assert _beside(folder) == []


def test_the_log_is_empty_after_a_command_while_another_only_looks(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as other:
        other.execute("SELECT count(*) FROM setting").fetchone()
        assert _run(folder, "account", "list").exit_code == 0
        assert (folder / f"{DATABASE_NAME}-wal").stat().st_size == 0


def test_a_backup_goes_to_another_machine(folder: Path, tmp_path: Path) -> None:
    (folder / "rules.toml").write_text("", encoding="utf-8")
    file = str(tmp_path / "monday.backup")
    words = ("backup", "make", file, "--passphrase-stdin", "--json")
    made = json.loads(_run(folder, *words, told=_WORDS).stdout)
    assert made["cases"] == 1
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    words = ("backup", "verify", file, "--passphrase-stdin", "--json")
    seen = json.loads(_run(tmp_path / "nowhere", *words, told=_WORDS).stdout)
    assert seen == {key: value for key, value in made.items() if key != "output"}
    other = tmp_path / "other"
    words = ("backup", "restore", file, "--data-dir", str(other), "--passphrase-stdin", "--json")
    done = json.loads(_run(tmp_path / "nowhere", *words, told=_WORDS).stdout)
    assert done["audit_entries"] == made["audit_entries"]
    assert done["last_entry_at"]
    assert sorted(one.name for one in other.iterdir()) == [
        HEAD_NAME,
        DATABASE_NAME,
        KEY_NAME,
        "rules.toml",
    ]
    assert _run(other, "audit", "verify").exit_code == 0
    assert not (tmp_path / "nowhere").exists()
    again = _run(folder, *words, told=_WORDS)
    assert again.exit_code == 1
    assert "不会覆盖" in again.stderr
    words = ("backup", "verify", file, "--passphrase-stdin")
    wrong = _run(folder, *words, told="another secret\n")
    assert wrong.exit_code == 1
    assert "口令不对" in wrong.stderr


def test_a_backup_is_not_restored_beside_a_server(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "b")
    _run(folder, "backup", "make", file, "--passphrase-stdin", told=_WORDS)
    monkeypatch.setenv("FIELDWRIT_DATABASE_URL", "postgresql:///court")
    words = ("backup", "restore", file, "--data-dir", str(tmp_path / "x"), "--passphrase-stdin")
    result = _run(folder, *words, told=_WORDS)
    assert result.exit_code == 1
    assert "FIELDWRIT_DATABASE_URL" in result.stderr
    assert not (tmp_path / "x").exists()


def test_a_backup_for_a_public_key_is_opened_by_the_private_one(
    folder: Path, tmp_path: Path
) -> None:
    made = json.loads(_run(folder, "backup", "key", str(tmp_path / "private"), "--json").stdout)
    (tmp_path / "public").write_text(made["public_key"] + "\n")
    file = str(tmp_path / "b")
    words = ("backup", "make", file, "--recipients", str(tmp_path / "public"))
    assert _run(folder, *words).exit_code == 0
    words = ("backup", "verify", file, "--identity", str(tmp_path / "private"))
    assert _run(folder, *words).exit_code == 0
    assert "backup" not in _found(folder)


def test_a_key_is_changed_and_old_answers_go(folder: Path) -> None:
    (folder / "online.sqlite3").write_bytes(b"")
    old = (folder / KEY_NAME).read_text()
    done = json.loads(_run(folder, "key", "rotate", "--json").stdout)
    assert done["key_number"] == 2
    assert done["encrypted_fields"] > 0
    assert (folder / KEY_NAME).read_text() != old
    assert not (folder / "online.sqlite3").exists()
    assert _run(folder, "audit", "verify").exit_code == 0
    assert _run(folder, "doctor", "--all").exit_code == 0


def test_a_key_in_the_environment_serves_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder, value, output = tmp_path / "court", tmp_path / "value", tmp_path / "kept"

    def given(*words: str, told: str = "") -> Any:
        done = _run(folder, *words, told=told)
        for part in value.read_text().split(";") if value.exists() else ():
            assert part.split()[-1] not in done.output + caplog.text
        assert not (folder / KEY_NAME).exists()
        return done

    assert given("key", "make", str(value)).exit_code == 0
    assert stat.S_IMODE(value.stat().st_mode) == 0o600
    monkeypatch.setenv(GIVEN_KEY, value.read_text())
    table = write_csv(tmp_path / "cases.csv", [CASE_ROW])
    make = ("backup", "make", str(output), "--passphrase-stdin")
    for words in (("init",), ("import", "cases", str(table)), ("audit", "verify"), ("doctor",)):
        assert given(*words).exit_code == 0, words
    assert "fieldwrit key make" in given("key", "rotate").output
    value.rename(tmp_path / "first")
    assert given("key", "make", str(value)).exit_code == 0
    monkeypatch.setenv(GIVEN_KEY, value.read_text())
    assert "不止一把密钥" in given("doctor").output
    assert json.loads(given("key", "rotate", "--json").stdout)["old_key_in_variable"]
    secret, _old, new = value.read_text().strip().split(";")
    monkeypatch.setenv(GIVEN_KEY, f"{secret};{new}")
    for words in (("doctor",), ("account", "list"), ("audit", "verify")):
        assert given(*words).exit_code == 0, words
    assert given(*make, told=_WORDS).exit_code == 0
    monkeypatch.setenv(GIVEN_KEY, (tmp_path / "first").read_text())
    assert "第 2 把" in given("account", "list").output
    monkeypatch.setenv(GIVEN_KEY, f"{secret};nonsense")
    refused = given("account", "list")
    assert refused.exit_code != 0
    assert GIVEN_KEY in refused.output
    assert "nonsense" not in refused.output
    monkeypatch.delenv(GIVEN_KEY)
    again = tmp_path / "again"
    words = ("backup", "restore", str(output), "--passphrase-stdin")
    assert _run(again, *words, told=_WORDS).exit_code == 0
    assert (again / KEY_NAME).exists()
    assert _run(again, "doctor").exit_code == 0


def _found(folder: Path, *words: str) -> dict[str, str]:
    result = json.loads(_run(folder, "doctor", "--json", *words).stdout)
    return {one["code"]: one["state"] for one in result["found"]}


def test_the_doctor_names_what_lies_around_the_store(folder: Path) -> None:
    assert _found(folder) == {"backup": "note", "network": "note"}
    (folder / "uploads").mkdir()
    lost = folder / "uploads" / "lost.csv"
    lost.write_bytes(b"x")
    os.utime(lost, (time.time() - 7200, time.time() - 7200))
    store = Store.open(folder, clock=system_clock)
    store.jobs.add(JobKind.IMPORT, {"kind": "cases", "file": "gone.csv"}, by="u1")
    store.close()
    (folder / "jobs.db").write_bytes(b"no database" * 100)
    (folder / "session-key").write_bytes(b"\xff\xfe")
    (folder / "network").mkdir()
    wrong = {"upload.orphan", "upload.missing", "queue", "session_key", "network", "file.mode"}
    found = _found(folder)
    assert {code for code, state in found.items() if state == "fault"} == wrong
    mended = _found(folder, "--mend")
    assert {code for code, state in mended.items() if state == "mended"} == {
        "upload.orphan",
        "queue",
        "session_key",
        "file.mode",
    }
    assert not lost.exists()
    assert _run(folder, "doctor").exit_code == 1
    (folder / "network").rmdir()
    left = _found(folder)
    assert {code for code, state in left.items() if state == "fault"} == {"upload.missing"}


def test_the_doctor_speaks_english(folder: Path) -> None:
    compile_catalogues()
    words = ["--data-dir", str(folder), "--lang", "en", "doctor"]
    shown = CliRunner().invoke(main, words)
    assert shown.exit_code == 0
    assert "no backup" in shown.stdout.lower()


def test_what_a_command_writes_is_its_owners_only(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        made = tmp_path / "court"
        assert _run(made, "init").exit_code == 0
        assert os.umask(0o022) == 0o022  # whoever called goes on as before
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (made, *made.rglob("*"))}
        assert modes <= {0o600, 0o700}
        assert _run(made, "doctor").exit_code == 0
    finally:
        os.umask(mask)
