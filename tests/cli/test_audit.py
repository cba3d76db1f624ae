"""The audit chain at the terminal: verified, signed, exported, and checked elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from data.store import DATABASE_NAME
from web.cli import main


def _run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *words])


def _told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def court(tmp_path: Path) -> Path:
    folder = tmp_path / "court"
    assert _run(folder, "init").exit_code == 0
    for _ in range(3):
        assert _run(folder, "account", "list").exit_code == 0
    return folder


def test_the_chain_is_exported_signed_and_checked_without_the_folder(
    court: Path, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    done = _told(_run(court, "audit", "export", str(path), "--json"))
    assert path.stat().st_mode & 0o077 == 0
    assert done["checkpoints"] == 1
    words = ["audit", "check", str(path), "--json"]
    checked = _told(_run(tmp_path, *words, "--key", done["public_key"]))
    assert checked["audit_entries"] == done["audit_entries"]
    assert _run(tmp_path, "audit", "check", str(path), "--key", "0" * 64).exit_code == 1
    assert _run(tmp_path, "audit", "check", str(path), "--key", "none").exit_code == 1
    assert _told(_run(court, "audit", "verify", "--against", str(path), "--json"))
    path.write_bytes(path.read_bytes().replace(b"account.list", b"account.lost", 1))
    assert "与其签名不符" in _run(tmp_path, *words).stderr


def test_a_chain_cut_back_is_found_by_what_was_kept_elsewhere(court: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    before = (court / DATABASE_NAME).read_bytes()
    for _ in range(3):
        _run(court, "account", "list")
    _told(_run(court, "audit", "export", str(path), "--json"))
    for extra in ("-wal", "-shm"):
        (court / f"{DATABASE_NAME}{extra}").unlink(missing_ok=True)
    (court / DATABASE_NAME).write_bytes(before)  # an older state, whole in itself
    assert _told(_run(court, "audit", "verify", "--json"))["checkpoints"] == 0
    result = _run(court, "audit", "verify", "--against", str(path))
    assert result.exit_code == 1
    assert "已被改写或截断" in result.stderr


def test_signing_the_same_end_twice_signs_once(court: Path) -> None:
    first = _told(_run(court, "audit", "sign", "--json"))
    again = _told(_run(court, "audit", "sign", "--json"))
    assert first == again
    assert _told(_run(court, "audit", "verify", "--json"))["checkpoints"] == 1
