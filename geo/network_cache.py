"""Arrays kept in a folder with a manifest of checksums: whole, or refused."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import NetworkCacheError
from geo.files import put_back, replacing

__all__ = ["FORMAT", "load_arrays", "save_arrays"]

FORMAT = 4
"""Version of the layout; another one is refused."""

_MANIFEST = "manifest.json"
_TEXTS = "texts.json"


def save_arrays(
    folder: Path,
    arrays: Mapping[str, npt.NDArray[Any]],
    texts: Mapping[str, Any],
    *,
    rules: str = "",
) -> None:
    """Write arrays and texts to a new folder beside, then put it in place of ``folder``.

    ``rules`` is a checksum of the rules by which the arrays were made.

    Raises
    ------
    NetworkCacheError
        If something cannot be written; the old folder then stays as it was.
    """
    try:
        with replacing(folder) as fresh:
            for name, array in arrays.items():
                np.save(fresh / f"{name}.npy", array, allow_pickle=False)
            (fresh / _TEXTS).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            files = [f"{name}.npy" for name in arrays] + [_TEXTS]
            manifest = {
                "format": FORMAT,
                "rules": rules,
                "sha256": {name: _sha256((fresh / name).read_bytes()) for name in files},
            }
            (fresh / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    except OSError as error:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 无法写入（%(detail)s），请检查磁盘空间与权限",
            folder=folder.name,
            detail=error.strerror or type(error).__name__,
        ) from error


def load_arrays(
    folder: Path,
    names: Iterable[str],
    *,
    rules: str = "",
    source_sha256: str | None = None,
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote, after checking every byte of it.

    Each file is read once: the bytes that were checked are those that are used, whatever
    happens to the file meanwhile. The arrays are read-only.

    Raises
    ------
    NetworkCacheError
        If a file is missing or changed, the layout has another version, the arrays were made
        by other rules, or the texts name another source than ``source_sha256``.
    """
    put_back(folder)
    manifest = _mapping(folder, _MANIFEST, _read(folder, _MANIFEST))
    if manifest.get("format") != FORMAT:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 的版本为 %(found)s，需要 %(wanted)s，请重新生成路网",
            folder=folder.name,
            found=str(manifest.get("format")),
            wanted=FORMAT,
        )
    if manifest.get("rules") != rules:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 是按另一套道路规则生成的，请重新生成路网",
            folder=folder.name,
        )
    sums = manifest.get("sha256")
    sums = sums if isinstance(sums, dict) else {}
    texts = _mapping(folder, _TEXTS, _checked(folder, _TEXTS, sums))
    if source_sha256 is not None and texts["report"]["source_sha256"] != source_sha256:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 不是由当前路网文件生成的，请重新生成路网",
            folder=folder.name,
        )
    return {name: _array(_checked(folder, f"{name}.npy", sums)) for name in names}, texts


def _array(content: bytes) -> npt.NDArray[Any]:
    """Return the array of an ``.npy`` file without copying it."""
    head = io.BytesIO(content)
    version = np.lib.format.read_magic(head)
    if version == (1, 0):
        shape, by_column, dtype = np.lib.format.read_array_header_1_0(head)
    else:
        shape, by_column, dtype = np.lib.format.read_array_header_2_0(head)
    flat = np.frombuffer(content, dtype=dtype, offset=head.tell())
    return flat.reshape(shape, order="F" if by_column else "C")


def _checked(folder: Path, file: str, sums: Mapping[str, Any]) -> bytes:
    content = _read(folder, file)
    if _sha256(content) != sums.get(file):
        raise _damaged(folder, file)
    return content


def _read(folder: Path, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        raise _damaged(folder, file) from error


def _mapping(folder: Path, file: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise _damaged(folder, file) from error
    if not isinstance(found, dict):
        raise _damaged(folder, file)
    return found


def _damaged(folder: Path, file: str) -> NetworkCacheError:
    return NetworkCacheError(
        "路网缓存 %(folder)s 不完整或已损坏（文件 %(file)s），请重新生成路网",
        folder=folder.name,
        file=file,
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
