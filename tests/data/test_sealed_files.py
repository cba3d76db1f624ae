"""Files that wait are sealed, and open in the clear only while they are worked on."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from data.crypto import FieldCipher, Keys
from data.errors import StoreError
from data.sealed_files import seal_file, unsealed

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
        assert len(list(tmp_path.iterdir())) == 1
    path.write_bytes(whole)
    with pytest.raises(StoreError), unsealed(FieldCipher(bytes(32)), path):
        pass


def test_a_file_of_an_earlier_version_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("编号\n")
    with unsealed(CIPHER, path) as copy:
        assert copy == path
    assert path.exists()
