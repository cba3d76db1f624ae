"""Machine code that an earlier version left behind is compiled again, whatever its list names."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from types import ModuleType

import pytest

_SOURCE = """
from routes.planning.compiled import entry

@entry
def double(x):
    return 2 * x
"""


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Gone:
    """Stands for a class that the next version has not."""


@pytest.mark.parametrize("damage", ["class", "cut"])
def test_a_list_that_cannot_be_read_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    source = tmp_path / "doubled.py"
    source.write_text(_SOURCE, encoding="utf-8")
    assert _loaded(source).double(2) == 4
    (index,) = tmp_path.rglob("*.nbi")
    whole = index.read_bytes()
    if damage == "class":
        version = pickle.loads(whole)
        index.write_bytes(pickle.dumps(version) + pickle.dumps(((0.0, 0), {_Gone: "x"})))
        monkeypatch.delattr(f"{__name__}._Gone")
    else:
        index.write_bytes(whole[: len(whole) // 2])
    assert _loaded(source).double(3) == 6
    assert len(index.read_bytes()) >= len(whole)
