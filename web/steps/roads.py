"""Read a road file into network, named places and base map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx

from data.basemap import build_basemap
from data.files import write_atomically
from data.store import Store
from geo.errors import OnlineRefusedError
from geo.network import RoadNetwork, from_graph, save_network
from geo.network import build_network as read_network
from geo.osmfile import OsmFeatures, is_graphml, read_features
from geo.placefile import places_json
from routes.ports import Clock
from web.clock import system_clock
from web.config import PLACES_FILE, Settings
from web.i18n import marked
from web.progress import stage
from web.wiring import Court, using

__all__ = ["build_network"]


def build_network(
    settings: Settings,
    source: str,
    *,
    allow_online: bool = False,
    download: Callable[[str], nx.MultiDiGraph] | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Read a road file into arrays, named places and base map.

    Parameters
    ----------
    source
        Path of a road file, or the name of a district.
    allow_online
        Whether a district's roads may be fetched by its name.
    download
        Fetches a graph by name; osmnx does where none is given.

    Raises
    ------
    NetworkFileError
        If the file cannot be used; what was built before stays.
    OnlineRefusedError
        If ``source`` is a name and fetching is not allowed, or the store holds cases.
    """
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        path = Path(source)
        if path.exists() or path.suffix:
            with stage(settings, marked("读取道路")) as listener:
                network = read_network(path, progress=listener)
            with stage(settings, marked("读取地名与底图要素")):
                features = OsmFeatures() if is_graphml(path) else read_features(path)
        else:
            _refuse_place_name(store, allow_online=allow_online)
            with stage(settings, marked("下载道路")):
                network = _downloaded(source, download or _from_osmnx)
            features = OsmFeatures()
        with stage(settings, marked("绘制底图")):
            build_basemap(features, network, settings.basemap_path)
        # Pages take the roads up only when this file is there: it goes first and comes last.
        (settings.network_dir / PLACES_FILE).unlink(missing_ok=True)
        save_network(network, settings.network_dir)
        with stage(settings, marked("计算路网次序")):
            _ = court.engine.profiles
        with write_atomically(settings.network_dir / PLACES_FILE) as file:
            file.write(places_json(features).encode())
        store.audit.append(
            "cli", "network.build", f"network:{network.report.source_sha256[:12] or 'online'}"
        )
    return {
        "kind": "network",
        "nodes": network.node_count,
        "arcs": network.report.arcs,
        "roads_dropped": network.report.roads_dropped,
    }


def _refuse_place_name(store: Store, *, allow_online: bool) -> None:
    """Let an administrator's one-off download pass, and nothing else (LAW.md P9)."""
    if not allow_online:
        raise OnlineRefusedError(
            "道路来源不是本地文件。按地名下载会连接境外服务器：请先取得道路文件"
            "（.osm、.osm.gz、.osm.pbf、.graphml），或在没有案件数据的目录中加 --allow-online"
        )
    if store.counts().cases:
        raise OnlineRefusedError(
            "数据目录中已有案件数据，不能按地名下载道路（数据不出境）；请用 --data-dir 指定空目录"
        )


def _from_osmnx(name: str) -> nx.MultiDiGraph:
    import osmnx  # heavy, and used online only

    return osmnx.graph_from_place(name, network_type="drive", simplify=False, retain_all=True)


def _downloaded(name: str, download: Callable[[str], nx.MultiDiGraph]) -> RoadNetwork:
    try:
        graph = download(name)
    except Exception as error:  # the library raises many kinds for no answer
        raise OnlineRefusedError(
            "未能按该地名取得道路（%(why)s）；请核对地名和网络，或改用本地道路文件",
            why=type(error).__name__,
        ) from error
    return from_graph(graph, source="online")
