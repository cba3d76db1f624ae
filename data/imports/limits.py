"""How much a file may hold that an import takes, in one place, each with its reason.

A court's own tables stay far below: 3,000 cases with eight addresses each are a workbook of 2 MB,
270,000 cells.
"""

from __future__ import annotations

__all__ = [
    "LARGEST_FEATURE_MB",
    "MAX_CELLS",
    "MAX_CELL_CHARS",
    "MAX_COLUMNS",
    "MAX_FILE_BYTES",
    "MAX_LAYER_BYTES",
    "MAX_LINE_CHARS",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "MAX_ROWS",
    "MAX_SHEET_CELLS",
    "MAX_UNPACKED_BYTES",
    "RATIO_FROM_BYTES",
    "memory_bytes",
    "seconds",
]

MAX_FILE_BYTES = 100_000_000
"""Bytes of a table: the whole file is held while it is read, beside its cells."""

MAX_LAYER_BYTES = 1_000_000_000
"""Bytes of a file of boundaries: those of a province, drawn to the metre, are 200 MB."""

MAX_UNPACKED_BYTES = 2_000_000_000
"""Bytes of an archive once it is unpacked: a sheet of 300,000 full rows is 500 MB of XML."""

MAX_RATIO = 150
"""How many times larger a member may get: assumed; the bombs of our tests reach 1,000."""

RATIO_FROM_BYTES = 20_000_000
"""Smaller members may have any ratio: unpacked they harm nobody."""

MAX_MEMBERS = 10_000
"""Members of an archive: a workbook with pictures has some hundred."""

MAX_SHEET_CELLS = 20_000_000
"""Cells between the corners of a sheet: the reader takes 24 bytes for each, filled or not."""

MAX_CELLS = 6_000_000
"""Cells of a file that are turned into rows: 100,000 cases with two addresses each are 4,500,000.

A cell takes 8 bytes, and some 150 more where its text stands nowhere else; how much of that there
may be is left to the memory of the reading process."""

MAX_ROWS = 200_000
"""Rows of a file: all outcomes of a large court in ten years."""

MAX_COLUMNS = 1_000
"""Columns of a sheet: a case table with eight addresses has 110."""

MAX_CELL_CHARS = 32_767
"""Characters of a cell: what Excel holds; a text that is kept has at most 1,000."""

MAX_LINE_CHARS = 4_000_000
"""Characters of one line of a text file: a row of all columns is far shorter."""

LARGEST_FEATURE_MB = 200
"""What a GeoJSON feature may take in GDAL's memory."""

_MIB = 1 << 20


def seconds(size: int) -> int:
    """Return how much processor time the reading of so many bytes may take.

    A small file gets three seconds, so that nobody waits long for one that never ends; a large one
    gets more, since what it holds may take as long honestly.
    """
    return 3 + 3 * (size // 2_000_000)


def memory_bytes(size: int) -> int:
    """Return how much memory the reading of so many bytes may take beside what is held before.

    640 MiB hold :data:`MAX_CELLS` if two thirds of them stand nowhere else; a GeoJSON takes up to
    16 times its bytes.
    """
    return 640 * _MIB + 16 * max(size - 10 * _MIB, 0)
