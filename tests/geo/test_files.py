"""Checksums of files; folders replaced whole, with the process killed at every step of it."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geo.files import file_sha256, put_back, replacing

_KILLED = """
import os, signal, sys
from pathlib import Path
from geo.files import replacing

left = int(sys.argv[2])

def hook(event, arguments):
    global left
    if event in ("os.rename", "os.rmdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
with replacing(Path(sys.argv[1])) as fresh:
    (fresh / "which").write_text("new")
"""


def _made(folder: Path, text: str) -> Path:
    with replacing(folder) as fresh:
        assert fresh.name == folder.name  # errors speak of the folder that is made
        (fresh / "which").write_text(text)
    return folder


def test_a_folder_is_made_and_replaced_and_nothing_is_left(tmp_path: Path) -> None:
    for text in ("old", "new"):
        assert (_made(tmp_path / "a" / "net", text) / "which").read_text() == text
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["net"]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = _made(tmp_path / "net", "old")
    with pytest.raises(FileNotFoundError), replacing(folder) as fresh:
        (fresh / "none" / "which").write_text("new")
    assert (folder / "which").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_a_reader_waits_while_the_folders_change_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rename = _made(tmp_path / "net", "old"), Path.rename
    begun = threading.Event()

    def read() -> str:
        begun.wait()
        put_back(folder)
        return (folder / "which").read_text()

    def slow(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        if path == folder:
            begun.set()
            time.sleep(0.2)
        return moved

    monkeypatch.setattr(Path, "rename", slow)
    with ThreadPoolExecutor() as pool:
        found = [pool.submit(read) for _ in range(4)]
        _made(folder, "new")
        assert [one.result() for one in found] == ["new"] * 4
    assert (folder / "which").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


@pytest.mark.parametrize("steps", range(7))
def test_a_kill_at_any_step_leaves_one_of_the_two_whole(tmp_path: Path, steps: int) -> None:
    folder = _made(tmp_path / "net", "old")
    command = [sys.executable, "-c", _KILLED, str(folder), str(steps)]
    code = subprocess.run(command, check=False).returncode
    assert code == (0 if steps == 6 else -signal.SIGKILL)
    put_back(folder)
    which = (folder / "which").read_text()
    assert which == ("old" if steps < 2 else "new")
    put_back(folder)
    assert (_made(folder, "third") / "which").read_text() == "third"


def test_nothing_is_put_back_where_nothing_was(tmp_path: Path) -> None:
    put_back(tmp_path / "net")
    assert not (tmp_path / "net").exists()


def test_a_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0road\n" * 100_000)
    wanted = hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert file_sha256(tmp_path / "a") == wanted
