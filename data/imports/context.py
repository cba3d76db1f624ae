"""What the checks of an import share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from data.imports.cells import Table
from data.imports.held import Held
from data.imports.rows import Row, StatedPosition
from data.model import PutCounts
from data.name_search import KnownParts
from data.work import Work
from geo.areas import AreaSet
from geo.messages import Message
from geo.model import Datum

if TYPE_CHECKING:
    from data.store import Store

__all__ = ["Check", "Context", "Put", "Rehearsal"]

Put = Callable[[], PutCounts]
"""Stores the rows that were checked and found good."""


@dataclass(frozen=True, slots=True)
class Context:
    """The open transaction, the datum of positions that name none, and notes to report.

    ``held`` answers what is asked of the store; ``positions`` gathers the positions that the rows
    state, ``known_parts`` the parts of names that came before.
    """

    work: Work
    datum: Datum
    held: Held
    notes: list[Message] = field(default_factory=list)
    _areas: list[AreaSet] = field(default_factory=list)
    positions: list[StatedPosition] = field(default_factory=list)
    known_parts: KnownParts = field(default_factory=KnownParts)

    def areas(self) -> AreaSet:
        """Return the stored areas; they are read once."""
        if not self._areas:
            self._areas.append(AreaSet(self.held.areas()))
        return self._areas[0]


Check = Callable[[Context, Sequence[Row]], Put]
"""Notes problems on rows, and returns the step that stores the others."""


class Rehearsal(Protocol):
    """Watches an import that stores nothing."""

    def tables(self, tables: Sequence[Table], told: Sequence[Mapping[str, str]]) -> None:
        """Take note of what the file holds, and of what was told of each table's columns."""
        ...

    def unknown(self, headers: Collection[str]) -> None:
        """Take note of columns that hold something and are left out, for nobody knows them."""
        ...

    def begin(self, store: Store) -> AbstractContextManager[Work]:
        """Yield the transaction that is undone at its end."""
        ...

    def took(self, work: Work, rows: Sequence[Row], written: frozenset[Hashable]) -> None:
        """Take note of rows that were checked, and of the keys of what was written of them."""
        ...

    def end(self) -> None:
        """Take note that all rows were taken."""
        ...
