"""``DATA_DIR/online.toml``: which online service may be asked, who allowed it, and the keys.

Its table ``roads`` says which servers a download of roads by a district's name goes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geo.online.gate import own_gate
from geo.online.worth import ServiceTerms, service_terms
from web.errors import SettingsError
from web.settings_file import SettingsTable, read_secret_table

__all__ = [
    "OnlineSettings",
    "RoadServers",
    "ServiceSettings",
    "read_online_settings",
    "read_road_servers",
]

_SERVICES = ("amap", "nominatim", "tianditu")
_TIMEOUT_S = 5.0
_LONGEST_TIMEOUT_S = 60.0
_ROADS = "roads"
_GUIDE = "docs/online-geocoding.md"
_LONGEST_DOWNLOAD_S = 3600.0


@dataclass(frozen=True, slots=True, repr=False)
class ServiceSettings:
    """How one service is reached. It shows nothing of itself: it may hold a key."""

    name: str
    terms: ServiceTerms
    timeout_s: float = _TIMEOUT_S
    key: str = ""
    url: str = ""
    networks: tuple[str, ...] = ()
    ca_file: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OnlineSettings:
    """What the file says; without a file nothing is allowed.

    Parameters
    ----------
    allowed_by
        User name of the administrator who turned online geocoding on.
    approval
        Number of the document that allows it.
    below_confidence, doors
        When a service is asked; see :class:`geo.online.FallbackGeocoder`.
    region
        Put before addresses that name no county, such as 福建省泉州市某县.
    """

    allowed_by: str
    approval: str
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    below_confidence: float = 0.6
    doors: bool = False
    region: str = ""


@dataclass(frozen=True, slots=True)
class RoadServers:
    """Where a district's border and roads are asked for.

    ``rate_limit`` asks the server of the roads first when it will have time, as public ones
    expect; a server of the court's own needs none.
    """

    nominatim_url: str = "https://nominatim.openstreetmap.org"
    overpass_url: str = "https://overpass-api.de/api"
    rate_limit: bool = True
    timeout_s: float = 180.0


def read_road_servers(path: Path) -> RoadServers:
    """Return the servers that the table ``roads`` names; without file or table the public ones.

    Raises
    ------
    SettingsError
        If the file cannot be used, or a value is of the wrong kind.
    OnlineRefusedError
        If a URL is no plain ``http`` or ``https`` one.
    """
    usual = RoadServers()
    held = read_secret_table(path, guide=_GUIDE)
    if held is None:
        return usual
    table = held.table(_ROADS)
    table.only("nominatim_url", "overpass_url", "rate_limit", "timeout_s")
    urls = {
        name: table.value(name, str, default=getattr(usual, name)).strip()
        for name in ("nominatim_url", "overpass_url")
    }
    for url in urls.values():
        own_gate(_ROADS, url)
    timeout_s = float(table.value("timeout_s", (int, float), default=usual.timeout_s))
    if not 0.0 < timeout_s <= _LONGEST_DOWNLOAD_S:
        raise table.wrong("timeout_s")
    rate_limit = table.value("rate_limit", bool, default=usual.rate_limit)
    return RoadServers(**urls, rate_limit=rate_limit, timeout_s=timeout_s)


def read_online_settings(path: Path) -> OnlineSettings:
    """Read the settings.

    Raises
    ------
    SettingsError
        If there is no file, it is open to others, its ``enabled`` is not true, or a value is
        missing or of the wrong kind; names the field, never its value.
    """
    table = read_secret_table(path, guide=_GUIDE)
    if table is None:
        raise SettingsError(
            "在线地理编码未开启；管理员可在数据目录中建立 %(file)s（见 docs/online-geocoding.md）",
            file=path.name,
        )
    if table.values.get("enabled", False) is not True:
        raise SettingsError(
            "在线地理编码未开启；须由管理员在 %(file)s 中写明 enabled = true", file=path.name
        )
    named = ("allowed_by", "approval", "below_confidence", "doors", "region")
    table.only(*named, "enabled", _ROADS, *_SERVICES)
    settings = OnlineSettings(
        allowed_by=table.value("allowed_by", str, required=True),
        approval=table.value("approval", str, required=True),
        services={
            name: _service(name, table.table(name)) for name in _SERVICES if name in table.values
        },
        below_confidence=float(table.value("below_confidence", (int, float), default=0.6)),
        doors=table.value("doors", bool, default=False),
        region=table.value("region", str, default=""),
    )
    if not 0.0 <= settings.below_confidence <= 1.0:
        raise table.wrong("below_confidence")
    return settings


def _service(name: str, table: SettingsTable) -> ServiceSettings:
    usual = service_terms(name)
    own = ("url", "networks", "ca_file") if name == "nominatim" else ("key",)
    table.only("timeout_s", "min_delay_s", "per_day", "cache_days", *own)
    networks = table.value("networks", list, default=[])
    if not all(isinstance(network, str) for network in networks):
        raise table.wrong("networks")
    numbers = {
        key: table.value(key, kind, default=getattr(usual, key))
        for key, kind in (("min_delay_s", (int, float)), ("per_day", int), ("cache_days", int))
    }
    for key, number in numbers.items():
        if not 0 <= number < float("inf"):
            raise table.wrong(key)
    timeout_s = float(table.value("timeout_s", (int, float), default=_TIMEOUT_S))
    if not 0.0 < timeout_s <= _LONGEST_TIMEOUT_S:
        raise table.wrong("timeout_s")
    return ServiceSettings(
        name,
        ServiceTerms(datum=usual.datum, levels=usual.levels, **numbers),
        timeout_s,
        table.value("key", str, required="key" in own, default="").strip(),
        table.value("url", str, required="url" in own, default="").strip(),
        tuple(networks),
        table.value("ca_file", str, default=""),
    )
