"""``fieldwrit network``: the report, and files, caches and moments that go wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox
import pytest
from click.testing import CliRunner, Result

from data.reference import put_gazetteer_entries
from data.store import Store
from geo.model import GazetteerEntry, Point
from geo.network import load_network
from geo.osmfile import read_features
from tests.conftest import FIELDWRIT
from tests.data.samples import case
from tests.geo.roads import LAT, LON, Tags, osm_xml, town_xml, write_osm
from tests.reference import reference_data
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.steps import roads

SQUARE = {1: (0, 0), 2: (2, 0), 3: (2, 2), 4: (0, 2)}
Ways = Iterable[tuple[int, Sequence[int], Tags]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a road file and a court whose network was made from it."""
    folder = tmp_path_factory.mktemp("network")
    write_osm(folder / "town.osm", town_xml())
    assert run(folder, "init").exit_code == 0
    result = run(folder, "network", "build", folder / "town.osm")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def court(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "copy")
    return tmp_path / "copy"


def run(folder: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder / "court"), *map(str, words)])


def state(folder: Path) -> dict[str, int]:
    """Return when each file of the network was written, and what lies beside it."""
    court = folder / "court"
    beside = {path.name: 0 for path in court.iterdir() if path.name.startswith(".")}
    return beside | {path.name: path.stat().st_mtime_ns for path in (court / "network").iterdir()}


def square(tags: Mapping[int, Tags]) -> Ways:
    sides = {11: [1, 2], 12: [2, 3], 13: [3, 4], 14: [4, 1]}
    return [
        (key, refs, {"highway": "residential"} | tags.get(key, {})) for key, refs in sides.items()
    ]


def told(folder: Path, *words: str | Path) -> dict[str, Any]:
    result = run(folder, "network", *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(folder: Path, *words: str | Path) -> str:
    """Return the one message with which a command refuses; the network stays as it was."""
    before = state(folder)
    result = run(folder, *words)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert sum(line.startswith("错误：") for line in result.stderr.splitlines()) == 1
    assert state(folder) == before
    return result.stderr


def test_the_report_is_told_and_told_again(court: Path) -> None:
    before = state(court)
    report = told(court, "report")
    assert report["source"] == "town.osm"
    assert report["nodes"] == 7 or report["nodes"] == 6
    assert {one["class"] for one in report["classes"]} >= {"primary", "secondary", "residential"}
    assert report["length_km"] == pytest.approx(
        sum(one["km"] for one in report["classes"]), abs=0.5
    )
    by_class = {one["class"]: one for one in report["classes"]}
    assert by_class["primary"]["limit_share"] == 1.0
    assert 0.5 < report["limit_missing_share"] < 0.9
    assert [one["mode"] for one in report["modes"]] == ["motor", "bicycle", "foot"]
    lines = run(court, "network", "report").stdout
    for part in (
        "town.osm",
        "省道、主干路",
        "没有限速标注",
        "汽车",
        "电动自行车",
        "步行",
        "转弯限制",
    ):
        assert part in lines
    assert "Traceback" not in lines
    assert state(court) == before


def test_the_report_is_told_in_english(court: Path) -> None:
    words = ["--lang", "en", "--data-dir", str(court / "court"), "network", "report"]
    assert CliRunner().invoke(main, words).exit_code == 0


def test_the_same_file_changes_nothing(court: Path) -> None:
    before = state(court)
    again = run(court, "network", "build", court / "town.osm")
    assert "保留原有路网" in again.stdout
    assert told(court, "build", court / "town.osm")["unchanged"] is True
    assert state(court) == before
    assert told(court, "build", court / "town.osm", "--force")["unchanged"] is False
    assert state(court) != before


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def _other_version(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    name = "format" if "format" in kept else "version"
    kept[name] = "another" if name == "version" else 1
    path.write_text(json.dumps(kept), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "harm", "harms_report"),
    [
        ("tail.npy", _cut, True),
        ("tail.npy", Path.unlink, True),
        ("manifest.json", Path.unlink, True),
        ("manifest.json", _other_version, True),
        ("build.json", _cut, True),
        ("build.json", _other_version, False),
        ("places.json", _cut, False),
        ("basemap.pmtiles", _cut, False),
    ],
)
def test_a_harmed_or_older_network_is_never_taken_for_the_same(
    file: str, harm: Callable[[Path], None], harms_report: bool, court: Path
) -> None:
    harm(court / "court" / "network" / file)
    if harms_report:
        message = refused(court, "network", "report")
        assert "network" in message
        assert "重新生成" in message
    if file in ("tail.npy", "manifest.json"):
        assert "重新生成" in refused(court, "geocode", "人民路1号")
    assert told(court, "build", court / "town.osm")["unchanged"] is False
    assert told(court, "report")["source"] == "town.osm"


def test_without_a_network_the_report_names_the_command(tmp_path: Path) -> None:
    assert run(tmp_path, "init").exit_code == 0
    result = run(tmp_path, "network", "report")
    assert result.exit_code == 1
    assert "fieldwrit network build" in result.stderr


@pytest.mark.parametrize("moment", ["replaced", "gone"])
def test_a_file_replaced_while_it_is_read_is_not_used(
    moment: str, court: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_osm(court / "other.osm", osm_xml(SQUARE, square({})))

    def meanwhile(path: Path) -> Any:
        features = read_features(path)
        if moment == "replaced":
            replacement = path.with_name("fresh.osm")
            shutil.copy(court / "town.osm", replacement)
            replacement.replace(path)
        else:
            path.unlink()
        return features

    monkeypatch.setattr(roads, "read_features", meanwhile)
    message = refused(court, "network", "build", other)
    assert "other.osm" in message
    assert "替换" in message


def test_stopping_at_the_keyboard_leaves_the_former_network(court: Path) -> None:
    before = state(court)
    other = write_osm(court / "other.osm", osm_xml(SQUARE, square({})))
    child = subprocess.Popen(
        [FIELDWRIT, "--data-dir", court / "court", "network", "build", other],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    assert "读取道路" in child.stderr.readline()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "Traceback" not in said
    assert state(court) == before
    assert told(court, "report")["source"] == "town.osm"


def test_a_run_killed_while_the_folders_change_places_loses_nothing(court: Path) -> None:
    before = state(court)
    beside = court / "court" / ".network-killed"
    beside.mkdir()
    (court / "court" / "network").rename(beside / "old")
    assert told(court, "report")["source"] == "town.osm"
    assert state(court) == before | {beside.name: 0}
    (court / "court" / "network").rename(beside / "old")
    os.utime(beside, (0, 0))
    assert told(court, "build", court / "town.osm")["unchanged"]


def test_a_network_that_cannot_be_put_in_place_is_told_with_its_cure(
    court: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def hindered(path: Path, target: Path) -> Path:
        if path.parent.name == "new" and target == court / "court" / "network":
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", hindered)
    said = refused(court, "network", "build", court / "town.osm", "--force")
    assert "network" in said
    assert "Directory not empty" in said
    assert "重新运行" in said


def test_an_order_that_cannot_be_kept_is_told_with_the_name_of_the_network(
    court: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = np.save

    def full(file: Any, array: Any, **words: Any) -> None:
        if not isinstance(file, Path):  # as the order is written, and the arrays are not
            raise OSError(errno.ENOSPC, "No space left on device")
        save(file, array, **words)

    monkeypatch.setattr(np, "save", full)
    result = run(court, "network", "build", court / "town.osm", "--force")
    assert result.exit_code == 0, result.output
    assert "无法存入 network（" in result.stderr


def test_what_a_killed_run_left_is_cleared_after_a_day(court: Path) -> None:
    left = [court / "court" / f".network-{name}" for name in ("old", "new")]
    for folder in left:
        (folder / "new").mkdir(parents=True)
    os.utime(left[0], (0, 0))
    told(court, "build", court / "town.osm", "--force")
    assert [folder.exists() for folder in left] == [False, True]


def test_islands_are_dropped_and_told(court: Path) -> None:
    nodes = SQUARE | {5: (20, 20), 6: (21, 20), 7: (21, 21)}
    ways = [*square({}), (21, [5, 6, 7, 5], {"highway": "residential"})]
    source = write_osm(court / "islands.osm", osm_xml(nodes, ways))
    report = told(court, "build", source)
    assert report["roads_dropped"] == 1  # a ring without junctions
    assert any("不连通" in note for note in report["notes"])
    assert {one["part"]: one["roads_outside"] for one in report["parts"]} == dict.fromkeys(
        ("motor", "motor_gated", "bicycle", "foot"), 1
    )


def test_what_is_not_heeded_is_told_by_reason(court: Path) -> None:
    ways = square(
        {
            11: {"maxspeed": "fast"},
            12: {"motor_vehicle:conditional": "no @ (07:00-09:00)"},
            13: {"oneway": "reversible"},
        }
    )
    source = write_osm(court / "odd.osm", osm_xml(SQUARE, ways))
    report = told(court, "build", source)
    counts = ("speeds_unread", "ways_conditional", "ways_reversible", "barriers_ambiguous")
    assert [report[name] for name in counts] == [1, 1, 1, 0]
    lines = run(court, "network", "report").stdout
    for part in ("限速写法无法识别的道路 1 条", "分时段规定的道路 1 条", "换向的道路 1 条", "孤岛"):
        assert part in lines
    assert "拦哪条路" not in lines  # nothing is said of what is not there


def test_turns_through_a_way_are_told_with_those_left_by_reason(court: Path) -> None:
    rule = {"type": "restriction", "restriction": "no_u_turn"}
    through = [("way", 11, "from"), ("way", 12, "via"), ("way", 13, "to")]
    apart = [("way", 11, "from"), ("way", 13, "via"), ("way", 12, "to")]
    twice = [("way", 11, "from"), ("way", 12, "via"), ("way", 12, "via"), ("way", 13, "to")]
    walkers = [("way", 11, "from"), ("node", 2, "via"), ("way", 12, "to")]
    relations = [
        *((members, rule) for members in (through, apart, twice)),
        (walkers, {"type": "restriction", "restriction:foot": "no_left_turn"}),
    ]
    text = osm_xml(SQUARE, square({}), relations=relations)
    report = told(court, "build", write_osm(court / "turns.osm", text))
    counts = ("turns_read", "turns_kept", "turns_kept_via_way", "turns_other_modes")
    assert [report[name] for name in counts] == [4, 1, 1, 1]
    left = [(2, "gap"), (3, "repeated")]
    assert [(one["relation"], one["reason"]) for one in report["turns_left_ids"]] == left
    lines = run(court, "network", "report").stdout
    for part in (
        *("采用 1 条，其中经过一段路的 1 条", "互不相连，路线", "关系编号：2\n", "关系编号：3\n"),
        "行人：1 条",
    ):
        assert part in lines
    assert "关系编号" not in "".join(run(court, "network", "build", court / "town.osm").stdout)


def test_roads_of_no_car_are_warned_of(court: Path) -> None:
    paths = square({key: {"highway": "footway"} for key in (11, 12, 13, 14)})
    report = told(court, "build", write_osm(court / "paths.osm", osm_xml(SQUARE, paths)))
    assert any("没有一条道路可供汽车" in note for note in report["notes"])


@pytest.mark.parametrize("speed", ["0", "-5", "walk", "none", "abc", "1000", "", "NaN", "inf"])
def test_a_speed_that_is_none_counts_as_missing(speed: str, tmp_path: Path) -> None:
    from geo.network import build_network

    ways = square({11: {"maxspeed": speed}, 12: {"maxspeed": "40"}})
    network = build_network(write_osm(tmp_path / "a.osm", osm_xml(SQUARE, ways)))
    limits = network.limit_kmh[~np.isnan(network.limit_kmh)]
    assert ((limits >= 5) & (limits <= 150)).all()
    assert 40 in limits


def _graph(length: float, *, lon: float = LON, lat: float = LAT) -> nx.MultiDiGraph:
    """Return a square of two-way streets, the first with this length."""
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for node, (x, y) in SQUARE.items():
        graph.add_node(node, x=lon + x * 0.002, y=lat + y * 0.002)
    for row, (tail, head) in enumerate([(1, 2), (2, 3), (3, 4), (4, 1)]):
        for pair in ((tail, head), (head, tail)):
            metres = length if row == 0 else 400.0
            graph.add_edge(*pair, osmid=row + 1, highway="tertiary", length=metres, oneway=False)
    return graph


@pytest.mark.parametrize("length", [0.0, -5.0, float("nan"), float("inf")])
def test_a_length_that_is_none_is_refused_or_mended(length: float, court: Path) -> None:
    source = court / "lengths.graphml"
    ox.save_graphml(_graph(length), source)
    before = state(court)
    result = run(court, "network", "build", source)
    assert "Traceback" not in result.output
    if result.exit_code == 1:
        assert "lengths.graphml" in result.stderr
        assert state(court) == before
    else:
        network = load_network(court / "court" / "network")
        assert np.isfinite(network.length_m).all()
        assert (network.length_m > 0).all()


@pytest.mark.parametrize("lon", [float("nan"), 300.0])
def test_a_node_that_lies_nowhere_is_refused(lon: float, court: Path) -> None:
    graph = _graph(400.0)
    graph.nodes[2]["x"] = lon
    ox.save_graphml(graph, court / "nowhere.graphml")
    assert "nowhere.graphml" in refused(court, "network", "build", court / "nowhere.graphml")


def test_a_network_across_the_date_line_is_right_or_refused(tmp_path: Path) -> None:
    """A square of 0.02 degrees on both sides of the line must not span the globe."""
    assert run(tmp_path, "init").exit_code == 0
    graph = _graph(2100.0, lat=-17.0)
    for node, lon in {1: 179.99, 2: -179.99, 3: -179.99, 4: 179.99}.items():
        graph.nodes[node]["x"] = lon
    ox.save_graphml(graph, tmp_path / "fiji.graphml")
    result = run(tmp_path, "network", "build", tmp_path / "fiji.graphml")
    assert "Traceback" not in result.output
    if result.exit_code == 1:
        assert "fiji.graphml" in result.stderr
        assert not (tmp_path / "court" / "network").exists()
    else:
        assert load_network(tmp_path / "court" / "network").length_m.max() < 10_000


@pytest.mark.reference
def test_roads_abroad_are_told_and_never_put_beside_cases(court: Path) -> None:
    source = reference_data() / "osm" / "small_liechtenstein.drive.graphml"
    report = told(court, "build", source)
    assert report["nodes"] > 1000
    assert "不在中国境内" in report["notes"][0]
    with closing(Store.open(court / "court", clock=system_clock)) as store:
        store.put(cases_=[case()])
    message = refused(court, "network", "build", source, "--force")
    assert "small_liechtenstein.drive.graphml" in message
    assert "不在中国境内" in message


@pytest.mark.parametrize("name", ["洛江区", "示例区", "张三", "118.6,24.9", "roads.shp"])
def test_a_name_goes_nowhere_without_leave(name: str, court: Path) -> None:
    assert "--allow-online" in refused(court, "network", "build", name)


def test_people_in_the_store_forbid_a_download(court: Path) -> None:
    """A case alone forbids it; place names of the court's own do not."""
    servers = 'nominatim_url = "http://127.0.0.1:9"\noverpass_url = "http://127.0.0.1:9/api"\n'
    online = Settings(court / "court").online_path
    online.write_text(f"[roads]\n{servers}", encoding="utf-8")
    online.chmod(0o600)
    with closing(Store.open(court / "court", clock=system_clock)) as store:
        with store.write() as work:
            put_gazetteer_entries(work, [GazetteerEntry("东关市场", "poi", Point(LON, LAT))])
        assert "连不上" in refused(court, "network", "build", "洛江区", "--allow-online")
        store.put(cases_=[case()])
    assert "不出境" in refused(court, "network", "build", "洛江区", "--allow-online")
