"""Closures of roads as they are kept: made once, lifted once, never deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import ClosureRow
from data.upsert import table_of
from data.work import Database

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["Closures", "KeptClosure"]


@dataclass(frozen=True, slots=True)
class KeptClosure:
    """A closure with who made it and, where it holds no longer, who lifted it."""

    closure: Closure
    made_at: datetime
    made_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None


class Closures:
    """Which roads are closed, when and why."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, closure: Closure, by: str) -> KeptClosure:
        """Keep a closure under a new id, whatever id it came with."""
        area = closure.area
        with self._database.write() as work:
            made = KeptClosure(replace(closure, id=new_id("x")), work.clock(), by)
            work.connection.execute(
                insert(ClosureRow).values(
                    id=made.closure.id,
                    reason=closure.reason,
                    geometry=None if area is None else shapely.to_geojson(area),
                    roads=_roads_text(closure),
                    direction=closure.direction.value,
                    begins_at=closure.begin,
                    ends_at=closure.end,
                    made_at=made.made_at,
                    made_by=by,
                )
            )
            work.record(by, "closure.make", f"closure:{made.closure.id}")
        return made

    def lift(self, closure_id: str, by: str) -> KeptClosure:
        """End a closure now, whatever its times; one that was lifted stays as it is.

        Raises
        ------
        StoreError
            If the closure is not stored.
        """
        with self._database.write() as work:
            query = select(ClosureRow.lifted_at).where(ClosureRow.id == closure_id)
            found = work.connection.execute(query).one_or_none()
            if found is None:
                raise StoreError(
                    "封闭 %(id)s 不在库中；请用 fieldwrit closures list 核对编号", id=closure_id
                )
            if found.lifted_at is None:
                work.connection.execute(
                    update(ClosureRow)
                    .where(ClosureRow.id == closure_id)
                    .values(lifted_at=work.clock(), lifted_by=by)
                )
                work.record(by, "closure.lift", f"closure:{closure_id}")
        return next(one for one in self.all() if one.closure.id == closure_id)

    def all(self) -> tuple[KeptClosure, ...]:
        """Return all closures, lifted ones too, the first made first."""
        query = select(table_of(ClosureRow)).order_by(ClosureRow.made_at, ClosureRow.id)
        with self._database.read() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        return tuple(_kept(row) for row in rows)

    def standing(self) -> tuple[Closure, ...]:
        """Return the closures that nobody lifted, whatever their times, the first made first."""
        return tuple(one.closure for one in self.all() if one.lifted_at is None)


def _roads_text(closure: Closure) -> str:
    return json.dumps([(r.way_id, r.tail_node_id, r.head_node_id) for r in closure.roads])


def _kept(row: Any) -> KeptClosure:
    from geo.travel.closures import Closure, Direction, RoadRef  # loads the engine

    area: Any = None if row.geometry is None else shapely.from_geojson(row.geometry)
    closure = Closure(
        id=row.id,
        reason=row.reason,
        begin=row.begins_at,
        end=row.ends_at,
        area=area,
        roads=tuple(RoadRef(*ids) for ids in json.loads(row.roads)),
        direction=Direction(row.direction),
    )
    return KeptClosure(closure, row.made_at, row.made_by, row.lifted_at, row.lifted_by)
