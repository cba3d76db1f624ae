"""Read a road file, or a district's roads by name, into network, named places and base map."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import shapely

from data.basemap import build_basemap
from data.files import write_atomically
from data.store import Store
from geo.areas import AreaSet
from geo.errors import NetworkCacheError, NetworkFileError, OnlineRefusedError
from geo.files import file_sha256, folders_beside, put_back, replacing
from geo.localtime import DAY_S, LOCAL_ZONE
from geo.model import AreaKind
from geo.network import RoadNetwork, check_in_china, from_graph, save_network
from geo.network import build_network as read_network
from geo.osmfile import OsmFeatures, check_suffix, is_graphml, read_features
from geo.osmstream import translated
from geo.placefile import places_json
from geo.travel import load_engine
from routes.ports import Clock
from routes.rules import check_destination
from routes.rules.data_facts import DestinationFacts, Host
from web.clock import system_clock
from web.config import PLACES_FILE, Settings
from web.i18n import marked
from web.online_settings import read_road_servers
from web.progress import stage
from web.steps.district_name import District, district_named
from web.steps.road_report import note_build, same_build, told
from web.wiring import Court, using

if TYPE_CHECKING:
    import networkx as nx

    from geo.ports import ProgressListener
    from web.steps.road_download import Guard

__all__ = ["Download", "build_network"]

_SUFFIXES = (".osm", ".osm.gz", ".osm.pbf", ".pbf", ".graphml", ".graphml.gz")
_HELD = ("cases", "debtors", "address_claims", "outcomes", "leads", "actions", "quarantined_rows")


class Download(Protocol):
    """Fetches the roads of a district; see :func:`web.steps.road_download.download_roads`."""

    def __call__(
        self, district: District, guard: Guard, *, progress: ProgressListener | None = None
    ) -> nx.MultiDiGraph: ...


def build_network(
    settings: Settings,
    source: str,
    *,
    allow_online: bool = False,
    force: bool = False,
    download: Download | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Read a road file into arrays, named places and base map.

    All is made in a folder beside and put in place at the end: whatever fails or is stopped
    before leaves the former network as it was.

    Parameters
    ----------
    source
        Path of a road file, or the name of a district.
    allow_online
        Whether a district's roads may be fetched by its name.
    force
        Read the file even if the stored network was made from the very same one.
    download
        Fetches a district's roads; osmnx does where none is given.

    Returns
    -------
    dict
        The report of :func:`web.steps.road_report.network_report`, with ``unchanged``.

    Raises
    ------
    NetworkFileError
        If the file cannot be used, or changed while it was read.
    OnlineRefusedError
        If ``source`` is a name and fetching is not allowed, the name is no district's, or the
        store holds cases.
    OnlineServiceError
        If the servers do not give the roads.
    """
    with using(Court(settings, clock=clock)) as court:
        if not _is_file(source):
            return _by_name(court, source, allow_online=allow_online, download=download)
        path = Path(source)
        check_suffix(path)
        with translated(path):
            digest = file_sha256(path)
        if not force and (kept := same_build(settings, digest)) is not None:
            return told(settings, kept, unchanged=True)
        with stage(settings, marked("读取道路")) as listener:
            network = read_network(path, progress=listener)
        with stage(settings, marked("读取地名与底图要素")):
            features = OsmFeatures() if is_graphml(path) else read_features(path)
        if not path.exists() or {file_sha256(path), network.report.source_sha256} != {digest}:
            raise NetworkFileError(
                "路网文件 %(file)s 在读取时被替换或改动，未采用，原有路网保持不变；"
                "请待文件写完后重新运行",
                file=path.name,
            )
        return _put(court, network, features)


def _put(court: Court, network: RoadNetwork, features: OsmFeatures) -> dict[str, Any]:
    """Put a network in place of the stored one, with all that is made from it."""
    settings, store = court.settings, court.store
    if store.counts().cases:
        check_in_china(network)
    _refuse_other_district(network, court.areas)
    with _replacing(settings.network_dir) as folder:
        save_network(network, folder)  # first: it clears the folder
        basemap = folder / settings.basemap_path.name
        with stage(settings, marked("绘制底图")):
            build_basemap(features, network, basemap)
        with stage(settings, marked("计算路网次序")) as listener:
            load_engine(network, cache_dir=folder, progress=listener, warn=court.warn)
        with write_atomically(folder / PLACES_FILE) as file:
            file.write(places_json(features).encode())
        at = court.clock().astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
        note_build(folder, network, features, basemap=basemap, built_at=at)
    store.audit.append(
        "cli", "network.build", f"network:{network.report.source_sha256[:12] or 'online'}"
    )
    return told(settings, network, unchanged=False)


def _by_name(
    court: Court, name: str, *, allow_online: bool, download: Download | None
) -> dict[str, Any]:
    """Fetch a district's roads once, with an entry in the audit before and after."""
    if not allow_online:
        raise OnlineRefusedError(
            "道路来源不是本地文件。按地名下载会连接境外服务器：请先取得道路文件"
            "（.osm、.osm.gz、.osm.pbf、.graphml），或在没有案件数据的目录中加 --allow-online"
        )
    _refuse_beside_cases(court.store)
    district = district_named(name)
    from web.steps.road_download import Guard, download_roads  # online only: loads osmnx

    guard = Guard(read_road_servers(court.settings.online_path))
    audit, subject = court.store.audit, f"place:{district.code}"
    hosts = " ".join(guard.hosts)
    user = getattr(os, "getuid", int)()  # of the operating system; a number, not a name
    audit.append(
        *("cli", "network.fetch", subject),
        {"name": district.title, "hosts": hosts, "system_user": user},
    )
    trouble = "stopped"
    try:
        with stage(court.settings, marked("下载道路")) as listener:
            graph = (download or download_roads)(district, guard, progress=listener)
        trouble = ""
    except Exception as error:
        trouble = type(error).__name__
        raise
    finally:
        detail = {"hosts": hosts, "requests": len(guard.sent), "trouble": trouble}
        audit.append("cli", "network.fetched", subject, detail)
    return _put(court, from_graph(graph, source=district.title), OsmFeatures())


def _is_file(source: str) -> bool:
    """Tell a path from a name; one with the ending of a road file is meant to be a path."""
    return source.lower().endswith(_SUFFIXES) or os.path.exists(source)


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Do as :func:`geo.files.replacing`, with an error for people where the disk refuses."""
    try:
        _clear_away(folder)
        with replacing(folder) as fresh:
            yield fresh
    except OSError as error:
        raise NetworkCacheError(
            "路网 %(folder)s 未能更换（%(detail)s），原有路网保持不变；请检查磁盘空间与权限，"
            "并确认没有别的程序正在更换它，然后重新运行",
            folder=folder.name,
            detail=error.strerror or type(error).__name__,
        ) from error


def _clear_away(folder: Path) -> None:
    """Clear away what a killed run left a day ago; another one may be at work till then."""
    put_back(folder)
    for left in folders_beside(folder):
        if time.time() - left.stat().st_mtime > DAY_S:
            shutil.rmtree(left, ignore_errors=True)


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


def _refuse_beside_cases(store: Store) -> None:
    """Let nothing be fetched where people's data lie (LAW.md P9)."""
    counts = store.counts()
    facts = DestinationFacts(
        "roads",
        Host.ELSEWHERE,
        beside_cases=any(getattr(counts, name) for name in _HELD),
        by_administrator=True,  # whoever runs commands where the data lie
        roads_by_name=True,
    )
    forbidden = next(iter(check_destination(facts)), None)
    if forbidden is not None:
        raise OnlineRefusedError(forbidden.message.msgid, **dict(forbidden.message.facts))
