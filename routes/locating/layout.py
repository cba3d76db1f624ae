"""How the kernels take their arrays, and where they write meanwhile."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints

__all__ = [
    "Flags",
    "Index",
    "Model",
    "Places",
    "Room",
    "Small",
    "Visits",
    "frozen",
    "room_of",
]

Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int32]
Small = npt.NDArray[np.int8]


class Places(NamedTuple):
    """Places of the debtors, one after the other.

    ``first[d]`` to ``first[d + 1]`` are those of debtor ``d``. ``home`` and ``day`` are log
    weights against *elsewhere* and *none*, -inf where it is no such place; ``home_row`` and
    ``day_row`` the rows of the model's tables; ``told[p, band]`` whether a lead speaks of
    the band. ``home_on`` and ``day_on``: how many times likelier what was answered is if it is
    such a place now; 0 where it cannot be.
    ``company`` by debtor.
    """

    first: Ints
    home: Floats
    day: Floats
    home_row: Ints
    day_row: Ints
    told: Flags
    home_on: Floats
    day_on: Floats
    company: Flags


class Visits(NamedTuple):
    """Visits in the order of their days and bands, by debtor or by set.

    ``hour`` is band x day type, in one number. ``base`` is the log likelihood of what was
    reported if the debtor does not belong there, ``absent`` that of being out less ``base``;
    ``gain`` the likelihood of being there over that of being out.
    """

    first: Ints
    place: Index
    day: Index
    band: Small
    hour: Small
    base: Floats
    absent: Floats
    gain: Floats


class Model(NamedTuple):
    """Presence and its complement, log weights of the nodes of habit, probabilities of away.

    ``there`` and ``out``: by told, row (township x kind), hour (band x day type) and node.
    ``away``: for the week, for the day. ``rate``: moves a week, of a residence, a day place, a
    seat. ``week``: one number, the week of now.
    """

    there: Floats
    out: Floats
    node: Floats
    away: Floats
    rate: Floats
    week: Ints


class Room(NamedTuple):
    """Where the kernels write meanwhile.

    Groups of residences and of day places, each by one of its places, with their probabilities
    before any visit; by place (and *none*), its group, -1 if it is no such place, and its share
    of the group. For sets of visits: groups or places, their shares, those with the same
    presence, probabilities by node. A selection of visits, the
    joint posterior of groups and habit, one week's likelihoods and what later weeks say by state;
    the last week with visits. For learning, of each such week: where its visits begin, and the
    posterior up to it.
    """

    homes: Ints
    days: Ints
    p_home: Floats
    p_day: Floats
    is_lump: Flags
    is_told: Flags
    home_group: Ints
    day_group: Ints
    home_share: Floats
    day_share: Floats
    of_home: Ints
    of_day: Ints
    at_home: Ints
    at_day: Ints
    part_home: Floats
    part_day: Floats
    alike: Ints
    mass: Floats
    own: Ints
    joint: Floats
    like: Floats
    beta: Floats
    week: Ints
    begins: Ints
    past: Floats

    def merged(self) -> tuple[Visits, Visits]:
        """Return room for past visits and planned ones in one order: with them, and without."""
        size = self.own.shape[0]
        after = Visits(
            first=np.zeros(1, np.int64),
            place=np.empty(size, np.int32),
            day=np.empty(size, np.int32),
            band=np.empty(size, np.int8),
            hour=np.empty(size, np.int8),
            base=np.empty(size),
            absent=np.empty(size),
            gain=np.empty(size),
        )
        return after, after._replace(gain=np.empty(size))


def room_of(
    places: Places,
    visits: Visits,
    model: Model,
    debtors: Ints,
    planned: int = 0,
    *,
    keep: bool = False,
) -> Room:
    """Return room enough for any of these debtors and so many planned visits.

    ``keep``: also for the posterior of each week of a debtor, as learning needs it.
    """
    n_places = places.first[debtors + 1] - places.first[debtors]
    n_visits = visits.first[debtors + 1] - visits.first[debtors]
    states = (n_places + 1) ** 2 * len(model.node)
    anchors, size = int(n_places.max(initial=0)) + 1, int(states.max(initial=1))
    most = int(n_visits.max(initial=0))
    return Room(
        homes=np.empty(anchors, np.int64),
        days=np.empty(anchors, np.int64),
        p_home=np.empty(anchors),
        p_day=np.empty(anchors),
        is_lump=np.empty(anchors, np.bool_),
        is_told=np.empty(anchors, np.bool_),
        home_group=np.empty(anchors, np.int64),
        day_group=np.empty(anchors, np.int64),
        home_share=np.empty(anchors),
        day_share=np.empty(anchors),
        of_home=np.empty(2 * anchors, np.int64),
        of_day=np.empty(2 * anchors, np.int64),
        at_home=np.empty(2 * anchors, np.int64),
        at_day=np.empty(2 * anchors, np.int64),
        part_home=np.empty(2 * anchors),
        part_day=np.empty(2 * anchors),
        alike=np.empty(2 * anchors, np.int64),
        mass=np.empty(2 * anchors * len(model.node)),
        own=np.empty(most + planned, np.int64),
        joint=np.empty(size),
        like=np.empty(size),
        beta=np.empty(size),
        week=np.empty(1, np.int64),
        begins=np.empty(most if keep else 0, np.int64),
        past=np.empty(int((states * n_visits).max(initial=0)) if keep else 0),
    )


_A = TypeVar("_A", Model, Places, Visits)


def frozen(arrays: _A) -> _A:
    """Clear the writeable flags, so that the kernels are compiled for one kind of array."""
    for array in arrays:
        array.setflags(write=False)
    return arrays
