"""Where a person said that an address is: kept, taught to the court's place names, undone.

A decision holds for one debtor's one text, by whichever source. Geocoding and imports leave it
alone. It is undone as a whole: the places and names that it changed are as before, unless
somebody changed them since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from data.claim_places import places_of, same_text, settled, write_places
from data.crypto import new_id
from data.errors import StoreError
from data.reference import (
    gazetteer_id_of,
    learn_gazetteer_entries,
    put_gazetteer_entries,
    read_gazetteer_entries,
)
from data.schema import AddressClaimRow, GazetteerEntryRow, PlaceDecisionRow
from data.upsert import table_of
from data.work import Database, Work
from geo.model import GazetteerEntry, Point, Precision
from routes.model import ClaimId, Place

__all__ = ["PlaceBasis", "PlaceDecision", "PlaceDecisions", "PlaceVerdict"]

_TABLE = table_of(PlaceDecisionRow)
_OPEN = _TABLE.c.withdrawn_at.is_(None)
_Change = tuple[Any, Any]
"""What was held before and after, as JSON; None of what was not there."""


class PlaceVerdict(StrEnum):
    """What was decided."""

    CONFIRMED = "confirmed"
    UNLOCATABLE = "unlocatable"


class PlaceBasis(StrEnum):
    """What a decision rests on."""

    CANDIDATE = "candidate"  # the geocoder's, looked at on the map
    MAP = "map"  # moved to the door on the map
    VISIT = "visit"
    TOLD = "told"  # by the village or its liaison
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class PlaceDecision:
    """A decision; ``point`` is None where the address cannot be located, WGS84 else.

    ``taught`` are the place names that it gave the court, as they are after it; ``spread_at`` is
    when the addresses near it were located anew.
    """

    id: str
    claim_id: ClaimId
    verdict: PlaceVerdict
    basis: PlaceBasis
    point: Point | None
    decided_by: str
    decided_at: datetime
    taught: tuple[GazetteerEntry, ...]
    spread_at: datetime | None = None
    withdrawn_at: datetime | None = None


class PlaceDecisions:
    """The decisions of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def confirm(
        self,
        claim_id: ClaimId,
        place: Place,
        *,
        basis: PlaceBasis,
        taught: Sequence[GazetteerEntry] = (),
        by: str,
        again: bool = False,
    ) -> PlaceDecision:
        """Keep a confirmed place, and add what it teaches to the court's place names.

        Parameters
        ----------
        again
            Decide although somebody decided before; the newest decision holds.

        Raises
        ------
        StoreError
            If the claim is not stored, or its text was decided already.
        """
        return self._decide(claim_id, place, basis, taught, by, again=again)

    def mark_unlocatable(self, claim_id: ClaimId, *, basis: PlaceBasis, by: str) -> PlaceDecision:
        """Keep that an address cannot be located; it has no place from now on.

        Raises
        ------
        StoreError
            As :meth:`confirm`.
        """
        return self._decide(claim_id, None, basis, (), by, again=False)

    def undo_last(self, *, by: str) -> PlaceDecision:
        """Take back what an account decided last, and return it.

        Raises
        ------
        StoreError
            If there is nothing, or somebody decided of the same address since.
        """
        with self._database.write() as work:
            newest = select(_TABLE).where(_OPEN, _TABLE.c.decided_by == by)
            row = work.connection.execute(newest.order_by(_TABLE.c.seq.desc()).limit(1)).first()
            if row is None:
                raise StoreError("没有可撤销的定位决定")
            claims = same_text(work.connection, ClaimId(row.claim_id))
            since = select(_TABLE.c.id).where(
                _OPEN, _TABLE.c.claim_id.in_(claims), _TABLE.c.seq > row.seq
            )
            if work.connection.scalar(since) is not None:
                raise StoreError("这个地址其后又有人确认过，不能撤销；请重新确认")
            _write(work, row.id, withdrawn_at=work.clock())
            _restore_places(work, json.loads(row.earlier), own=claims)
            _unlearn(work, row.seq, json.loads(row.taught))
            work.record(by, "place.undo", f"claim:{row.claim_id}", {"decision": row.id})
            return _found(work.connection, row.id)

    def of_claim(self, claim_id: ClaimId) -> PlaceDecision | None:
        """Return the decision that holds for a claim, None where there is none."""
        with self._database.read() as connection:
            claims = same_text(connection, claim_id)
            query = select(_TABLE).where(_OPEN, _TABLE.c.claim_id.in_(claims))
            row = connection.execute(query.order_by(_TABLE.c.seq.desc()).limit(1)).first()
            return None if row is None else _decision(row._mapping)

    def last_of(self, account_id: str) -> PlaceDecision | None:
        """Return what an account decided last and did not take back."""
        query = select(_TABLE).where(_OPEN, _TABLE.c.decided_by == account_id)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(_TABLE.c.seq.desc()).limit(1)).first()
            return None if row is None else _decision(row._mapping)

    def settled(self) -> frozenset[ClaimId]:
        """Return the claims of whose text a person decided."""
        with self._database.read() as connection:
            return settled(connection)

    def unspread(self) -> tuple[PlaceDecision, ...]:
        """Return the decisions that taught something nobody used yet, the oldest first."""
        query = select(_TABLE).where(_OPEN, _TABLE.c.spread_at.is_(None)).order_by(_TABLE.c.seq)
        with self._database.read() as connection:
            found = tuple(_decision(row._mapping) for row in connection.execute(query))
        return tuple(one for one in found if one.taught)

    def spread(
        self, decisions: Sequence[PlaceDecision], places: Mapping[ClaimId, Place], *, by: str
    ) -> int:
        """Write places that decisions taught to other claims; return how many were written.

        A claim that was decided meanwhile keeps its place. The last of the decisions remembers
        what was there before.
        """
        with self._database.write() as work:
            now = work.clock()
            decided = settled(work.connection, places)
            found = {one: place for one, place in places.items() if one not in decided}
            changes = _changes(work.connection, found)
            write_places(work, found)
            for number, one in enumerate(decisions, start=1):
                values: dict[str, Any] = {"spread_at": now}
                if number == len(decisions) and changes:
                    held = work.connection.scalar(
                        select(_TABLE.c.earlier).where(_TABLE.c.id == one.id)
                    )
                    values["earlier"] = json.dumps({**json.loads(held or "{}"), **changes})
                _write(work, one.id, **values)
            detail = {"decisions": len(decisions), "claims": len(found)}
            work.record(by, "places.spread", "store:-", detail)
        return len(found)

    def state(self) -> tuple[int, int, int]:
        """Return what changes whenever the court's place names do."""
        query = select(
            func.count(),
            func.count(_TABLE.c.withdrawn_at),
            select(func.count()).select_from(GazetteerEntryRow).scalar_subquery(),
        ).select_from(_TABLE)
        with self._database.read() as connection:
            made, withdrawn, names = connection.execute(query).one()
            return made, withdrawn, names

    def _decide(
        self,
        claim_id: ClaimId,
        place: Place | None,
        basis: PlaceBasis,
        taught: Sequence[GazetteerEntry],
        by: str,
        *,
        again: bool,
    ) -> PlaceDecision:
        made_id = new_id("pd")
        verdict = PlaceVerdict.UNLOCATABLE if place is None else PlaceVerdict.CONFIRMED
        with self._database.write() as work:
            claim = table_of(AddressClaimRow)
            known = select(claim.c.id).where(claim.c.id == claim_id, claim.c.text_hash != "")
            if work.connection.scalar(known) is None:
                raise StoreError("没有编号为 %(claim)s 的地址线索，请核对编号", claim=claim_id)
            if not again and settled(work.connection, [claim_id]):
                raise StoreError("这个地址已由他人确认，请看下一条")
            claims = same_text(work.connection, claim_id)
            places = dict.fromkeys(claims, place)
            changes = _changes(work.connection, places)
            write_places(work, places)
            names = _teach(work, taught)
            work.connection.execute(
                insert(_TABLE).values(
                    id=made_id,
                    claim_id=claim_id,
                    verdict=verdict.value,
                    basis=basis.value,
                    position=None
                    if place is None
                    else json.dumps([float(place.point.lon), float(place.point.lat)]),
                    earlier=json.dumps(changes),
                    taught=json.dumps(names, ensure_ascii=False),
                    decided_by=work.person(by),
                    decided_at=work.clock(),
                )
            )
            detail = {"verdict": verdict.value, "basis": basis.value, "names": len(names)}
            work.record(by, "place.decide", f"claim:{claim_id}", {"decision": made_id, **detail})
            return _found(work.connection, made_id)


def _changes(connection: Connection, places: Mapping[ClaimId, Place | None]) -> dict[str, _Change]:
    before = places_of(connection, places.keys())
    return {one: (_plain(before.get(one)), _plain(place)) for one, place in places.items()}


def _plain(place: Place | None) -> list[Any] | None:
    if place is None:
        return None
    point, precision, *rest = astuple(place)
    return [list(point), precision.value, *rest]


def _place(held: Any) -> Place | None:
    if held is None:
        return None
    (lon, lat), precision, *rest = held
    return Place(Point(lon, lat), Precision(precision), *rest)


def _restore_places(work: Work, changes: Mapping[str, _Change], *, own: Sequence[ClaimId]) -> None:
    """Put back the places of claims that nothing has moved since.

    Others than those of the decision's ``own`` text stay where a person decided of them.
    """
    claims = [ClaimId(one) for one in changes]
    now = places_of(work.connection, claims)
    decided = settled(work.connection, claims) - frozenset(own)
    write_places(
        work,
        {
            one: _place(changes[one][0])
            for one in claims
            if one not in decided and now.get(one) == _place(changes[one][1])
        },
    )


def _teach(work: Work, entries: Sequence[GazetteerEntry]) -> list[list[Any]]:
    """Add place names, and return each with what was there before and is after."""
    ids = [gazetteer_id_of(work.cipher, one) for one in entries]
    if not ids:
        return []
    before = _entries(work, ids)
    learn_gazetteer_entries(work, entries)
    after = _entries(work, ids)
    return [[one, before.get(one), after[one]] for one in dict.fromkeys(ids)]


def _unlearn(work: Work, seq: int, taught: Sequence[Sequence[Any]]) -> None:
    """Put back place names; where a later decision taught the same one, that one still does."""
    later = {
        row.id: json.loads(row.taught)
        for row in work.connection.execute(
            select(_TABLE.c.id, _TABLE.c.taught)
            .where(_OPEN, _TABLE.c.seq > seq)
            .order_by(_TABLE.c.seq.desc())
        )
    }
    now = _entries(work, [one for one, _, _ in taught])
    for name_id, before, after in taught:
        next_id = None
        for decision_id, names in later.items():  # the last that is met was made first
            if any(one == name_id for one, _, _ in names):
                next_id = decision_id
        if next_id is not None:
            names = [[a, before if a == name_id else b, c] for a, b, c in later[next_id]]
            later[next_id] = names
            _write(work, next_id, taught=json.dumps(names, ensure_ascii=False))
        elif now.get(name_id) == after:
            work.connection.execute(
                delete(GazetteerEntryRow).where(GazetteerEntryRow.id == name_id)
            )
            if before is not None:
                put_gazetteer_entries(work, [_entry(before)])


def _entries(work: Work, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    wanted = set(ids)
    return {
        one: _entry_json(entry)
        for entry in read_gazetteer_entries(work.connection)
        if (one := gazetteer_id_of(work.cipher, entry)) in wanted
    }


def _entry_json(entry: GazetteerEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": str(entry.kind),
        "point": [entry.point.lon, entry.point.lat],
        "aliases": list(entry.aliases),
        "township": entry.township,
        "village": entry.village,
        "road": entry.road,
        "number": entry.number,
    }


def _entry(held: Mapping[str, Any]) -> GazetteerEntry:
    return GazetteerEntry(
        **{**held, "point": Point(*held["point"]), "aliases": tuple(held["aliases"])}
    )


def _write(work: Work, decision_id: str, **values: Any) -> None:
    work.connection.execute(update(_TABLE).where(_TABLE.c.id == decision_id).values(**values))


def _found(connection: Connection, decision_id: str) -> PlaceDecision:
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == decision_id)).one()
    return _decision(row._mapping)


def _decision(row: RowMapping) -> PlaceDecision:
    return PlaceDecision(
        row["id"],
        ClaimId(row["claim_id"]),
        PlaceVerdict(row["verdict"]),
        PlaceBasis(row["basis"]),
        None if row["position"] is None else Point(*json.loads(row["position"])),
        row["decided_by"],
        row["decided_at"],
        tuple(_entry(after) for _, _, after in json.loads(row["taught"])),
        row["spread_at"],
        row["withdrawn_at"],
    )
