"""Files that wait are sealed, and open in the clear only while they are worked on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.crypto import FieldCipher, Keys
from data.errors import StoreError
from data.sealed_files import OPEN, reading_sealed, seal_file, unsealed, writing_sealed
from data.workshops import abandoned

ROOT = Path(__file__).parents[2]
PIECE = 64 * 1024
SEALED = PIECE + 28
CIPHER = FieldCipher.of(Keys.first(bytes(range(32))))


def _sealed(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    seal_file(CIPHER, io.BytesIO(content), path)
    return path


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_comes_back_as_it_was(tmp_path: Path, size: int) -> None:
    content = b"\xe5\xbc\xa0" * (size // 3) + b"x" * (size % 3)
    path = _sealed(tmp_path, content)
    assert path.stat().st_mode & 0o077 == 0
    assert size < 3 or content[:3] * 5 not in path.read_bytes()
    other = FieldCipher.of(Keys.first(bytes(range(32))).with_new().only_newest())
    with unsealed(other, path) as copy:  # the fields went over to another key meanwhile
        assert copy.name == path.name
        assert copy.read_bytes() == content
        assert copy.parent.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_that_was_cut_or_changed_or_is_anothers_is_refused(tmp_path: Path) -> None:
    path = _sealed(tmp_path, bytes(3 * PIECE))
    whole = path.read_bytes()
    begin = len(whole) - 3 * SEALED
    first, second, last = (whole[begin + at * SEALED :][:SEALED] for at in range(3))
    for bad in (
        whole[:-SEALED],
        whole[:-1],
        whole[:begin],
        whole[:begin] + second + first + last,
        whole[:-1] + bytes([whole[-1] ^ 1]),
        whole + last,
    ):
        path.write_bytes(bad)
        with pytest.raises(StoreError, match="重新上传"), unsealed(CIPHER, path):
            pass
        with pytest.raises(StoreError, match="重新上传"), reading_sealed(CIPHER, path) as source:
            source.read()
        assert len(list(tmp_path.iterdir())) == 1
    path.write_bytes(whole)
    with pytest.raises(StoreError), unsealed(FieldCipher(bytes(32)), path):
        pass


def test_a_file_of_an_earlier_version_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("编号\n")
    with unsealed(CIPHER, path) as copy, reading_sealed(CIPHER, path) as read:
        assert read.read() == copy.read_bytes() == path.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["old.csv"]


@given(
    pieces=st.lists(st.integers(0, 2 * PIECE + 3), max_size=4),
    reads=st.lists(st.tuples(st.integers(0, 6 * PIECE), st.integers(0, PIECE + 9)), max_size=6),
)
def test_what_is_written_in_parts_is_read_from_any_place(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[int],
    reads: list[tuple[int, int]],
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "a"
    with writing_sealed(CIPHER, path) as target:
        for number, size in enumerate(pieces):
            target.write(bytes((number + at) % 251 for at in range(size)))
    plain = b"".join(
        bytes((number + at) % 251 for at in range(size)) for number, size in enumerate(pieces)
    )
    with reading_sealed(CIPHER, path) as source:
        assert source.read() == plain
        assert source.seek(0, os.SEEK_END) == len(plain)
        for begin, size in reads:
            source.seek(begin)
            assert source.read(size) == plain[begin : begin + size]


def test_what_fails_while_it_is_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = _sealed(tmp_path, b"before")

    def fail() -> None:
        with writing_sealed(CIPHER, path) as target:
            target.write(bytes(3 * PIECE))
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very one
        fail()
    with reading_sealed(CIPHER, path) as source:
        assert source.read() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_copy_of_a_killed_process_goes_when_another_looks(tmp_path: Path) -> None:
    path = _sealed(tmp_path, b"a name")
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from data.crypto import FieldCipher, Keys\nfrom data.sealed_files import unsealed\n"
        "with unsealed(FieldCipher.of(Keys.first(bytes(range(32)))), Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    (left,) = tmp_path.glob(f"{OPEN}*")
    assert (left / "a.csv").read_bytes() == b"a name"
    with unsealed(CIPHER, path) as copy:
        assert not left.exists()
        assert abandoned(tmp_path, OPEN) == ()  # this one is worked in
        assert copy.exists()
