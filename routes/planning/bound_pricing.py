"""The best routes of each kind of shift at given prices of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints
from routes.planning.bound_kernels import (
    BIT,
    NODE,
    PARENT,
    SERVICE_S,
    Pool,
    Rest,
    Trip,
    Way,
    complete,
    extend,
    open_pool,
    retime,
    start_hope,
)
from routes.planning.bound_master import Column, Duals
from routes.planning.bound_network import Flags, Kind, Network

__all__ = ["Priced", "Pricer"]

_ROOM = 1_500_000  # labels
_PARTS = 1000  # of a shift, in which labels are compared and what can follow is reckoned
_QUICK_PARTS = 560  # where routes may be missed
_ROUTES = 40  # handed out of one pricing
_NEAR = 16  # debtors that are remembered about each at first
_FIRST_SLACK = 0.01  # how far below the hoped for worth routes are looked for at first
_LEAST_SLACK = 0.003
_SLACK_GROWTH = 1.5
_PROMISING = 350  # nodes that are looked at where not all need be
_LEG_S = 300.0  # of a leg, where it only matters roughly
_AT_ONCE = 8  # parts of the day between two questions whether to go on


@dataclass(frozen=True, slots=True)
class Priced:
    """What pricing found.

    Parameters
    ----------
    upper
        No route is worth more beyond its rows, if this was asked for.
    best
        The most that one of those found is, or the floor.
    columns
        Routes above the floor.
    """

    upper: float
    best: float
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """A kind of shift with the nodes that are worth their rows; ``chosen`` numbers them.

    The shift is looked at in so many ``parts`` or some more.
    """

    kind: Kind
    chosen: Ints
    places: Ints
    way: Way
    trip: Trip
    parts: int


class Pricer:
    """Finds routes, with what it learned about each kind of shift.

    Parameters
    ----------
    network
        What routes may do.
    over
        Asked now and then whether time is up.
    """

    def __init__(self, network: Network, over: Callable[[], bool]) -> None:
        self._network = network
        self._over = over
        self._value = np.array([node.value for node in network.nodes])
        self._row_of = np.array([node.row for node in network.nodes], dtype=np.int64)
        self._taken_s = np.array([node.service_s + _LEG_S for node in network.nodes])
        self._near = _near(network)
        self._slack: dict[int, float] = {}

    def forbids(self, nodes: tuple[int, ...]) -> bool:
        """Return whether a route comes back to a debtor that is still remembered."""
        rows = self._row_of[list(nodes)].tolist()
        for late, row in enumerate(rows):
            for early in range(late - 1, -1, -1):
                if rows[early] == row:
                    return True
                if not self._near[rows[early], row]:
                    break
        return False

    def remember(self, nodes: tuple[int, ...]) -> bool:
        """Forbid a route that serves a debtor twice; False if it does not."""
        rows = self._row_of[list(nodes)].tolist()
        last: dict[int, int] = {}
        found = False
        for at, row in enumerate(rows):
            if row in last:
                self._near[rows[last[row] : at], row] = True
                found = True
            last[row] = at
        return found

    def singles(self, k: int) -> list[Column]:
        """Return the routes of one stop."""
        kind = self._network.kinds[k]
        this = self._round(kind, np.ones(len(self._value)), 1)
        return [
            column
            for at in range(len(this.chosen))
            if (column := self._column(k, this, (at,))) is not None
        ]

    def price(self, k: int, duals: Duals, *, floor: float, keep: int, exact: bool) -> Priced | None:
        """Find the best routes of a kind of shift.

        Parameters
        ----------
        k
            The kind.
        duals
            Prices of the rows.
        floor
            Routes worth no more beyond their rows are not looked for.
        keep
            Most labels of one list.
        exact
            Whether ``upper`` must hold.

        Returns
        -------
        Priced or None
            None if time or room ran out.
        """
        kind = self._network.kinds[k]
        floor = max(0.0, floor)
        gain = self._value - self._network.uses.T @ duals.rows
        parts = _PARTS if exact else _QUICK_PARTS
        this = self._round(kind, gain if exact else self._promising(kind, gain), parts)
        if not len(this.chosen) or kind.end_s < kind.begins_s:
            return Priced(floor, floor, ())
        rest = self._completed(this)
        hope = max(
            start_hope(this.way, this.trip, rest, taken, at_s)
            for taken, at_s in kind.starts.tolist()
        )
        least = floor - kind.stay
        if hope <= least:
            return Priced(floor, floor, ())
        slack = self._slack.get(k, _FIRST_SLACK)
        scale = abs(hope) or hope - least
        while True:
            threshold = least if exact else max(hope - slack * scale, least)
            pool = self._labelled(this, rest, threshold, keep if exact else -keep)
            if pool is None:
                return None
            top = float(pool.worth.max())
            if top > threshold or threshold <= least:
                break
            slack *= _SLACK_GROWTH
        if not exact:
            near = 1.3 * (hope - max(top, threshold)) / scale
            self._slack[k] = max(_LEAST_SLACK, near)
        columns = self._columns(k, this, pool, threshold)
        rows = self._value - gain
        best = max((c.worth - float(rows[list(c.nodes)].sum()) for c in columns), default=0.0)
        return Priced(max(threshold, top) + kind.stay, max(floor, best), columns)

    def _promising(self, kind: Kind, gain: Floats) -> Floats:
        """Return gains without those that are small for the time that they take."""
        rate = gain / self._taken_s
        own = np.sort(rate[kind.nodes])[::-1]
        if len(own) <= _PROMISING:
            return gain
        return np.where(rate >= own[_PROMISING], gain, 0.0)

    def _round(self, kind: Kind, gain: Floats, parts: int) -> _Round:
        network = self._network
        chosen = kind.nodes[gain[kind.nodes] > 0.0]
        at = np.array([network.nodes[k].place for k in chosen], dtype=np.int64)
        order = np.argsort(at, kind="stable")
        chosen, at = chosen[order], at[order]
        there, places = np.unique(at, return_inverse=True)
        rows, bits = np.unique(self._row_of[chosen], return_inverse=True)
        words = max(1, -(-len(rows) // 64))
        near = np.zeros((len(rows), words * 64), dtype=np.bool_)
        near[:, : len(rows)] = self._near[np.ix_(rows, rows)]
        nodes = [network.nodes[k] for k in chosen]
        ends = np.cumsum([len(node.spans) for node in nodes], dtype=np.int64)
        table = np.array(
            [
                (bit, node.service_s, node.load, end - len(node.spans), end, node.spans[-1][1])
                for node, bit, end in zip(nodes, bits.tolist(), ends.tolist(), strict=True)
            ],
            dtype=np.int64,
        ).reshape(-1, 6)
        spans = [span for node in nodes for span in node.spans]
        way = network.ways[kind.profile]
        cut = np.concatenate([there, [kind.start_place, kind.end_place]])
        cells = np.ix_(np.arange(len(way.ends_s)), cut, cut)
        return _Round(
            kind,
            chosen,
            places,
            Way(
                way.ends_s,
                *(np.ascontiguousarray(of[cells]) for of in (way.leg_s, way.later_s, way.paid_s)),
            ),
            Trip(
                np.append(np.searchsorted(at, there), len(chosen)),
                table,
                gain[chosen],
                np.array(spans, dtype=np.int64).reshape(-1, 2),
                kind.pauses,
                np.packbits(near, axis=1, bitorder="little").view(np.uint64),
                kind.end_s,
                kind.late_from_s,
                kind.most_stops,
                kind.most_load,
                network.second_cost,
                network.late_cost,
            ),
            parts,
        )

    def _completed(self, this: _Round) -> Rest:
        part_s, parted = _shape(this)
        shape = (*parted, 3)
        rest = Rest(
            np.empty(shape),
            np.empty(shape),
            np.empty(shape, dtype=np.int32),
            np.empty(shape, dtype=np.int32),
            this.kind.begins_s,
            part_s,
            1.0 / part_s,
        )
        complete(this.way, this.trip, rest)
        return rest

    def _labelled(self, this: _Round, rest: Rest, threshold: float, keep: int) -> Pool | None:
        _, shape = _shape(this)
        parts = shape[-1]
        n = len(this.chosen)
        pool = Pool(
            np.empty((_ROOM, 10), dtype=np.int32),
            np.empty(_ROOM),
            np.empty((_ROOM, this.trip.near.shape[1]), dtype=np.uint64),
            np.empty(shape, dtype=np.int32),
            np.empty(shape, dtype=np.int32),
            np.empty(shape),
            np.empty(shape),
            np.empty(parts, dtype=np.int32),
            np.empty(n, dtype=np.int32),
            np.empty(n),
            np.zeros(2, dtype=np.int64),
        )
        open_pool(pool)
        for part in range(0, parts, _AT_ONCE):
            span = np.array([part, min(parts, part + _AT_ONCE)], dtype=np.int64)
            if self._over() or not extend(
                this.way, this.trip, rest, pool, this.kind.starts, span, threshold, keep
            ):
                return None
        return pool

    def _columns(self, k: int, this: _Round, pool: Pool, threshold: float) -> tuple[Column, ...]:
        """Return the best routes, each also without what it serves twice."""
        found: dict[tuple[int, ...], Column] = {}
        for node in np.argsort(-pool.worth)[:_ROUTES].tolist():
            if pool.worth[node] <= threshold:
                break
            path: list[int] = []
            at = int(pool.ended[node])
            while at >= 0:
                path.append(int(pool.labels[at, NODE]))
                at = int(pool.labels[at, PARENT])
            path.reverse()
            for stops in (tuple(path), _once(this.trip, path)):
                column = self._column(k, this, stops)
                if column is not None:
                    found[column.nodes] = column
        return tuple(found.values())

    def _column(self, k: int, this: _Round, stops: tuple[int, ...]) -> Column | None:
        """Return a route with its worth, None if it is late."""
        at = np.array(stops, dtype=np.int64)
        less = retime(this.way, this.trip, this.kind.starts, at, this.places[at])
        if less == -np.inf:
            return None
        nodes = this.chosen[at]
        worth = float(self._value[nodes].sum()) + less + this.kind.stay
        return Column(k, tuple(nodes.tolist()), worth)


def _once(trip: Trip, path: list[int]) -> tuple[int, ...]:
    """Return a route with only the best of its visits to each debtor."""
    best: dict[int, int] = {}
    for at, node in enumerate(path):
        bit = int(trip.nodes[node, BIT])
        if bit not in best or trip.gain[path[best[bit]]] < trip.gain[node]:
            best[bit] = at
    return tuple(path[at] for at in sorted(best.values()))


def _shape(this: _Round) -> tuple[int, tuple[int, int, int]]:
    """Return the seconds of a part, and the shape of what has parts.

    A length of which all services are multiples loses no time where they end.
    """
    length_s = this.kind.end_s - this.kind.begins_s
    most_s = max(1, length_s // this.parts)
    common_s = int(np.gcd.reduce(this.trip.nodes[:, SERVICE_S]))
    even = [k for k in range(1 + most_s // 2, most_s + 1) if common_s % k == 0]
    part_s = even[-1] if even else most_s
    places = len(this.trip.first) - 1
    return part_s, (len(this.kind.pauses) + 1, places, length_s // part_s + 1)


def _near(network: Network) -> Flags:
    """Return which rows are remembered at which: those whose doors are nearest."""
    n_rows = len(network.most)
    places = np.array([node.place for node in network.nodes], dtype=np.int64)
    row_of = np.array([node.row for node in network.nodes], dtype=np.int64)
    away_s = np.min([way.paid_s[0] for way in network.ways], axis=0)
    near = np.eye(n_rows, dtype=np.bool_)
    for row in np.unique(row_of):
        from_s = away_s[places[row_of == row]].min(axis=0)[places]
        least_s = np.full(n_rows, np.inf)
        np.minimum.at(least_s, row_of, from_s)
        closest = np.argsort(least_s, kind="stable")[: _NEAR + 1]
        near[row, closest[np.isfinite(least_s[closest])]] = True
    return near
