"""What the checks of an import share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from data.imports.rows import Row, StatedPosition
from data.model import PutCounts
from data.work import Work
from geo.messages import Message
from geo.model import Datum

__all__ = ["Check", "Context", "Put"]

Put = Callable[[], PutCounts]
"""Stores the rows that were checked and found good."""


@dataclass(frozen=True, slots=True)
class Context:
    """The open transaction, the datum of positions that name none, and notes to report.

    ``positions`` gathers the positions that the rows state.
    """

    work: Work
    datum: Datum
    notes: list[Message] = field(default_factory=list)
    positions: list[StatedPosition] = field(default_factory=list)


Check = Callable[[Context, Sequence[Row]], Put]
"""Notes problems on rows, and returns the step that stores the others."""
