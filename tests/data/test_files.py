from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import DataError, ExportError, StoreFullError
from data.files import staged_path, write_atomically

_LIMITED_WRITER = """
import resource, signal, sys
from pathlib import Path
from data.errors import StoreFullError
from data.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with write_atomically(Path(sys.argv[1])) as file:
        file.write(b"x" * 100_000)
except StoreFullError as error:
    sys.exit(7 if "list.bin" in str(error) else 8)
"""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(old=st.binary(max_size=200), new=st.binary(max_size=200))
def test_new_bytes_replace_old_ones(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(old)
    with write_atomically(path) as file:
        file.write(new)
        file.flush()
        assert path.read_bytes() == old
    assert path.read_bytes() == new
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_failing_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def half_way() -> None:
        with write_atomically(path) as file:
            file.write(b"new")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half"):
        half_way()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_in_the_block_is_told_as_such(tmp_path: Path, code: int) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(StoreFullError, match=r"a\.bin") as caught, staged_path(path):
        raise OSError(code, "full")
    assert isinstance(caught.value.__cause__, OSError)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_other_errors_of_the_block_are_not_renamed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), staged_path(tmp_path / "a.bin"):
        (tmp_path / "missing").read_bytes()
    assert os.listdir(tmp_path) == []


def test_the_size_limit_of_the_system_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "list.bin"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", _LIMITED_WRITER, str(path)], check=False)
    assert done.returncode == 7
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["list.bin"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no always-full device here")
def test_a_device_is_no_place_for_a_file() -> None:
    with pytest.raises(ExportError, match="普通文件"), write_atomically(Path("/dev/full")):
        pass


def test_a_missing_folder_is_told_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="文件夹"), write_atomically(tmp_path / "no" / "a.bin"):
        pass


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError), write_atomically(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_a_link_keeps_pointing_to_the_replaced_file(tmp_path: Path) -> None:
    real, link = tmp_path / "real.bin", tmp_path / "link.bin"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with write_atomically(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    with write_atomically(tmp_path / "a.bin") as file:
        file.write(b"1")
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o600
