"""Warns where the positions of a file fit the known places better in another datum."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from data.imports.rows import StatedPosition
from geo.datum_evidence import KnownPlaces, judge_datum
from geo.messages import Message
from geo.model import Datum

__all__ = ["datum_notes"]


def datum_notes(
    positions: Iterable[StatedPosition], known: Callable[[], KnownPlaces]
) -> tuple[Message, ...]:
    """Return a warning for each stated datum that the known places contradict.

    The positions stay as they are stated: a person decides.
    """
    by_datum: dict[Datum, list[StatedPosition]] = {}
    for position in positions:
        by_datum.setdefault(position.datum, []).append(position)
    places = known()
    judged = (
        (
            datum,
            judge_datum(
                [(one.lon, one.lat) for one in group], places, names=[one.name for one in group]
            ),
        )
        for datum, group in by_datum.items()
    )
    return tuple(
        evidence.message(datum) for datum, evidence in judged if evidence.contradicts(datum)
    )
