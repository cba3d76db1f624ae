"""Names of road files: which we know, and whether the file is there."""

from __future__ import annotations

from pathlib import Path

from geo.errors import NetworkFileError

__all__ = ["check_suffix", "is_graphml"]

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
    if source.is_dir():
        raise NetworkFileError(
            "%(file)s 是文件夹，不是路网文件，请给出其中的文件", file=source.name
        )
    if not source.is_file():
        raise NetworkFileError("路网文件 %(file)s 不存在，请核对路径", file=source.name)
    if source.stat().st_size == 0:
        raise NetworkFileError("路网文件 %(file)s 是空文件，请重新下载", file=source.name)
