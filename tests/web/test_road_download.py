"""What leaves this machine when a district's roads are fetched by name, and what does not."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import networkx as nx
import osmnx as ox
import pytest
import requests

from data.model import AuditEntry
from data.store import Store
from geo.errors import (
    OnlineQuotaError,
    OnlineRefusedError,
    OnlineServiceError,
)
from geo.roadaccess import barrier_of, is_conditional, way_access
from geo.roadlights import light_of
from geo.roadtags import RoadClass, road_class, road_name
from geo.speedtags import ferry_kmh, speed_limits
from tests.fakes import StandingClock
from tests.web.road_server import Behaviour, point_answer, road_server, write_servers
from web.config import Settings
from web.errors import SettingsError
from web.online_settings import RoadServers, read_road_servers
from web.steps import roads, setup
from web.steps.district_name import district_named
from web.steps.road_download import NODE_TAGS, WAY_TAGS, Guard

NAME = "洛江区"
QUERY = "洛江区, 泉州市, 福建省, 中国"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path / "court")
    setup.initialise(made)
    return made


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with road_server() as (origin, behaviour):
        write_servers(settings.online_path, origin)
        yield behaviour


def fetch(settings: Settings, name: str = NAME) -> dict[str, Any]:
    return roads.build_network(settings, name, allow_online=True, clock=StandingClock())


def entries(settings: Settings) -> list[AuditEntry]:
    with closing(Store.open(settings.data_dir, clock=StandingClock())) as store:
        store.audit.verify()
        return [one for one in store.audit.entries()[::-1] if one.act.startswith("network.")]


@dataclass(frozen=True)
class Fetched:
    """One download that went well."""

    folder: Path
    settings: Settings
    server: Behaviour
    report: dict[str, Any]
    osmnx_before: dict[str, Any]
    left_behind: list[Path]


def osmnx_settings() -> dict[str, Any]:
    names = [name for name in vars(ox.settings) if name.islower() and not name.startswith("_")]
    return {name: getattr(ox.settings, name) for name in names}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    """Fetch once, on a machine whose user keeps a password for the server."""
    folder = tmp_path_factory.mktemp("fetched")
    settings = Settings(folder / "court")
    setup.initialise(settings)
    netrc = folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch, road_server() as (origin, behaviour):
        patch.setenv("NETRC", str(netrc))
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.chdir(folder)
        write_servers(settings.online_path, origin, rate_limit=True)
        files, before = set(folder.iterdir()), osmnx_settings()
        report = fetch(settings)
        left = sorted(set(folder.iterdir()) - files)
        yield Fetched(folder, settings, behaviour, report, before, left)


def test_the_name_goes_out_and_nothing_else(fetched: Fetched) -> None:
    border, status, download = fetched.server.asked
    assert (border.method, urlsplit(border.path).path) == ("GET", "/search-of-names/search")
    assert dict(parse_qsl(urlsplit(border.path).query)) == {
        "format": "json",
        "polygon_geojson": "1",
        "dedupe": "0",
        "limit": "50",
        "q": QUERY,
    }
    assert (status.method, status.path) == ("GET", "/api/status")  # has the server time for us
    assert border.body == status.body == ""
    assert (download.method, download.path) == ("POST", "/api/interpreter")
    (question,) = parse_qs(download.body)["data"]
    assert re.fullmatch(
        r"\[out:json\]\[timeout:10\.0\];\(way\[[a-z_~^$|()\"]+\]"
        r"\(poly:'[0-9. ]+'\);>;\);out;",  # the border that the first server gave
        question,
    )
    for asked in fetched.server.asked:
        assert set(asked.headers) <= {
            *("Host", "User-Agent", "referer", "Accept-Language", "Accept-Encoding", "Accept"),
            *("Connection", "Content-Length", "Content-Type"),
        }
        assert asked.headers["User-Agent"] == asked.headers["referer"]
        assert asked.headers["User-Agent"].startswith("OSMnx Python package")
        sent = f"{asked.path} {asked.headers} {asked.body}"
        for private in (socket.gethostname(), str(fetched.folder), "someone", "secret"):
            assert private not in sent


def test_it_is_in_the_audit_before_and_after(fetched: Fetched) -> None:
    before, after, built = entries(fetched.settings)
    assert [before.act, after.act, built.act] == [
        *("network.fetch", "network.fetched", "network.build"),
    ]
    assert before.actor == "cli"
    assert before.subject == after.subject == "place:350504"
    assert before.at == StandingClock().now
    assert before.detail["name"] == "福建省泉州市洛江区"
    assert before.detail["hosts"] == "127.0.0.1"
    assert after.detail == {"hosts": "127.0.0.1", "requests": 3, "trouble": ""}


def test_nothing_is_left_changed_or_behind(fetched: Fetched) -> None:
    assert osmnx_settings() == fetched.osmnx_before
    assert "osmnx" not in str(socket.getaddrinfo.__module__)
    assert fetched.left_behind == []  # osmnx would keep answers in ./cache


def test_the_report_tells_that_names_are_missing(fetched: Fetched) -> None:
    report = fetched.report
    assert (report["source"], report["roads"]) == ("福建省泉州市洛江区", 40)
    assert (report["places"], report["pois"], report["house_numbers"]) == (0, 0, 0)
    assert any("地址无法据此定位" in note for note in report["notes"])
    assert report["limit_missing_share"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"status": 429}, OnlineQuotaError, "限流"),
        ({"status": 500}, OnlineServiceError, "HTTP 500"),
        ({"status": 302, "location": "http://elsewhere.invalid/"}, OnlineRefusedError, "另一地址"),
        ({"border": []}, OnlineServiceError, "边界"),
        ({"border": [point_answer()]}, OnlineServiceError, "边界"),
        ({"roads": {"elements": []}}, OnlineServiceError, "道路"),
        ({"roads": {"elements": [], "remark": "runtime error"}}, OnlineQuotaError, "不完整"),
    ],
    ids=[
        *("limit", "broken", "moved", "unknown", "point", "no-roads", "cut"),
    ],
)
def test_a_failure_changes_nothing_and_names_the_cure(
    change: dict[str, Any],
    error: type[Exception],
    said: str,
    settings: Settings,
    server: Behaviour,
) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(error, match=said) as raised:
        fetch(settings)
    assert "本地道路文件" in str(raised.value) or "online.toml" in str(raised.value)
    assert not settings.network_dir.exists()
    assert not list(settings.data_dir.glob(".network*"))
    assert entries(settings)[-1].detail["trouble"] == error.__name__
    assert "osmnx" not in str(socket.getaddrinfo.__module__)


def test_no_network_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        write_servers(settings.online_path, f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OnlineServiceError, match="连不上服务器 127"):
            fetch(settings)
    assert entries(settings)[-1].detail["trouble"] == "OnlineServiceError"


def test_the_guard_lets_through_what_the_settings_name() -> None:
    guard = Guard(RoadServers())

    def ask(url: str) -> None:
        guard(requests.Request("GET", url).prepare())

    for url in (
        "https://example.org/api/interpreter",
        "http://overpass-api.de/api/interpreter",
        "https://overpass-api.de:8443/api/interpreter",
        "https://nominatim.openstreetmap.org.example.org/search",
    ):
        with pytest.raises(OnlineRefusedError, match="未写明的主机"):
            ask(url)
    assert guard.sent == []
    for _ in range(60):
        ask("https://overpass-api.de/api/status")
    with pytest.raises(OnlineQuotaError, match="正忙"):
        ask("https://overpass-api.de/api/status")
    ask("https://overpass-api.de/api/interpreter")
    assert len(guard.sent) == 61


def test_stopping_is_clean(settings: Settings) -> None:
    def stopped(*_: object, **__: object) -> nx.MultiDiGraph:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        roads.build_network(settings, NAME, allow_online=True, download=stopped)
    assert entries(settings)[-1].detail["trouble"] == "stopped"
    assert not settings.network_dir.exists()
    assert not list(settings.data_dir.glob(".network*"))


def test_what_is_no_district_is_never_sent(settings: Settings, server: Behaviour) -> None:
    for text in (
        *(
            "350504199001011234",
            "13800138000",
            "０５９５-２２００００００",
            "中山路5号",
            "5号楼302室",
        ),
        *("118.6,24.9", "北纬24度54分", "张三", "洛江区张三", "洛江区万安街道万安村12号", ""),
        *("（2025）闽0504执123号", "Luojiang", "洛江区\n张三", "https://example.org/洛江区"),
    ):
        with pytest.raises(OnlineRefusedError, match="未发送") as raised:
            fetch(settings, text)
        assert not text or text not in str(raised.value)
    assert server.asked == []
    assert entries(settings) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("洛江区", QUERY),
        (" 福建省泉州市洛江区 ", QUERY),
        ("洛江区，泉州市，福建省", QUERY),
        ("中国 福建省 泉州市 洛江区", QUERY),
        ("洛江", QUERY),
        ("福州市鼓楼区", "鼓楼区, 福州市, 福建省, 中国"),
        ("东莞市", "东莞市, 广东省, 中国"),
        ("北京市朝阳区", "朝阳区, 北京市, 中国"),
    ],
)
def test_a_district_is_known_by_its_name(text: str, query: str) -> None:
    assert district_named(text).query == query


@pytest.mark.parametrize(("text", "said"), [("鼓楼区", "多个行政区"), ("福建省", "过大")])
def test_a_name_that_is_not_enough_is_refused(text: str, said: str) -> None:
    with pytest.raises(OnlineRefusedError, match=said):
        district_named(text)


def test_the_public_servers_are_the_default(tmp_path: Path) -> None:
    assert read_road_servers(tmp_path / "online.toml") == RoadServers()
    assert RoadServers().rate_limit


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[roads]\nrate_limit = 1", SettingsError),
        ("[roads]\ntimeout_s = 0", SettingsError),
        ("[roads]\nserver = 'x'", SettingsError),
        ("roads = 3", SettingsError),
        ("[roads]\noverpass_url = 'ftp://a.example'", OnlineRefusedError),
        ("[roads]\noverpass_url = 'https://user:secret@a.example/api'", OnlineRefusedError),
    ],
)
def test_wrong_settings_are_told(text: str, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "online.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(error) as raised:
        read_road_servers(path)
    assert "secret" not in str(raised.value)


class _Heard(dict[str, str]):
    """Tags that note which keys are asked for."""

    def __init__(self, tags: dict[str, str], keys: set[str]) -> None:
        super().__init__(tags)
        self.keys_asked = keys

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        self.keys_asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.keys_asked.add(str(key))
        return super().__contains__(key)


def test_each_tag_that_is_read_is_asked_for_and_no_other() -> None:
    ways: set[str] = set()
    nodes: set[str] = set()
    samples = ({}, {"highway": "path"}, {"route": "ferry"}, {"maxspeed": "fast"}, {"oneway": "yes"})
    for sample in samples:
        tags = _Heard(sample, ways)
        for kind in RoadClass:
            way_access(tags, kind)
        road_class(tags), road_name(tags), speed_limits(tags), ferry_kmh(tags, 1.0)
    stems = {key.removesuffix(":conditional") for key in WAY_TAGS if key.endswith(":conditional")}
    assert all(is_conditional({f"{stem}:conditional": "no @ (07:00-09:00)"}) for stem in stems)
    for sample in ({"barrier": "gate"}, {"barrier": "bollard"}, {"highway": "traffic_signals"}):
        barrier_of(_Heard(sample, nodes))
        light_of(_Heard(sample, nodes))
    assert set(WAY_TAGS) == ways | {f"{stem}:conditional" for stem in stems}
    assert set(NODE_TAGS) == nodes
