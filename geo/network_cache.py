"""Arrays kept in a folder with a manifest of checksums: whole, or refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import NetworkCacheError

__all__ = ["FORMAT", "load_arrays", "save_arrays"]

FORMAT = 2
"""Version of the layout; another one is refused."""

_MANIFEST = "manifest.json"
_TEXTS = "texts.json"


def save_arrays(
    folder: Path, arrays: Mapping[str, npt.NDArray[Any]], texts: Mapping[str, Any]
) -> None:
    """Write arrays and texts to a new folder beside, then put it in place of ``folder``.

    Raises
    ------
    NetworkCacheError
        If something cannot be written; the old folder then stays as it was.
    """
    fresh: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        (fresh / _TEXTS).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        files = [f"{name}.npy" for name in arrays] + [_TEXTS]
        manifest = {"format": FORMAT, "sha256": {name: _sha256(fresh / name) for name in files}}
        (fresh / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        _put_in_place(fresh, folder)
    except OSError as error:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 无法写入（%(detail)s），请检查磁盘空间与权限",
            folder=folder.name,
            detail=error.strerror or type(error).__name__,
        ) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)


def _put_in_place(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    try:
        folder.rename(old / folder.name)
        try:
            fresh.rename(folder)
        except OSError:
            (old / folder.name).rename(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def load_arrays(
    folder: Path, names: Iterable[str], *, source_sha256: str | None = None
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote, after checking every byte of it.

    Raises
    ------
    NetworkCacheError
        If a file is missing or changed, the layout has another version, or the texts name
        another source than ``source_sha256``.
    """
    manifest = _json(folder, _MANIFEST)
    if manifest.get("format") != FORMAT:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 的版本为 %(found)s，需要 %(wanted)s，请重新生成路网",
            folder=folder.name,
            found=str(manifest.get("format")),
            wanted=FORMAT,
        )
    sums = manifest.get("sha256")
    files = {name: f"{name}.npy" for name in names}
    for file in [_TEXTS, *files.values()]:
        _check(folder, file, sums.get(file) if isinstance(sums, dict) else None)
    texts = _json(folder, _TEXTS)
    if source_sha256 is not None and texts["report"]["source_sha256"] != source_sha256:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 不是由当前路网文件生成的，请重新生成路网", folder=folder.name
        )
    return {name: np.load(folder / file, allow_pickle=False) for name, file in files.items()}, texts


def _check(folder: Path, file: str, wanted: str | None) -> None:
    try:
        found = _sha256(folder / file)
    except OSError as error:
        raise _damaged(folder, file) from error
    if found != wanted:
        raise _damaged(folder, file)


def _json(folder: Path, file: str) -> dict[str, Any]:
    try:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, file) from error
    if not isinstance(content, dict):
        raise _damaged(folder, file)
    return content


def _damaged(folder: Path, file: str) -> NetworkCacheError:
    return NetworkCacheError(
        "路网缓存 %(folder)s 不完整或已损坏（文件 %(file)s），请重新生成路网",
        folder=folder.name,
        file=file,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
