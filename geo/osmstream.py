"""Road files opened: objects streamed, complaints translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium

from geo.errors import NetworkFileError
from geo.osmxml import node_xml, relation_xml, way_xml, write_osm_xml

__all__ = ["has_nodes_after_ways", "sort_file", "stream", "translated"]


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
