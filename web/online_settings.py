"""``DATA_DIR/online.toml``: which online service may be asked, who allowed it, and the keys.

Its table ``roads`` says which servers a download of roads by a district's name goes to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.online.gate import own_gate
from geo.online.worth import ServiceTerms, service_terms
from geo.tomlfile import parse_toml
from web.errors import SettingsError

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
    values = _table(path).get(_ROADS, {}) if path.exists() else {}
    if not isinstance(values, dict):
        raise _wrong(_ROADS, path)
    _check_names(values, ("nominatim_url", "overpass_url", "rate_limit", "timeout_s"), path)
    urls = {
        name: _value(values, name, str, path, default=getattr(usual, name)).strip()
        for name in ("nominatim_url", "overpass_url")
    }
    for url in urls.values():
        own_gate(_ROADS, url)
    timeout_s = float(_value(values, "timeout_s", (int, float), path, default=usual.timeout_s))
    if not 0.0 < timeout_s <= _LONGEST_DOWNLOAD_S:
        raise _wrong("timeout_s", path)
    rate_limit = _value(values, "rate_limit", bool, path, default=usual.rate_limit)
    return RoadServers(**urls, rate_limit=rate_limit, timeout_s=timeout_s)


def read_online_settings(path: Path) -> OnlineSettings:
    """Read the settings.

    Raises
    ------
    SettingsError
        If there is no file, it is open to others, its ``enabled`` is not true, or a value is
        missing or of the wrong kind; names the field, never its value.
    """
    values = _table(path)
    if values.pop("enabled", False) is not True:
        raise SettingsError(
            "在线地理编码未开启；须由管理员在 %(file)s 中写明 enabled = true", file=path.name
        )
    values.pop(_ROADS, None)
    services = {
        name: _service(name, values.pop(name), path) for name in _SERVICES if name in values
    }
    _check_names(values, ("allowed_by", "approval", "below_confidence", "doors", "region"), path)
    settings = OnlineSettings(
        allowed_by=_value(values, "allowed_by", str, path, required=True),
        approval=_value(values, "approval", str, path, required=True),
        services=services,
        below_confidence=float(_value(values, "below_confidence", (int, float), path, default=0.6)),
        doors=_value(values, "doors", bool, path, default=False),
        region=_value(values, "region", str, path, default=""),
    )
    if not 0.0 <= settings.below_confidence <= 1.0:
        raise _wrong("below_confidence", path)
    return settings


def _service(name: str, values: Any, path: Path) -> ServiceSettings:
    if not isinstance(values, dict):
        raise _wrong(name, path)
    usual = service_terms(name)
    own = ("url", "networks", "ca_file") if name == "nominatim" else ("key",)
    _check_names(values, ("timeout_s", "min_delay_s", "per_day", "cache_days", *own), path)
    networks = _value(values, "networks", list, path, default=[])
    if not all(isinstance(network, str) for network in networks):
        raise _wrong("networks", path)
    numbers = {
        key: _value(values, key, kind, path, default=getattr(usual, key))
        for key, kind in (("min_delay_s", (int, float)), ("per_day", int), ("cache_days", int))
    }
    for key, number in numbers.items():
        if not 0 <= number < float("inf"):
            raise _wrong(key, path)
    timeout_s = float(_value(values, "timeout_s", (int, float), path, default=_TIMEOUT_S))
    if not 0.0 < timeout_s <= _LONGEST_TIMEOUT_S:
        raise _wrong("timeout_s", path)
    return ServiceSettings(
        name,
        ServiceTerms(datum=usual.datum, levels=usual.levels, **numbers),
        timeout_s,
        _value(values, "key", str, path, required="key" in own, default="").strip(),
        _value(values, "url", str, path, required="url" in own, default="").strip(),
        tuple(networks),
        _value(values, "ca_file", str, path, default=""),
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(
            "在线地理编码未开启；管理员可在数据目录中建立 %(file)s（见 docs/online-geocoding.md）",
            file=path.name,
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(
            "配置文件 %(file)s 无法读取；请检查权限，并以 UTF-8 保存", file=path.name
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise SettingsError(
            "配置文件 %(file)s 含密钥，却可由其他用户读写（权限 %(mode)s）；"
            "请运行 chmod 600 后重试",
            file=path.name,
            mode=f"{mode:03o}",
        )
    try:
        return parse_toml(text)
    except ValueError:
        raise SettingsError(
            "配置文件 %(file)s 不是有效的 TOML；请对照 docs/online-geocoding.md 检查",
            file=path.name,
        ) from None  # its text may hold a key


def _check_names(values: Mapping[str, Any], known: tuple[str, ...], path: Path) -> None:
    for name in values:
        if name not in known:
            raise SettingsError(
                "配置文件 %(file)s 中有不认识的项；此处可用 %(known)s",
                file=path.name,
                known="、".join(known),
            )


def _value(
    values: Mapping[str, Any],
    name: str,
    kind: type | tuple[type, ...],
    path: Path,
    *,
    default: Any = None,
    required: bool = False,
) -> Any:
    value = values.get(name, default)
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not right or (required and not str(value).strip()):
        raise _wrong(name, path)
    return value


def _wrong(name: str, path: Path) -> SettingsError:
    return SettingsError(
        "配置文件 %(file)s 的 %(field)s 缺失或取值不当；请对照 docs/online-geocoding.md 填写",
        file=path.name,
        field=name,
    )
