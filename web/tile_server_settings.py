"""``DATA_DIR/tile-server.toml``: whose pictures of the map are shown, and in which datum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geo.model import Datum
from geo.online.gate import Gate, Network, Resolve, intranet, own_gate, public_gate, resolve
from web.errors import SettingsError
from web.settings_file import SettingsTable, read_secret_table

__all__ = ["TileLayer", "TileServerSettings", "read_tile_server"]

_GUIDE = "docs/tile-server.md"
_KINDS = ("tianditu", "own")
_DEEPEST_ZOOM = 20
_FIELDS = ("{z}", "{x}", "{y}")
_SHEETS = {"streets": ("vec", "cva"), "imagery": ("img", "cia")}  # what is drawn, and its names
_TIANDITU_ZOOM = 18
_TIMEOUT_S = 4.0
_LONGEST_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, repr=False)
class TileLayer:
    """Pictures of one layer: ``url`` holds {z}, {x}, {y}, and may hold a key."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, repr=False)
class TileServerSettings:
    """How the server is reached. It shows nothing of itself: it may hold a key.

    Parameters
    ----------
    kind
        ``tianditu``, or ``own`` for a server of the court's own.
    layers
        From the lowest to the topmost.
    datum
        Of the server's map.
    gate
        Admits its host, and no other.
    attribution
        What the map must say of its maker, with the number under which it was reviewed.
    allowed_by
        User name of the administrator who turned it on; empty for a server of the court's own.
    """

    kind: str
    layers: tuple[TileLayer, ...]
    datum: Datum
    gate: Gate
    attribution: str
    max_zoom: int
    timeout_s: float
    ca_file: str = ""
    allowed_by: str = ""


def read_tile_server(path: Path, *, resolve: Resolve = resolve) -> TileServerSettings | None:
    """Return the settings; None where there is no file, or it says ``enabled = false``.

    Raises
    ------
    SettingsError
        If the file is open to others, or a value is missing or of the wrong kind.
    OnlineRefusedError
        If the address is none of a server of the court's own.
    """
    table = read_secret_table(path, guide=_GUIDE)
    if table is None:
        return None
    table.only("enabled", *_KINDS)
    if not table.value("enabled", bool, default=False):
        return None
    named = [kind for kind in _KINDS if kind in table.values]
    if len(named) != 1:
        raise SettingsError(
            "配置文件 %(file)s 须且只须写明一个图源：[tianditu] 或 [own]；"
            "境外图源一律不可用（数据不得出境）",
            file=path.name,
        )
    chosen = table.table(named[0])
    return _tianditu(chosen) if named[0] == "tianditu" else _own(chosen, resolve)


def _tianditu(table: SettingsTable) -> TileServerSettings:
    table.only("key", "sheet", "attribution", "allowed_by", "approval", "timeout_s")
    key = table.value("key", str, required=True).strip()
    if not key.isalnum():
        raise table.wrong("key")
    sheet = table.value("sheet", str, default="streets")
    if sheet not in _SHEETS:
        raise table.wrong("sheet")
    table.value("approval", str, required=True)
    gate = public_gate("tianditu_tiles")
    layers = tuple(
        TileLayer(
            name,
            f"{gate.scheme}://{gate.host}/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile"
            f"&VERSION=1.0.0&LAYER={name}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
            f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}",
        )
        for name in _SHEETS[sheet]
    )
    return TileServerSettings(
        kind="tianditu",
        layers=layers,
        datum=Datum.CGCS2000,
        gate=gate,
        attribution=table.value("attribution", str, default="天地图").strip(),
        max_zoom=_TIANDITU_ZOOM,
        timeout_s=_timeout_s(table),
        allowed_by=table.value("allowed_by", str, required=True),
    )


def _own(table: SettingsTable, resolve: Resolve) -> TileServerSettings:
    table.only("url", "datum", "networks", "ca_file", "attribution", "max_zoom", "timeout_s")
    url = table.value("url", str, required=True).strip()
    if any(url.count(each) != 1 for each in _FIELDS):
        raise table.wrong("url")
    datum = table.value("datum", str, required=True)
    if datum not in tuple(Datum):
        raise table.wrong("datum")
    max_zoom = table.value("max_zoom", int, default=_TIANDITU_ZOOM)
    if not 1 <= max_zoom <= _DEEPEST_ZOOM:
        raise table.wrong("max_zoom")
    return TileServerSettings(
        kind="own",
        layers=(TileLayer("own", url),),
        datum=Datum(datum),
        gate=own_gate("tiles", _origin(url, table), networks=_networks(table), resolve=resolve),
        attribution=table.value("attribution", str, required=True).strip(),
        max_zoom=max_zoom,
        timeout_s=_timeout_s(table),
        ca_file=table.value("ca_file", str, default=""),
    )


def _origin(url: str, table: SettingsTable) -> str:
    """Return scheme, host and port: a path may hold fields, and its question a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise table.wrong("url") from None  # its text may hold a key
    if any(each in parts.netloc for each in _FIELDS):
        raise table.wrong("url")
    return f"{parts.scheme}://{parts.netloc}"


def _networks(table: SettingsTable) -> tuple[Network, ...]:
    networks = table.value("networks", list, default=[])
    if not all(isinstance(network, str) for network in networks):
        raise table.wrong("networks")
    return tuple(intranet(each, service="tiles") for each in networks)


def _timeout_s(table: SettingsTable) -> float:
    timeout_s = float(table.value("timeout_s", (int, float), default=_TIMEOUT_S))
    if not 0.0 < timeout_s <= _LONGEST_TIMEOUT_S:
        raise table.wrong("timeout_s")
    return timeout_s
