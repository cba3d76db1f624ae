from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import geo.network
from geo.errors import NetworkCacheError, NetworkFileError
from geo.network import (
    READERS,
    RoadNetwork,
    build_network,
    load_network,
    reading_sha256,
    save_network,
)
from geo.network_cache import load_arrays, save_arrays
from tests.geo.roads import town_xml, write_osm

GEO = Path(geo.network.__file__).parent
ARRAYS = [name for name in RoadNetwork.__slots__ if name not in ("names", "report")]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_osm(tmp_path_factory.mktemp("roads") / "a.osm", town_xml())


@pytest.fixture(scope="module")
def network(source: Path) -> RoadNetwork:
    return build_network(source)


def test_a_network_comes_back(network: RoadNetwork, source: Path, tmp_path: Path) -> None:
    save_network(network, tmp_path / "net")
    again = load_network(tmp_path / "net", source=source)
    for name in ARRAYS:
        before, after = getattr(network, name), getattr(again, name)
        assert after.dtype == before.dtype, name
        np.testing.assert_array_equal(after, before)
        assert not after.flags.writeable
    assert again.names == network.names
    assert again.report == network.report


def test_saving_again_replaces_and_leaves_nothing(network: RoadNetwork, tmp_path: Path) -> None:
    for _ in range(2):
        save_network(network, tmp_path / "net")
    assert os.listdir(tmp_path) == ["net"]


def test_another_source_is_noticed(network: RoadNetwork, source: Path, tmp_path: Path) -> None:
    save_network(network, tmp_path / "net")
    changed = tmp_path / "a.osm"
    changed.write_text(source.read_text("utf-8").replace("人民路", "新民路"), "utf-8")
    with pytest.raises(NetworkCacheError, match="重新生成"):
        load_network(tmp_path / "net", source=changed)


@pytest.mark.parametrize("name", ["tail.npy", "texts.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["remove", "cut", "flip"])
def test_damage_is_noticed(network: RoadNetwork, tmp_path: Path, name: str, damage: str) -> None:
    save_network(network, tmp_path / "net")
    file = tmp_path / "net" / name
    content = bytearray(file.read_bytes())
    if damage == "remove":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(content[:-3])
    else:
        content[-2] ^= 0x01
        file.write_bytes(content)
    with pytest.raises(NetworkCacheError, match="net"):
        load_network(tmp_path / "net")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NetworkCacheError, match="none"):
        load_network(tmp_path / "none")


def test_a_missing_source_is_told(network: RoadNetwork, tmp_path: Path) -> None:
    save_network(network, tmp_path / "net")
    with pytest.raises(NetworkFileError, match=r"gone\.osm"):
        load_network(tmp_path / "net", source=tmp_path / "gone.osm")


def test_another_layout_is_refused(network: RoadNetwork, tmp_path: Path) -> None:
    save_network(network, tmp_path / "net")
    manifest = tmp_path / "net" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 999}))
    with pytest.raises(NetworkCacheError, match="999"):
        load_network(tmp_path / "net")


def test_other_rules_are_refused(tmp_path: Path) -> None:
    texts = {"report": {"source_sha256": "a"}}
    save_arrays(tmp_path / "net", {"big": np.arange(3)}, texts, rules="walk 6")
    with pytest.raises(NetworkCacheError, match="另一套道路规则"):
        load_arrays(tmp_path / "net", ["big"], rules="walk 5")
    arrays, _ = load_arrays(tmp_path / "net", ["big"], rules="walk 6")
    assert arrays["big"].tolist() == [0, 1, 2]


def _imports(name: str) -> set[str]:
    """Return the modules of the package that one of them imports, here or in its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((GEO / f"{name}.py").read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{one.name}" for one in node.names] + [node.module]
        found |= {each.split(".")[1] for each in names if each.startswith("geo.")}
    return {each for each in found if (GEO / f"{each}.py").exists()}


def test_every_module_that_reads_roads_is_in_the_checksum() -> None:
    decides_nothing = {
        "coordinates",
        "errors",
        "files",
        "graphwriting",
        "messages",
        "model",
        "network_cache",
        "ports",
    }
    found, new = set[str](), {"network"}
    while new:
        found |= new
        new = {each for name in new for each in _imports(name)} - found - decides_nothing
    assert set(READERS) == found


@pytest.mark.parametrize("name", READERS)
def test_a_change_of_any_reading_module_makes_the_network_stale(name: str, tmp_path: Path) -> None:
    same, changed = tmp_path / "same", tmp_path / "changed"
    for folder in (same, changed):
        folder.mkdir()
        for each in READERS:
            shutil.copy(GEO / f"{each}.py", folder)
    with (changed / f"{name}.py").open("a", encoding="utf-8") as file:
        file.write("_LIMIT = 1\n")
    assert reading_sha256(same) == reading_sha256() != reading_sha256(changed)


def test_a_network_read_by_another_text_is_refused(network: RoadNetwork, tmp_path: Path) -> None:
    save_network(network, tmp_path / "net")
    manifest = tmp_path / "net" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(reading_sha256(), "0" * 64))
    with pytest.raises(NetworkCacheError, match="另一套道路规则"):
        load_network(tmp_path / "net")


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 2)), np.arange(6).reshape(2, 3).T, np.array([[True], [False]])],
)
def test_every_shape_comes_back(tmp_path: Path, array: npt.NDArray[Any]) -> None:
    save_arrays(tmp_path / "net", {"big": array}, {})
    again = load_arrays(tmp_path / "net", ["big"])[0]["big"]
    assert (again.shape, again.dtype) == (array.shape, array.dtype)
    np.testing.assert_array_equal(again, array)
    assert not again.flags.writeable


def test_a_file_replaced_while_it_is_read_is_told(tmp_path: Path) -> None:
    source = write_osm(tmp_path / "a.osm", town_xml())

    def replace_at(done: int, _total: int) -> None:
        if done == 1:
            write_osm(tmp_path / "b.osm", town_xml()).replace(source)

    with pytest.raises(NetworkFileError, match="在读取时被替换"):
        build_network(source, progress=replace_at)


def test_a_file_taken_away_while_it_is_read_is_told(tmp_path: Path) -> None:
    source = write_osm(tmp_path / "a.osm", town_xml())

    def remove_at(done: int, _total: int) -> None:
        if done == 1:
            source.unlink()

    with pytest.raises(NetworkFileError, match=r"a\.osm"):
        build_network(source, progress=remove_at)


def test_a_folder_that_cannot_be_written_is_told(network: RoadNetwork, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NetworkCacheError, match="磁盘空间与权限"):
        save_network(network, tmp_path / "file" / "net")


_LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from geo.errors import NetworkCacheError
from geo.network_cache import save_arrays
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    save_arrays(Path(sys.argv[1]), {"big": np.zeros(10000)}, {})
except NetworkCacheError:
    sys.exit(7)
"""


def test_a_full_disk_leaves_the_old_folder(tmp_path: Path) -> None:
    texts = {"report": {"source_sha256": "a"}}
    save_arrays(tmp_path / "net", {"big": np.arange(3)}, texts)
    command = [sys.executable, "-c", _LIMITED, str(tmp_path / "net")]
    assert subprocess.run(command, check=False).returncode == 7
    arrays, again = load_arrays(tmp_path / "net", ["big"], source_sha256="a")
    assert arrays["big"].tolist() == [0, 1, 2]
    assert again == texts
    assert os.listdir(tmp_path) == ["net"]
