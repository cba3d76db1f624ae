from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.model import Role
from geo.errors import OnlineRefusedError
from geo.model import Precision
from geo.online import FallbackGeocoder
from tests.fakes import StandingClock
from tests.geo.online_doubles import AREAS, Offline, Replay
from tests.geo.online_server import serving
from web import online
from web.config import Settings
from web.errors import SettingsError
from web.online_settings import read_online_settings
from web.wiring import Court

ADDRESS = "青屿县河埔镇前洋村中山路77号3单元501室"
KEY = "0123456789abcdef0123456789abcdef"
GOOD = f"""
enabled = true
allowed_by = "admin"
approval = "（2026）青院办字第8号"
doors = true

[amap]
key = "{KEY}"
"""


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    from data.store import Store

    clock = StandingClock()
    store = Store.open(tmp_path, clock=clock, create=True)
    store.accounts.create("admin", "a long enough secret", Role.ADMIN, "管理员")
    store.accounts.create("officer", "a long enough secret", Role.OFFICER, "执行员")
    store.close()
    made = Court(Settings(tmp_path), clock=clock)
    yield made
    made.close()


def write(settings: Settings, text: str, mode: int = 0o600) -> Path:
    path = settings.online_path
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def joined(court: Court, service: str = "amap", *records: str | int) -> FallbackGeocoder:
    return online.join(
        online.leave(court.settings, service, store=court.store),
        offline=Offline(),
        areas=AREAS,
        store=court.store,
        memory_path=court.settings.online_memory_path,
        adapters=Replay(*records or ("amap_door",)),
    )


def test_it_is_off_by_default(court: Court) -> None:
    with pytest.raises(SettingsError, match="未开启"):
        joined(court)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("enabled = true", "enabled = false", "未开启"),
        ("enabled = true", 'enabled = "true"', "未开启"),
        ('allowed_by = "admin"', "", "allowed_by"),
        ('approval = "（2026）青院办字第8号"', 'approval = " "', "approval"),
        ("doors = true", "doors = 1", "doors"),
        ("doors = true", "below_confidence = 2", "below_confidence"),
        ("doors = true", "wide = true", "不认识"),
        (f'key = "{KEY}"', "", "key"),
        (f'key = "{KEY}"', f'key = "{KEY}', "TOML"),
        (f'key = "{KEY}"', f'key = "{KEY}"\nurl = "http://x"', "不认识"),
        (f'key = "{KEY}"', f'key = "{KEY}"\ntimeout_s = 0', "timeout_s"),
        (f'key = "{KEY}"', f'key = "{KEY}"\nper_day = -1', "per_day"),
        (f'key = "{KEY}"', f'key = "{KEY}"\nmin_delay_s = nan', "min_delay_s"),
    ],
)
def test_settings_that_do_not_allow_it_are_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError, match=said) as caught:
        read_online_settings(write(Settings(tmp_path), GOOD.replace(old, new)))
    assert KEY not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX systems")
@pytest.mark.parametrize("mode", [0o644, 0o620])
def test_settings_that_others_can_read_or_write_are_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="chmod 600"):
        read_online_settings(write(Settings(tmp_path), GOOD, mode))


def test_settings_never_show_the_key(tmp_path: Path) -> None:
    settings = read_online_settings(write(Settings(tmp_path), GOOD))
    assert KEY not in repr(settings) + repr(settings.services["amap"])


def test_leave_needs_an_administrator_and_the_service(court: Court) -> None:
    for name in ("officer", "nobody"):
        write(court.settings, GOOD.replace('"admin"', f'"{name}"'))
        with pytest.raises(SettingsError, match="管理员"):
            joined(court)
    write(court.settings, GOOD)
    with pytest.raises(SettingsError, match="没有在线服务"):
        joined(court, "tianditu")


def test_an_administrator_who_left_allows_nothing(court: Court) -> None:
    write(court.settings, GOOD.replace('"admin"', '" ＡＤＭＩＮ "'))
    assert joined(court) is not None
    accounts = court.store.accounts
    accounts.create("next", "a long enough secret", Role.ADMIN, "接任者")
    admin = accounts.administrator("Admin")
    assert admin is not None
    accounts.disable(admin.id, by=admin.id)
    with pytest.raises(SettingsError, match="在用的管理员"):
        joined(court)


def test_it_finds_what_offline_does_not_and_the_audit_tells(court: Court) -> None:
    write(court.settings, GOOD)
    geocoder = joined(court)
    assert geocoder.geocode("中山路301号").best is not None
    assert not [entry for entry in court.store.audit.entries() if "online" in entry.act]
    best = geocoder.geocode(ADDRESS).best
    assert best is not None
    assert best.precision is Precision.DOOR
    after, before, *_ = court.store.audit.entries()
    admin = next(a for a in court.store.accounts.all() if a.role is Role.ADMIN)
    assert (before.actor, before.act, before.subject) == ("cli", "online.ask", "service:amap")
    assert before.detail == {
        "texts": 1,
        "allowed_by": admin.id,
        "approval": "（2026）青院办字第8号",
    }
    assert after.act == "online.answered"
    assert after.detail == {
        "asked": 1,
        "answered": 1,
        "recalled": 0,
        "withheld": 0,
        "trouble": "",
    }
    assert "中山路" not in str(court.store.audit.entries())
    court.store.audit.verify()


def test_the_audit_names_the_trouble(court: Court) -> None:
    write(court.settings, GOOD)
    joined(court, "amap", "amap_bad_key").geocode(ADDRESS)
    assert court.store.audit.entries()[0].detail["trouble"] == "OnlineKeyError"


@pytest.mark.parametrize("url", ["https://user@nominatim.example", "ftp://10.0.0.5"])
def test_a_nominatim_must_have_a_lawful_url(court: Court, url: str) -> None:
    write(court.settings, GOOD + f'\n[nominatim]\nurl = "{url}"\n')
    with pytest.raises(OnlineRefusedError):
        joined(court, "nominatim", "nominatim_house")


def test_a_nominatim_of_the_court_is_joined(court: Court) -> None:
    write(
        court.settings,
        GOOD + '\n[nominatim]\nurl = "http://10.0.0.5:8080"\nnetworks = ["144.20.0.0/16"]\n',
    )
    assert joined(court, "nominatim", "nominatim_house").geocode(ADDRESS).best is not None
    write(
        court.settings, GOOD + '\n[nominatim]\nurl = "http://10.0.0.5"\nnetworks = ["0.0.0.0/0"]\n'
    )
    with pytest.raises(OnlineRefusedError):
        joined(court, "nominatim", "nominatim_house")
    write(
        court.settings, GOOD + '\n[nominatim]\nurl = "https://10.0.0.5"\nca_file = "missing.pem"\n'
    )
    with pytest.raises(SettingsError, match="ca_file"):
        joined(court, "nominatim", "nominatim_house")


def test_the_court_asks_for_leave_before_anything_is_loaded(court: Court) -> None:
    with pytest.raises(SettingsError, match="未开启"):
        court.online_geocoder("amap")


def test_the_wired_geocoder_asks_the_courts_own_server(court: Court) -> None:
    court.__dict__.update(geocoder=Offline(), areas=AREAS)  # what it would build
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_port}/good"
        write(court.settings, GOOD + f'\n[nominatim]\nurl = "{url}"\n')
        geocoder = court.online_geocoder("nominatim", actor="u1")
        first, again = geocoder.geocode(ADDRESS).best, geocoder.geocode(ADDRESS).best
        assert first is not None
        assert first.precision is Precision.DOOR
        assert first == again
        assert len(server.seen) == 1  # type: ignore[attr-defined]
        assert {entry.actor for entry in court.store.audit.entries(2)} == {"u1"}
        assert ADDRESS[:6].encode() not in court.settings.online_memory_path.read_bytes()


def test_geopy_is_loaded_only_where_it_is_used() -> None:
    code = "import sys, web.wiring, web.cli; sys.exit('geopy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
