"""Road files opened: names and types checked, objects streamed, complaints translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium

from geo.errors import NetworkFileError
from geo.osmxml import node_xml, relation_xml, way_xml, write_osm_xml

__all__ = [
    "check_suffix",
    "has_nodes_after_ways",
    "is_graphml",
    "sort_file",
    "stream",
    "translated",
]

_OSM_SUFFIXES = (".osm", ".osm.gz", ".osm.pbf")
_GRAPHML_SUFFIXES = (".graphml", ".graphml.gz")


def is_graphml(source: Path) -> bool:
    """Tell whether the name is that of a GraphML file."""
    return source.name.lower().endswith(_GRAPHML_SUFFIXES)


def check_suffix(source: Path) -> None:
    """Check that a road file is there, is not empty, and has a name that we know.

    Raises
    ------
    NetworkFileError
        If one of these fails.
    """
    if not source.name.lower().endswith(_OSM_SUFFIXES + _GRAPHML_SUFFIXES):
        raise NetworkFileError(
            "路网文件 %(file)s 的类型无法识别，请提供 .osm、.osm.gz、.osm.pbf 或 .graphml 文件",
            file=source.name,
        )
    if not source.is_file():
        raise NetworkFileError("路网文件 %(file)s 不存在，请核对路径", file=source.name)
    if source.stat().st_size == 0:
        raise NetworkFileError("路网文件 %(file)s 是空文件，请重新下载", file=source.name)


@contextmanager
def translated(source: Path) -> Iterator[None]:
    """Turn the reader's complaints into our own."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError(
            "路网文件 %(file)s 无法读取或不完整（%(detail)s），请重新下载或重新导出",
            file=source.name,
            detail=str(error).replace(str(source), source.name),
        ) from error


def stream(source: Path, entities: osmium.osm.osm_entity_bits) -> Any:
    """Return the objects of these kinds, in the file's order; untyped, as kinds mix."""
    return osmium.FileProcessor(source, entities)


def has_nodes_after_ways(source: Path) -> bool:
    """Tell whether some node stands after a way, so that lines cannot be drawn in one pass."""
    way_seen = False
    for item in stream(source, osmium.osm.NODE | osmium.osm.WAY):
        if item.is_way():
            way_seen = True
        elif way_seen:
            return True
    return False


def sort_file(source: Path, target: Path) -> None:
    """Write the objects of a file as XML in the usual order: nodes, ways, relations, by id.

    Raises
    ------
    NetworkFileError
        If the target cannot be written, for instance on a full disk.
    """
    write_osm_xml(target, _in_order(source))


def _in_order(source: Path) -> Iterator[str]:
    for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
        found: dict[int, str] = {}
        for item in stream(source, kind):
            tags = dict(item.tags)
            if item.is_way():
                found[item.id] = way_xml(item.id, [node.ref for node in item.nodes], tags)
            elif item.is_relation():
                members = [(one.type, one.ref, one.role) for one in item.members]
                found[item.id] = relation_xml(item.id, members, tags)
            elif item.location.valid():
                found[item.id] = node_xml(item.id, item.lon, item.lat, tags)
        for key in sorted(found, key=lambda key: (key > 0, abs(key))):  # the order of osmium
            yield found[key]
