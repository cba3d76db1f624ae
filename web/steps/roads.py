"""Read a road file into network, named places and base map."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import shapely

from data.basemap import build_basemap
from data.files import write_atomically
from data.store import Store
from geo.areas import AreaSet
from geo.errors import NetworkFileError, OnlineRefusedError
from geo.model import AreaKind
from geo.network import RoadNetwork, check_in_china, from_graph, save_network
from geo.network import build_network as read_network
from geo.osmfile import OsmFeatures, is_graphml, read_features
from geo.placefile import places_json
from geo.travel import load_engine
from routes.ports import Clock
from web.clock import system_clock
from web.config import PLACES_FILE, Settings
from web.i18n import Translate, marked, translator
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
        notes = _strangeness(network, store, translator(settings.language))
        _refuse_other_district(network, court.areas)
        with _staged(settings.network_dir) as folder:
            save_network(network, folder)  # first: it clears the folder
            with stage(settings, marked("绘制底图")):
                build_basemap(features, network, folder / settings.basemap_path.name)
            with stage(settings, marked("计算路网次序")):
                load_engine(network, cache_dir=folder)
            with write_atomically(folder / PLACES_FILE) as file:
                file.write(places_json(features).encode())
        store.audit.append(
            "cli", "network.build", f"network:{network.report.source_sha256[:12] or 'online'}"
        )
    return {
        "kind": "network",
        "nodes": network.node_count,
        "arcs": network.report.arcs,
        "roads_dropped": network.report.roads_dropped,
        "notes": notes,
    }


def _strangeness(network: RoadNetwork, store: Store, say: Translate) -> list[str]:
    """Tell that roads lie outside the country; refuse them beside a court's cases."""
    try:
        check_in_china(network)
    except NetworkFileError as error:
        if store.counts().cases:
            raise
        return [error.message.render(say)]
    return []


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of ``folder`` when the block ends without error."""
    fresh, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    fresh.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _refuse_other_district(network: RoadNetwork, areas: AreaSet) -> None:
    """Raise where the roads lie away from the stored areas: another file, or swapped numbers."""
    known = [area.geometry for kind in AreaKind for area in areas.areas(kind)]
    if not known:
        return
    west, south = network.node_lonlat.min(axis=0)
    east, north = network.node_lonlat.max(axis=0)
    if not shapely.intersects(shapely.box(west, south, east, north), known).any():
        raise NetworkFileError(
            "路网文件的范围（经度 %(west).2f–%(east).2f，纬度 %(south).2f–%(north).2f）与库中的"
            "区域不相交，未采用；请核对是否选错了文件或经纬度颠倒",
            west=west,
            east=east,
            south=south,
            north=north,
        )


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
