"""What leaves this machine when a district's roads are fetched by name, and what does not."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import networkx as nx
import osmnx as ox
import pytest

from data.model import AuditEntry
from data.store import Store
from geo.errors import (
    NetworkFileError,
    OnlineQuotaError,
    OnlineRefusedError,
    OnlineServiceError,
)
from tests.fakes import StandingClock
from tests.web.road_server import Behaviour, point_answer, road_server, write_servers
from web.config import PLACES_FILE, Settings
from web.errors import SettingsError
from web.online_settings import RoadServers, read_road_servers
from web.steps import roads, setup
from web.steps.district_name import district_named

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


def test_the_name_goes_out_and_nothing_else(
    settings: Settings, server: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    built = fetch(settings)

    assert built["roads"] == 40
    border, download = server.asked
    assert (border.method, urlsplit(border.path).path) == ("GET", "/search-of-names/search")
    assert dict(parse_qsl(urlsplit(border.path).query)) == {
        "format": "json",
        "polygon_geojson": "1",
        "dedupe": "0",
        "limit": "50",
        "q": QUERY,
    }
    assert border.body == ""
    assert (download.method, download.path) == ("POST", "/api/interpreter")
    (question,) = parse_qs(download.body)["data"]
    assert question.startswith("[out:json][timeout:10.0]")
    assert NAME not in question  # the border that the first server gave, and the kinds of roads
    for asked in server.asked:
        assert set(asked.headers) <= {
            *("Host", "User-Agent", "referer", "Accept-Language", "Accept-Encoding", "Accept"),
            *("Connection", "Content-Length", "Content-Type"),
        }
        assert asked.headers["User-Agent"] == asked.headers["referer"]
        assert asked.headers["User-Agent"].startswith("OSMnx Python package")
        sent = f"{asked.path} {asked.headers} {asked.body}"
        for private in (getpass.getuser(), socket.gethostname(), str(tmp_path), "someone"):
            assert private not in sent.replace("OSMnx Python package", "")
    assert sorted(tmp_path.iterdir()) == before  # osmnx would keep answers in ./cache


def test_it_is_in_the_audit_before_and_after(settings: Settings, server: Behaviour) -> None:
    fetch(settings)
    before, after, built = entries(settings)
    assert [before.act, after.act, built.act] == [
        *("network.fetch", "network.fetched", "network.build"),
    ]
    assert before.actor == "cli"
    assert before.subject == after.subject == "place:350504"
    assert before.at == StandingClock().now
    assert before.detail["name"] == "福建省泉州市洛江区"
    assert before.detail["hosts"] == "127.0.0.1"
    assert after.detail == {"hosts": "127.0.0.1", "requests": 2, "trouble": ""}


def test_the_settings_of_osmnx_and_the_look_up_of_names_come_back(
    settings: Settings, server: Behaviour
) -> None:
    names = [name for name in vars(ox.settings) if name.islower() and not name.startswith("_")]
    before = {name: getattr(ox.settings, name) for name in names}
    look_up = socket.getaddrinfo
    fetch(settings)
    server.status = 500
    with pytest.raises(OnlineServiceError):
        fetch(settings)
    assert {name: getattr(ox.settings, name) for name in names} == before
    assert socket.getaddrinfo is look_up


def test_a_public_server_is_asked_first_whether_it_has_time(
    settings: Settings, server: Behaviour
) -> None:
    text = settings.online_path.read_text(encoding="utf-8")
    settings.online_path.write_text(text.replace("false", "true"), encoding="utf-8")
    fetch(settings)
    assert [asked.path.rpartition("/")[2] for asked in server.asked[1:]] == [
        *("status", "interpreter"),
    ]


def test_the_report_tells_that_names_are_missing(settings: Settings, server: Behaviour) -> None:
    built = fetch(settings)
    assert built["source"] == "福建省泉州市洛江区"
    assert (built["places"], built["pois"], built["house_numbers"]) == (0, 0, 0)
    assert any("地址无法据此定位" in note for note in built["notes"])


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"status": 429}, OnlineQuotaError, "限流"),
        ({"status": 504}, OnlineQuotaError, "限流"),
        ({"status": 500}, OnlineServiceError, "HTTP 500"),
        ({"status": 302, "location": "http://elsewhere.invalid/"}, OnlineRefusedError, "另一地址"),
        ({"border": []}, OnlineServiceError, "边界"),
        ({"border": "nonsense"}, OnlineServiceError, "边界"),
        ({"border": [point_answer()]}, OnlineServiceError, "边界"),
        ({"roads": {"elements": []}}, OnlineServiceError, "道路"),
        ({"roads": {"elements": [], "remark": "runtime error"}}, OnlineQuotaError, "不完整"),
    ],
    ids=[
        *("limit", "busy", "broken", "moved", "unknown", "no-list", "point", "no-roads", "cut"),
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


def test_no_network_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        write_servers(settings.online_path, f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OnlineServiceError, match="连不上服务器 127"):
            fetch(settings)
    assert entries(settings)[-1].detail["trouble"] == "OnlineServiceError"


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


def test_an_answer_elsewhere_leaves_the_old_network(settings: Settings, server: Behaviour) -> None:
    from shapely.geometry import box

    from geo.model import Area, AreaKind

    fetch(settings)
    before = (settings.network_dir / PLACES_FILE).stat().st_mtime_ns
    with closing(Store.open(settings.data_dir, clock=StandingClock())) as store:
        shape = box(110.0, 30.0, 110.1, 30.1)
        store.replace_areas([Area("350599", "示例区", AreaKind.JURISDICTION, shape)])
    with pytest.raises(NetworkFileError, match="不相交"):
        fetch(settings)
    assert (settings.network_dir / PLACES_FILE).stat().st_mtime_ns == before


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
