"""Tables of any size: read row by row, given new columns, written whole, resumed when stopped."""

from data.streams.model import (
    AddedColumn,
    Cell,
    ColumnKind,
    PointColumns,
    Row,
    StreamReport,
    TableSource,
    Transform,
    Value,
    cell_text,
)
from data.streams.sources import open_table
from data.streams.transforming import transform_table

__all__ = [
    "AddedColumn",
    "Cell",
    "ColumnKind",
    "PointColumns",
    "Row",
    "StreamReport",
    "TableSource",
    "Transform",
    "Value",
    "cell_text",
    "open_table",
    "transform_table",
]
