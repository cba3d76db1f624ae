"""Pieces of road made into a network: barriers, lights, largest parts, junctions, turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import NetworkFileError
from geo.model import Ints
from geo.network import NetworkReport, RoadNetwork
from geo.roadaccess import Barrier
from geo.roadchains import Chains, Segments, contract, joined, shares_ends
from geo.roaddata import RoadData
from geo.roadlights import nodes_with_lights
from geo.roadparts import parts
from geo.roadtags import RoadClass
from geo.turnties import tie_to_roads, via_rows

__all__ = ["network_from"]

_SAME_PLACE_M = 0.001
_POINTS = (RoadClass.GATE, RoadClass.TOLL_BOOTH)


def network_from(data: RoadData, *, source: str, source_sha256: str) -> RoadNetwork:
    """Make a network of what was read.

    Nodes in one place that a road of no length joins become one; barriers become roads of
    their own; what lies in no largest part (:func:`geo.roadparts.parts`) is dropped, but its
    lines are kept for the map; pieces are joined to roads between junctions.

    Raises
    ------
    NetworkFileError
        If no road is left, or the roads lie on both sides of the antimeridian.
    """
    count = len(data.node_id)
    place = _one_a_place(data.segments, count)
    segments = data.segments.renumbered(place)
    stays = (segments.tail != segments.head) | (segments.length_m > _SAME_PLACE_M)
    stays |= np.isin(segments.road_class, _POINTS)
    segments = segments.take(np.flatnonzero(stays))
    barriers = {int(place[node]): each for node, each in data.barriers.items()}
    lights = [light._replace(node=int(place[light.node])) for light in data.lights]
    lit = nodes_with_lights(segments, count, lights)
    segments, twin_of, ambiguous = _with_barriers(segments, count, barriers)
    node_lonlat = np.concatenate([data.node_lonlat, data.node_lonlat[twin_of]])
    node_id = np.concatenate([data.node_id, data.node_id[twin_of]])
    lit = np.concatenate([lit, np.zeros(len(twin_of), dtype=bool)])
    found = parts(segments, len(node_id))
    dropped = segments.take(np.flatnonzero(~found.kept))
    chains, vias = _joined_roads(segments.take(np.flatnonzero(found.kept)), data, place, node_id)
    used = np.unique(np.concatenate([chains.roads.tail, chains.roads.head]))
    if not len(used):
        raise NetworkFileError(
            "路网文件 %(file)s 中没有可往返通行的道路，请核对单行与通行标签",
            file=source,
        )
    _refuse_antimeridian(chains.roads, source)
    renumber = np.zeros(len(node_id), dtype=np.int64)
    renumber[used] = np.arange(len(used))
    is_used = np.zeros(len(node_id), dtype=bool)
    is_used[used] = True
    chains = replace(chains, roads=chains.roads.renumbered(renumber))
    vias = {key: int(renumber[row]) for key, row in vias.items() if is_used[row]}
    tied = tie_to_roads(data.restrictions, chains, vias)
    roads = chains.roads
    names, name_id = np.unique(np.append(0, roads.name_id), return_inverse=True)
    report = NetworkReport(
        source=source,
        source_sha256=source_sha256,
        nodes_read=count,
        roads_read=len(stays),
        nodes_dropped=int((shares_ends(segments, len(node_id)) > 0).sum())
        - int((shares_ends(segments.take(np.flatnonzero(found.kept)), len(node_id)) > 0).sum()),
        roads_dropped=len(dropped),
        nodes=len(used),
        roads=len(roads),
        arcs=int(roads.access.any(axis=2).sum()),
        names=len(names) - 1,
        roads_of_no_length=int((~stays).sum()),
        barriers_ambiguous=ambiguous,
        parts=found.reports,
        turns_left_ids=tied.left_ids,
        **data.counts,
        **tied.counts,
    )
    return RoadNetwork(
        node_lonlat=node_lonlat[used],
        node_id=node_id[used],
        node_signal=lit[used],
        tail=roads.tail.astype(np.int32),
        head=roads.head.astype(np.int32),
        length_m=roads.length_m,
        road_class=roads.road_class,
        limit_kmh=roads.limit_kmh,
        name_id=name_id[1:].astype(np.int32),
        access=roads.access,
        way_id=roads.way_id,
        geometry_offset=roads.geometry_offset,
        geometry_lonlat=roads.geometry_lonlat,
        turns=tied.turns,
        turn_path_offset=tied.path_offset,
        turn_path_arcs=tied.path_arcs,
        turn_path_rules=tied.path_rules,
        names=tuple(data.names[each] for each in names.tolist()),
        report=report,
        dropped_offset=dropped.geometry_offset,
        dropped_lonlat=dropped.geometry_lonlat,
    )


def _one_a_place(segments: Segments, count: int) -> Ints:
    """Return for each node the first of those that roads of no length join it to."""
    rows = (segments.length_m <= _SAME_PLACE_M) & ~np.isin(segments.road_class, _POINTS)
    ones = np.ones(int(rows.sum()), dtype=np.int8)
    matrix = coo_array((ones, (segments.tail[rows], segments.head[rows])), shape=(count, count))
    _, group = connected_components(matrix.tocsr(), directed=False)
    first = np.unique(group, return_index=True)[1] if count else np.zeros(0, dtype=np.int64)
    place: Ints = np.asarray(first[group], dtype=np.int64)
    return place


def _with_barriers(
    segments: Segments, count: int, barriers: dict[int, Barrier]
) -> tuple[Segments, Ints, int]:
    """Put a road of no length where a barrier stands between two pieces.

    Returns
    -------
    segments, twin_of, ambiguous
        The pieces, the barriers behind them; the nodes whose twins follow the others; how many
        barriers stand where three pieces meet, so that nothing tells which of them is barred.
    """
    degree = shares_ends(segments, count)
    nodes = np.array(sorted(barriers), dtype=np.int64)
    ambiguous = int((degree[nodes] > 2).sum())
    nodes = nodes[degree[nodes] == 2]
    if not len(nodes):
        return segments, nodes, ambiguous
    ends = np.column_stack([segments.tail, segments.head]).reshape(-1)
    order = np.argsort(ends, kind="stable")
    slot = np.searchsorted(ends[order], nodes)  # each has two: the second moves to the twin
    ends[order[slot + 1]] = count + np.arange(len(nodes))
    tail, head = ends.reshape(-1, 2).T
    first = order[slot]
    point = np.where(
        first % 2,
        segments.geometry_offset[first // 2 + 1] - 1,
        segments.geometry_offset[first // 2],
    )
    here = segments.geometry_lonlat[point]
    levels = np.array([barriers[node].levels for node in nodes.tolist()], dtype=np.uint8)
    bars = Segments(
        tail=nodes,
        head=count + np.arange(len(nodes)),
        length_m=np.zeros(len(nodes)),
        road_class=np.array([barriers[n].road_class for n in nodes.tolist()], dtype=np.uint8),
        limit_kmh=np.full((len(nodes), 2), np.nan, dtype=np.float32),
        name_id=np.zeros(len(nodes), dtype=np.int32),
        access=np.repeat(levels[:, None], 2, axis=1),
        way_id=segments.way_id[first // 2],
        geometry_offset=np.arange(len(nodes) + 1) * 2,
        geometry_lonlat=np.repeat(here, 2, axis=0),
    )
    moved = replace(segments, tail=tail.copy(), head=head.copy())
    return joined([moved, bars]), nodes, ambiguous


def _joined_roads(
    segments: Segments, data: RoadData, place: Ints, node_id: Ints
) -> tuple[Chains, dict[int, int]]:
    """Return roads between junctions, and the nodes of turn restrictions by their id."""
    vias = {key: int(place[row]) for key, row in via_rows(data.node_id, data.restrictions).items()}
    keep = np.zeros(len(node_id), dtype=bool)
    keep[list(vias.values())] = True
    return contract(segments, len(node_id), keep=keep), vias


def _refuse_antimeridian(roads: Segments, source: str) -> None:
    lon: npt.NDArray[np.float64] = roads.geometry_lonlat[:, 0]
    if lon.max() - lon.min() > 180.0:
        raise NetworkFileError(
            "路网文件 %(file)s 的道路跨越 180 度经线，无法计算；请在 180 度处分成东西两个文件，"
            "只用本辖区所在的一个",
            file=source,
        )
