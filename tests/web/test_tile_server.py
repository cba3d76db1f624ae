"""The maps of others: who is refused, what is sent, what comes back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from data.model import Role
from geo.errors import OnlineRefusedError
from geo.model import Datum
from tests.web.conftest import Reader
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.picture_server import PICTURE, PictureServer, serving_pictures
from web.config import Settings
from web.errors import SettingsError
from web.pictures import NoPictureError
from web.services import Services, attach
from web.tile_server import TileServer, open_tile_server
from web.tile_server_settings import TileServerSettings, read_tile_server
from web.wiring import Court, using

KEY = "0123456789abcdef0123456789abcdef"
TIANDITU = f"""
enabled = true

[tianditu]
key = "{KEY}"
allowed_by = "admin"
approval = "（2026）示院办字第9号"
attribution = "天地图 审图号 GS（2026）0001号"
"""
OWN = """
enabled = true

[own]
url = "http://127.0.0.1:8080/map/{z}/{x}/{y}.png"
datum = "gcj02"
attribution = "示例区法院"
"""


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = Settings(folder).tile_server_path
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def read(folder: Path, text: str) -> TileServerSettings:
    settings = read_tile_server(write(folder, text))
    assert settings is not None
    return settings


def own(folder: Path, address: str, more: str = "") -> TileServerSettings:
    return read(folder, OWN.replace("http://127.0.0.1:8080", address) + more)


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with serving_pictures() as server:
        yield server


def test_without_a_file_and_where_it_is_off_there_is_none(tmp_path: Path) -> None:
    assert read_tile_server(Settings(tmp_path).tile_server_path) is None
    assert read_tile_server(write(tmp_path, OWN.replace("true", "false"))) is None


def test_tianditu_is_asked_at_its_own_host_in_the_courts_datum(tmp_path: Path) -> None:
    settings = read(tmp_path, TIANDITU)
    assert settings.datum is Datum.CGCS2000
    assert [layer.name for layer in settings.layers] == ["vec", "cva"]
    assert (settings.gate.scheme, settings.gate.host) == ("https", "t0.tianditu.gov.cn")
    assert all(layer.url.startswith("https://t0.tianditu.gov.cn/") for layer in settings.layers)
    assert KEY not in repr(settings) + repr(settings.layers)


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (TIANDITU, f'key = "{KEY}"', "", "key"),
        (TIANDITU, f'key = "{KEY}"', f'key = "{KEY}&x=1"', "key"),
        (TIANDITU, 'allowed_by = "admin"', "", "allowed_by"),
        (TIANDITU, 'approval = "（2026）示院办字第9号"', "", "approval"),
        (TIANDITU, 'approval = "（2026）示院办字第9号"', 'url = "https://x/{z}"', "不认识"),
        (TIANDITU, "enabled = true", 'enabled = "yes"', "enabled"),
        (TIANDITU, "[tianditu]", "[google]", "不认识"),
        (OWN, 'datum = "gcj02"', "", "datum"),
        (OWN, 'datum = "gcj02"', 'datum = "mars"', "datum"),
        (OWN, "{z}/", "", "url"),
        (OWN, "http://127.0.0.1:8080", "http://127.0.0.1:{z}", "url"),
        (OWN, 'attribution = "示例区法院"', "", "attribution"),
        (OWN, 'datum = "gcj02"', 'datum = "gcj02"\nmax_zoom = 30', "max_zoom"),
        (OWN, 'datum = "gcj02"', 'datum = "gcj02"\ntimeout_s = 0', "timeout_s"),
        (OWN, "[own]", "", "不认识"),
    ],
)
def test_settings_that_do_not_hold_are_refused_without_their_values(
    tmp_path: Path, text: str, old: str, new: str, said: str
) -> None:
    assert old in text
    with pytest.raises(SettingsError, match=said) as caught:
        read_tile_server(write(tmp_path, text.replace(old, new)))
    assert KEY not in str(caught.value)


def test_two_servers_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="一个图源"):
        read_tile_server(write(tmp_path, TIANDITU + OWN.replace("enabled = true", "")))


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX systems")
def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="chmod 600"):
        read_tile_server(write(tmp_path, TIANDITU, 0o644))


@pytest.mark.parametrize(
    "found", ["8.8.8.8", "203.0.113.9", "2001:4860:4860::8888", "::ffff:8.8.8.8", "144.20.0.9"]
)
def test_a_server_outside_the_courts_networks_is_refused(tmp_path: Path, found: str) -> None:
    settings = own(tmp_path, "https://tiles.court.gov.cn")
    gate = replace(settings.gate, resolve=lambda *_: (found,))
    with pytest.raises(OnlineRefusedError, match="不在本院内网"):
        gate.addresses("https://tiles.court.gov.cn/1/1/1.png")


def test_a_network_that_the_court_named_is_its_own(tmp_path: Path) -> None:
    settings = own(tmp_path, "https://tiles.court.gov.cn", 'networks = ["144.20.0.0/16"]\n')
    gate = replace(settings.gate, resolve=lambda *_: ("144.20.0.9",))
    assert gate.addresses("https://tiles.court.gov.cn/1/1/1.png") == ("144.20.0.9",)


@pytest.mark.parametrize("url", ["ftp://10.0.0.1", "http://a:b@10.0.0.1", "http://"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(OnlineRefusedError):
        own(tmp_path, url)


@pytest.mark.parametrize(
    "host", ["tile.openstreetmap.org", "mt1.google.com", "a.basemaps.cartocdn.com"]
)
def test_the_pages_do_not_start_with_a_foreign_server(
    filled: Path, tmp_path: Path, host: str
) -> None:
    services = open_services(filled, SetClock())
    try:
        path = write(tmp_path, OWN.replace("127.0.0.1:8080", host))
        with pytest.raises(OnlineRefusedError, match="不在本院内网"):
            open_tile_server(path, services.store, resolve=lambda *_: ("203.0.113.9",))
    finally:
        services.store.close()


def test_only_an_administrator_turns_tianditu_on(court: Services, tmp_path: Path) -> None:
    for name in ("officer", "nobody"):
        path = write(tmp_path, TIANDITU.replace('"admin"', f'"{name}"'))
        with pytest.raises(SettingsError, match="管理员"):
            open_tile_server(path, court.store)
    path = write(tmp_path, TIANDITU)
    assert open_tile_server(path, court.store) is not None
    accounts = court.store.accounts
    accounts.create("next", PASSWORD, Role.ADMIN, "接任者")
    admin = accounts.administrator("admin")
    assert admin is not None
    accounts.disable(admin.id, by=admin.id)
    with pytest.raises(SettingsError, match="在用的管理员"):
        open_tile_server(path, court.store)


def test_a_court_joins_the_server_that_its_file_names(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(filled, folder)
    with using(Court(Settings(folder))) as court:
        assert court.services().tile_server is None
    write(folder, OWN)
    with using(Court(Settings(folder))) as court:
        server = court.services().tile_server
        assert server is not None
        assert server.datum is Datum.GCJ02


def test_nothing_but_the_tile_is_sent_and_a_picture_is_fetched_once(
    tmp_path: Path, pictures: PictureServer
) -> None:
    server = TileServer(own(tmp_path, pictures.address))
    assert server.tile("own", 12, 3397, 1756) == PICTURE
    assert server.tile("own", 12, 3397, 1756) == PICTURE
    ((path, headers),) = pictures.seen
    assert path.rstrip("?") == "/map/12/3397/1756.png"
    assert {name.lower() for name in headers} <= {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, PICTURE), (302, PICTURE), (200, b"<svg onload='alert(1)'>"), (200, b""), (403, b"no")],
)
def test_what_is_no_picture_is_not_passed_on_and_the_server_is_left_alone(
    tmp_path: Path, pictures: PictureServer, status: int, body: bytes
) -> None:
    now = [0.0]
    server = TileServer(own(tmp_path, pictures.address), clock=lambda: now[0])
    pictures.status, pictures.body = status, body
    for _ in range(3):
        with pytest.raises(NoPictureError) as caught:
            server.tile("own", 1, 1, 1)
        assert str(caught.value) == ""
    assert len(pictures.seen) == 1
    pictures.status, pictures.body = 200, PICTURE
    now[0] = 31.0
    assert server.tile("own", 1, 1, 1) == PICTURE


@pytest.fixture
def shown(
    pages: Flask, court: Services, tmp_path: Path, pictures: PictureServer, reader: Reader
) -> Reader:
    folder = tmp_path / "set"
    folder.mkdir()
    attach(pages, replace(court, tile_server=TileServer(own(folder, pictures.address))))
    reader.sign_in("officer")
    return reader


def test_pages_serve_the_pictures_themselves(shown: Reader, pictures: PictureServer) -> None:
    page = shown.get("/overview")
    policy = page.headers["Content-Security-Policy"]
    assert "img-src 'self' data:;" in policy
    assert "/tiles/server/own/{z}/{x}/{y}" in page.text
    assert pictures.address not in page.text
    assert '"datum": "gcj02"' in page.text
    answer = shown.get("/tiles/server/own/12/3397/1756")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/png", PICTURE)


@pytest.mark.parametrize("tile", ["other/1/1/1", "own/1/2/1", "own/1/1/2", "own/19/1/1"])
def test_no_other_tile_is_asked_for(shown: Reader, pictures: PictureServer, tile: str) -> None:
    assert shown.get(f"/tiles/server/{tile}").status_code == 404
    assert pictures.seen == []


def test_a_silent_server_is_503_and_a_stranger_is_401(
    shown: Reader, pictures: PictureServer
) -> None:
    pictures.status = 500
    assert shown.get("/tiles/server/own/1/1/1").status_code == 503
    shown.post("/logout")
    assert shown.get("/tiles/server/own/1/1/1").status_code == 401


def test_the_device_in_the_field_keeps_the_local_map(shown: Reader) -> None:
    assert '"server": null' in shown.get("/field/").text
