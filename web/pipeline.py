"""The main job, a function a step: files in, a lawful plan out.

Each function returns the plain result that the command line prints. It opens the court's
store itself and leaves it closed, so that one step never holds another's file.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.templates import write_templates

from data.files import write_atomically
from data.store import Store
from geo.network import build_network as read_network
from geo.network import save_network
from geo.osmfile import OsmFeatures, is_graphml, read_features
from geo.placefile import places_json
from web.config import PLACES_FILE, Settings, secret_key
from web.errors import WebError
from web.progress import stage
from web.wiring import Court, system_clock

__all__ = [
    "build_network",
    "check_file",
    "export_plan",
    "geocode_claims",
    "geocode_table",
    "geocode_text",
    "import_file",
    "initialise",
    "local_date",
    "make_plan",
    "serve",
    "solve_file",
]

_ZONE = ZoneInfo("Asia/Shanghai")
_DEFAULT_STOP_S = 10.0
_CHUNK = 500


def local_date(at: datetime) -> date:
    """Return the day in the court's zone."""
    return at.astimezone(_ZONE).date()


def initialise(settings: Settings) -> dict[str, Any]:
    """Make data folder, keys, store and template workbooks; existing ones are kept."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WebError(
            "无法建立数据目录 %(folder)s，请检查路径和权限", folder=settings.data_dir
        ) from error
    Store.open(settings.data_dir, clock=system_clock, create=True).close()
    secret_key(settings)
    write_templates(settings.templates_dir)
    return {"data_dir": str(settings.data_dir)}


def build_network(settings: Settings, source: str, *, allow_online: bool = False) -> dict[str, Any]:
    """Read a road file into arrays, named places and base map."""
    path = Path(source)
    if not path.exists() and not path.suffix:
        _refuse_place_name(settings, allow_online=allow_online)
    Store.open(settings.data_dir, clock=system_clock).close()
    with stage("读取道路") as listener:
        network = read_network(path, progress=listener)
    with stage("读取地名与底图要素"):
        features = OsmFeatures() if is_graphml(path) else read_features(path)
    with stage("绘制底图"):
        build_basemap(features, network, settings.basemap_path)
    save_network(network, settings.network_dir)
    with write_atomically(settings.network_dir / PLACES_FILE) as part:
        part.write_text(places_json(features), encoding="utf-8")
    with stage("计算路网次序"):
        court = Court(settings)
        court.engine  # noqa: B018 - its node order is cached on first use
    court.store.audit.append("cli", "network.build", f"network:{network.report.sha256[:12]}")
    court.store.close()
    return {
        "kind": "network",
        "nodes": len(network.node_lonlat),
        "arcs": len(network.tail),
    }
