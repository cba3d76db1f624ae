from __future__ import annotations

import gzip
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo import osmfile
from geo.errors import NetworkFileError
from geo.network import build_network
from geo.osmfile import OsmFeatures, read_features
from tests.geo.roads import osm_xml, town_xml, write_osm
from tests.reference import reference_data

FORMATS = ("a.osm", "a.osm.gz", "a.osm.pbf")


def test_nodes_may_stand_last(tmp_path: Path) -> None:
    text = osm_xml(
        {1: (0, 0), 2: (1, 0), 3: (1, 1)},
        [
            (11, [1, 2], {"highway": "primary"}),
            (12, [1, 2, 3], {"waterway": "river", "name": "晋江"}),
            (13, [1, 2, 3, 1], {"building": "yes", "name": "楼"}),
        ],
        nodes_last=True,
    )
    source = write_osm(tmp_path / "a.osm", text)
    assert build_network(source).report.ways_seen == 1
    features = read_features(source)
    assert features.waterways["name"].tolist() == ["晋江"]
    assert features.buildings["name"].tolist() == ["楼"]


@pytest.mark.parametrize("name", FORMATS)
def test_features_by_kind(tmp_path: Path, name: str) -> None:
    ring = [1, 2, 3, 1]
    text = osm_xml(
        {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (3, 3), 5: (4, 4), 6: (5, 5)},
        [
            (11, ring, {"natural": "water", "name": "湖"}),
            (12, ring, {"landuse": "residential", "name": "阳光小区"}),
            (
                13,
                ring,
                {"building": "yes", "addr:housenumber": "8号", "addr:street": "人民路"},
            ),
            (14, [1, 2], {"railway": "rail"}),
            (
                15,
                ring,
                {"boundary": "administrative", "admin_level": "8", "name": "河埔镇"},
            ),
            (16, [2, 3], {"natural": "coastline"}),
        ],
        node_tags={
            4: {
                "place": "village",
                "name": "Qianhuang",
                "name:zh": "前黄村",
                "old_name": "黄",
            },
            5: {"amenity": "police"},
            6: {"amenity": "bench"},
        },
    )
    features = read_features(write_osm(tmp_path / name, text))
    assert features.water["kind"].tolist() == ["water"]
    assert features.landuse["kind"].tolist() == ["residential"]
    assert len(features.buildings) == 1
    assert features.rail["kind"].tolist() == ["rail"]
    assert features.boundaries[["name", "detail"]].to_numpy().tolist() == [["河埔镇", "8"]]
    assert features.coastline["kind"].tolist() == ["coastline"]
    (village,) = features.places
    assert (village.kind, village.name, village.aliases) == (
        "village",
        "前黄村",
        ("Qianhuang", "黄"),
    )
    (door,) = features.house_numbers
    assert (door.street, door.number) == ("人民路", "8号")
    assert {(poi.kind, poi.name) for poi in features.pois} >= {
        ("police", ""),
        ("residential", "阳光小区"),
    }
    assert "bench" not in {poi.kind for poi in features.pois}


def test_a_ring_that_does_not_close_is_no_area(tmp_path: Path) -> None:
    text = osm_xml({1: (0, 0), 2: (1, 0)}, [(11, [1, 2, 9, 1], {"building": "yes"})])
    assert len(read_features(write_osm(tmp_path / "a.osm", text)).buildings) == 0


def test_graphml_has_no_features(tmp_path: Path) -> None:
    (tmp_path / "a.graphml").write_text("<graphml/>")
    assert read_features(tmp_path / "a.graphml").places == OsmFeatures().places


@pytest.mark.parametrize("name", [*FORMATS, "a.graphml", "a.graphml.gz"])
@pytest.mark.parametrize(
    "content",
    [b"", b"not a map", b"\x00\xff" * 500, b"<osm version='0.6'>", b"PK\x03\x04"],
)
def test_rubbish_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(NetworkFileError, match=name.replace(".", r"\.")) as told:
        build_network(source)
    assert str(tmp_path) not in str(told.value)
    if "graphml" not in name:
        with pytest.raises(NetworkFileError):
            read_features(source)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", FORMATS)
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, kept: float) -> None:
    whole = write_osm(tmp_path / name, town_xml()).read_bytes()
    source = tmp_path / f"b{name[1:]}"
    source.write_bytes(whole[: int(len(whole) * kept)])
    for read in (build_network, read_features):
        with pytest.raises(NetworkFileError, match=r"b\.osm.*(重新下载|导出)"):
            read(source)


def test_rubbish_inside_gzip_is_refused(tmp_path: Path) -> None:
    for name in ("a.osm.gz", "a.graphml.gz"):
        whole = bytearray(gzip.compress(town_xml().encode()))
        whole[len(whole) // 2] ^= 0xFF
        (tmp_path / name).write_bytes(whole)
        with pytest.raises(NetworkFileError):
            build_network(tmp_path / name)


@pytest.mark.parametrize("name", ["a.txt", "a.osm.bz2", "a.shp", "osm"])
def test_unknown_types_and_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(NetworkFileError, match="类型无法识别"):
        osmfile.check_suffix(tmp_path / name)
    with pytest.raises(NetworkFileError, match="不存在"):
        osmfile.check_suffix(tmp_path / "a.osm")


@pytest.mark.reference
@pytest.mark.parametrize("share", [0.5, 0.97])
@pytest.mark.parametrize("name", ["small_guixi_jiangxi.osm", "small_liechtenstein.osm.pbf"])
def test_a_real_file_cut_short_is_refused(tmp_path: Path, name: str, share: float) -> None:
    whole = (reference_data() / "osm" / name).read_bytes()
    source = tmp_path / name
    source.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(NetworkFileError, match="重新下载"):
        build_network(source)


def test_relations_and_odd_texts_come_through_the_sorting(tmp_path: Path) -> None:
    name = "“湖”&<'\n\""
    text = osm_xml(
        {4: (0, 0), 2: (1, 0), 3: (1, 1)},
        [(11, [2, 3, 4], {"waterway": "river", "name": name}), (12, [4, 2], {})],
        relations=[
            (
                [("way", 12, "outer"), ("way", 11, "outer")],
                {"type": "multipolygon", "natural": "water", "name": name},
            )
        ],
        nodes_last=True,
    )
    features = read_features(write_osm(tmp_path / "a.osm", text))
    assert features.water["name"].tolist() == features.waterways["name"].tolist() == [name]


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond some bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_scratch_folder_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    river = osm_xml({1: (0, 0), 2: (1, 0)}, [(11, [1, 2], {"waterway": "river"})], nodes_last=True)
    water = write_osm(tmp_path / "b.osm", river)
    with (
        _files_of_at_most(50),
        pytest.raises(NetworkFileError, match="磁盘空间不足"),
    ):
        read_features(water)
    assert not list(scratch.iterdir())
    assert len(read_features(water).waterways) == 1


def test_a_missing_scratch_folder_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    river = osm_xml({1: (0, 0), 2: (1, 0)}, [(11, [1, 2], {"waterway": "river"})], nodes_last=True)
    water = write_osm(tmp_path / "a.osm", river)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(NetworkFileError, match=r"临时文件夹无法写入.*磁盘空间与权限"):
        read_features(water)


def test_swapped_coordinates_of_a_file_are_told(tmp_path: Path) -> None:
    swapped = town_xml().replace("lon=", "x=").replace("lat=", "lon=").replace("x=", "lat=")
    with pytest.raises(NetworkFileError, match=r"swapped.osm 中的道路没有可用的坐标.*写反"):
        build_network(write_osm(tmp_path / "swapped.osm", swapped))
