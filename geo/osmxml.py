"""OpenStreetMap XML for files between two steps, written as text.

The writer of pyosmium is not used for them: when a write fails it ends the whole process, and
it does not always say why.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import quoteattr

from geo.errors import DISK_FULL_ERRNOS, NetworkFileError

__all__ = ["node_xml", "relation_xml", "scratch_folder", "way_xml", "write_osm_xml"]

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MEMBERS = {"n": "node", "w": "way", "r": "relation"}


def node_xml(node_id: int, lon: float, lat: float, tags: Mapping[str, str]) -> str:
    """Return a node; positions in degrees."""
    return f'<node id="{node_id}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>'


def way_xml(way_id: int, node_ids: Iterable[int], tags: Mapping[str, str]) -> str:
    """Return a way through nodes."""
    nodes = "".join(f'<nd ref="{node_id}"/>' for node_id in node_ids)
    return f'<way id="{way_id}" version="1">{nodes}{_tags(tags)}</way>'


def relation_xml(
    relation_id: int, members: Iterable[tuple[str, int, str]], tags: Mapping[str, str]
) -> str:
    """Return a relation; a member is its type (``n``, ``w``, ``r``), id and role."""
    listed = "".join(
        f'<member type="{_MEMBERS[kind]}" ref="{ref}" role={_quoted(role)}/>'
        for kind, ref, role in members
    )
    return f'<relation id="{relation_id}" version="1">{listed}{_tags(tags)}</relation>'


def write_osm_xml(path: Path, objects: Iterable[str]) -> None:
    """Write objects made by the functions above, nodes first.

    Raises
    ------
    NetworkFileError
        If the file cannot be written to its end, for instance on a full disk.
    """
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
            file.writelines(f"{text}\n" for text in objects)
            file.write("</osm>\n")
    except OSError as error:
        raise _scratch_error(error) from error


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for files between two steps, which is removed afterwards.

    Raises
    ------
    NetworkFileError
        If it cannot be made, for instance on a full disk.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="fieldwrit-")
    except OSError as error:
        raise _scratch_error(error) from error
    with folder as name:
        yield Path(name)


def _scratch_error(error: OSError) -> NetworkFileError:
    if error.errno in DISK_FULL_ERRNOS:
        return NetworkFileError(
            "磁盘空间不足，临时文件夹无法写入，路网未读取，原有内容保持不变；"
            "请清理磁盘，或用环境变量 TMPDIR 指定空间足够的临时文件夹后重试"
        )
    return NetworkFileError(
        "临时文件夹无法写入（%(why)s），路网未读取，原有内容保持不变；请检查磁盘空间与权限",
        why=os.strerror(error.errno or 0),
    )


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={_quoted(key)} v={_quoted(value)}/>" for key, value in tags.items())


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text))
