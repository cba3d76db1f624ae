"""The road network as it is written: shared nodes, ways with tags, turn restrictions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from data.demo.expressway import build_expressway
from data.demo.frame import equal_runs, segments_m, stream
from data.demo.mesh import Mesh
from data.demo.noding import node_lines
from data.demo.plan import DistrictPlan
from data.demo.relief import Relief
from data.demo.roadnames import name_lines
from data.demo.roads import Corridors, Line
from data.demo.settlements import Settlements
from data.demo.streets import Zone
from geo.model import Floats, Ints

__all__ = ["Network", "Restriction", "Way", "build_network"]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way: positions of its nodes, its tags, its zone (-1 outside settlements)."""

    nodes: tuple[int, ...]
    tags: dict[str, str]
    zone: int = -1

    @property
    def road_class(self) -> str:
        """Value of ``highway``."""
        return self.tags["highway"]

    @property
    def name(self) -> str:
        """Name, or an empty text."""
        return self.tags.get("name", "")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A forbidden turn: positions of two ways and of the node between them."""

    kind: str
    from_way: int
    via_node: int
    to_way: int


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Road nodes in metres with tags of some, ways, and restrictions.

    ``exits`` holds name and node of each toll plaza; ``islands`` the ways left disconnected.
    """

    nodes_m: Floats
    node_tags: dict[int, dict[str, str]]
    ways: tuple[Way, ...]
    restrictions: tuple[Restriction, ...]
    exits: tuple[tuple[str, int], ...]


def build_network(
    plan: DistrictPlan,
    relief: Relief,
    mesh: Mesh,
    places: Settlements,
    zones: tuple[Zone, ...],
    corridors: Corridors,
    lines: list[Line],
    *,
    seed: int,
) -> Network:
    """Node the crossings, clear fragments, name and tag the ways, and add the expressway."""
    rng = stream(seed, "network")
    nodes, noded = node_lines([line.xy_m for line in lines])
    trimmed = _trim(nodes, noded, lines)
    alive = [i for i, refs in enumerate(trimmed) if len(refs) > 1]
    lines, noded = [lines[i] for i in alive], [trimmed[i] for i in alive]
    lines, noded = _connected(nodes, noded, lines, relief)
    lengths = [float(np.hypot(*np.diff(nodes[refs], axis=0).T).sum()) for refs in noded]
    names = name_lines(plan, places, zones, mesh, lines, lengths, seed=seed)
    ways: list[Way] = []
    shapely.prepare(relief.river)
    for line, refs, name in zip(lines, noded, names, strict=True):
        tags = _tags(line, name, rng)
        for part, bridge in _at_water(refs, nodes, relief.river):
            extra = {"bridge": "yes", "layer": "1"} if bridge else {}
            ways.append(Way(part, tags | extra, line.zone))
    ways = _with_oneways(len(nodes), ways, rng)
    ways, restrictions = _restrict(ways, nodes, plan.restrictions, rng)
    node_tags: dict[int, dict[str, str]] = {}
    ways = _gates(ways, node_tags, len(nodes), rng)
    ways, nodes = _islands(ways, nodes, mesh, rng)
    nodes, ways, exits = build_expressway(
        relief, mesh, corridors, nodes, ways, node_tags, make_way=Way
    )
    nodes, ways, node_tags, restrictions, exits = _compact(
        nodes, ways, node_tags, restrictions, exits
    )
    return Network(nodes, node_tags, tuple(ways), tuple(restrictions), tuple(exits))


def _degrees(count: int, noded: list[Ints]) -> Ints:
    pairs = np.concatenate(
        [np.concatenate([refs[:-1], refs[1:]]) for refs in noded if len(refs) > 1]
    )
    return np.bincount(pairs, minlength=count)


def _trim(nodes: Floats, noded: list[Ints], lines: list[Line]) -> list[Ints]:
    """Cut loose stubs that overshoot a crossing by less than 20 m."""
    degree = _degrees(len(nodes), noded)
    out: list[Ints] = []
    for refs, line in zip(noded, lines, strict=True):
        run = refs
        if line.zone >= 0:
            for _ in range(2):
                run = run[::-1]
                at = 0
                length = 0.0
                while at < len(run) - 1 and degree[run[at]] <= (1 if at == 0 else 2):
                    length += float(np.hypot(*(nodes[run[at + 1]] - nodes[run[at]])))
                    at += 1
                if at > 0 and length < 20.0 and degree[run[at]] > 2:
                    run = run[at:]
        out.append(run)
    return out


def _components(count: int, noded: list[Ints]) -> Ints:
    a = np.concatenate([refs[:-1] for refs in noded])
    b = np.concatenate([refs[1:] for refs in noded])
    graph = coo_matrix((np.ones(len(a)), (a, b)), (count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _connected(
    nodes: Floats, noded: list[Ints], lines: list[Line], relief: Relief
) -> tuple[list[Line], list[Ints]]:
    """Link larger fragments to the main network; drop the small ones."""
    label = _components(len(nodes), noded)
    used = np.unique(np.concatenate(noded))
    sizes = np.bincount(label[used])
    main = int(np.argmax(sizes))
    main_nodes = used[label[used] == main]
    tree = cKDTree(nodes[main_nodes])
    shapely.prepare(relief.river)
    linked = {main}
    links: list[tuple[Line, Ints]] = []
    for part in np.flatnonzero(sizes >= 7):
        if part == main:
            continue
        mine = used[label[used] == part]
        gap, near = tree.query(nodes[mine])
        best = int(np.argmin(gap))
        ends = nodes[[int(mine[best]), int(main_nodes[near[best]])]]
        if gap[best] < 260.0 and not relief.river.intersects(shapely.LineString(ends)):
            zone = next(
                line.zone for line, refs in zip(lines, noded, strict=True) if label[refs[0]] == part
            )
            links.append(
                (
                    Line("service", ends, zone=zone),
                    np.asarray([mine[best], main_nodes[near[best]]], dtype=np.int64),
                )
            )
            linked.add(int(part))
    kept = [i for i, refs in enumerate(noded) if int(label[refs[0]]) in linked]
    return (
        [lines[i] for i in kept] + [line for line, _ in links],
        [noded[i] for i in kept] + [refs for _, refs in links],
    )


_SPEEDS: dict[str, tuple[tuple[str, float], ...]] = {
    "trunk": (("80", 0.7), ("80 km/h", 0.2), ("", 0.1)),
    "primary": (("60", 0.5), ("70", 0.1), ("60 km/h", 0.1), ("CN:urban", 0.03), ("", 0.27)),
    "secondary": (("50", 0.3), ("40;50", 0.03), ("60", 0.1), ("", 0.57)),
    "tertiary": (("40", 0.2), ("限速40", 0.02), ("40km/h", 0.03), ("", 0.75)),
    "unclassified": (("30", 0.08), ("", 0.92)),
    "residential": (("30", 0.05), ("walk", 0.01), ("", 0.94)),
    "service": (("5", 0.02), ("", 0.98)),
    "track": (("", 1.0),),
}


def _tags(line: Line, name: tuple[str, str], rng: np.random.Generator) -> dict[str, str]:
    tags = {"highway": line.road_class}
    if name[0]:
        tags["name"] = name[0]
    if name[1]:
        tags["ref"] = name[1]
    texts, shares = zip(*_SPEEDS[line.road_class], strict=True)
    speed = texts[int(rng.choice(len(texts), p=shares))]
    if speed:
        tags["maxspeed"] = speed
    if line.road_class in ("trunk", "primary") and rng.random() < 0.8:
        tags["lanes"] = "4" if line.road_class == "trunk" else "2"
    if line.road_class == "track":
        tags["surface"] = "unpaved"
    return tags


def _at_water(refs: Ints, nodes: Floats, river: BaseGeometry) -> list[tuple[tuple[int, ...], bool]]:
    """Split a line so that what crosses the river is a piece of its own."""
    wet = np.atleast_1d(shapely.intersects(river, segments_m(nodes[refs])))
    if not wet.any():
        return [(tuple(refs.tolist()), False)]
    return [(tuple(refs[a : b + 1].tolist()), bool(wet[a])) for a, b in equal_runs(wet)]


def _with_oneways(count: int, ways: list[Way], rng: np.random.Generator) -> list[Way]:
    """Make some town streets one-way where every place stays reachable both ways."""
    fit = [
        i
        for i, way in enumerate(ways)
        if way.zone >= 0 and way.road_class in ("residential", "tertiary") and len(way.nodes) > 3
    ]
    chosen = {i for i in fit if rng.random() < 0.09}
    for _ in range(6):
        rows, cols = [], []
        for i, way in enumerate(ways):
            refs = np.asarray(way.nodes)
            rows.append(refs[:-1])
            cols.append(refs[1:])
            if i not in chosen:
                rows.append(refs[1:])
                cols.append(refs[:-1])
        a, b = np.concatenate(rows), np.concatenate(cols)
        graph = coo_matrix((np.ones(len(a)), (a, b)), (count, count))
        label = connected_components(graph, directed=True, connection="strong")[1]
        main = int(np.argmax(np.bincount(label[np.unique(a)])))
        broken = {i for i in chosen if (label[list(ways[i].nodes)] != main).any()}
        if not broken:
            break
        chosen -= broken
    else:
        chosen = set()
    return [
        replace(way, tags=way.tags | {"oneway": "yes"}) if i in chosen else way
        for i, way in enumerate(ways)
    ]


def _restrict(
    ways: list[Way], nodes: Floats, wanted: int, rng: np.random.Generator
) -> tuple[list[Way], list[Restriction]]:
    """Forbid some turns from side streets into main roads, splitting the main road there."""
    ends: dict[int, list[int]] = {}
    inner: dict[int, list[int]] = {}
    for i, way in enumerate(ways):
        if "oneway" in way.tags:
            continue
        for node in (way.nodes[0], way.nodes[-1]):
            ends.setdefault(node, []).append(i)
        if way.road_class in ("trunk", "primary", "secondary"):
            for node in way.nodes[1:-1]:
                inner.setdefault(node, []).append(i)
    fit = sorted(
        node for node, mains in inner.items() if len(mains) == 1 and len(ends.get(node, ())) == 1
    )
    ways = list(ways)
    taken: set[int] = set()
    found: list[Restriction] = []
    for node in rng.permutation(np.asarray(fit, dtype=np.int64)):
        if len(found) == wanted:
            break
        main, side = inner[int(node)][0], ends[int(node)][0]
        if main in taken or side in taken or main == side:
            continue
        taken |= {main, side}
        at = ways[main].nodes.index(int(node))
        first = replace(ways[main], nodes=ways[main].nodes[: at + 1])
        second = replace(ways[main], nodes=ways[main].nodes[at:])
        ways[main] = first
        ways.append(second)
        side_refs = ways[side].nodes
        before = side_refs[1] if side_refs[0] == node else side_refs[-2]
        came = nodes[int(node)] - nodes[before]
        goes = nodes[first.nodes[-2]] - nodes[int(node)]
        left = came[0] * goes[1] - came[1] * goes[0] > 0
        found.append(Restriction("no_left_turn", side, int(node), main if left else len(ways) - 1))
    return ways, found


def _gates(
    ways: list[Way], node_tags: dict[int, dict[str, str]], count: int, rng: np.random.Generator
) -> list[Way]:
    """Close a few service lanes with gates."""
    degree = _degrees(count, [np.asarray(way.nodes) for way in ways])
    fit = [
        i
        for i, way in enumerate(ways)
        if way.road_class == "service"
        and len(way.nodes) > 3
        and (degree[way.nodes[0]] == 1 or degree[way.nodes[-1]] == 1)
    ]
    ways = list(ways)
    for i in rng.permutation(np.asarray(fit, dtype=np.int64))[: max(2, len(fit) // 25)]:
        way = ways[int(i)]
        node_tags[way.nodes[1] if degree[way.nodes[0]] > 1 else way.nodes[-2]] = {
            "barrier": "gate",
            "access": "private",
        }
        ways[int(i)] = replace(way, tags=way.tags | {"access": "private"})
    return ways


def _islands(
    ways: list[Way], nodes: Floats, mesh: Mesh, rng: np.random.Generator
) -> tuple[list[Way], Floats]:
    """Add three short roads that meet no other, as careless mapping leaves them."""
    used = np.unique(np.concatenate([np.asarray(way.nodes) for way in ways]))
    away = cKDTree(nodes[used]).query(mesh.xy_m)[0]
    fit = np.flatnonzero(mesh.dry & mesh.inside & (away > 190.0))
    for spot in rng.choice(fit, 3, replace=False):
        turn = rng.uniform(0.0, np.pi)
        along = np.linspace(-60.0, 60.0, 5)[:, None] * [np.cos(turn), np.sin(turn)]
        added = mesh.xy_m[spot] + along + rng.normal(0.0, 4.0, (5, 2))
        refs = tuple(range(len(nodes), len(nodes) + 5))
        nodes = np.concatenate([nodes, added])
        ways = [*ways, Way(refs, {"highway": "service"})]
    return ways, nodes


def _compact(
    nodes: Floats,
    ways: list[Way],
    node_tags: dict[int, dict[str, str]],
    restrictions: list[Restriction],
    exits: list[tuple[str, int]],
) -> tuple[Floats, list[Way], dict[int, dict[str, str]], list[Restriction], list[tuple[str, int]]]:
    """Leave out nodes that no way uses."""
    used = np.unique(np.concatenate([np.asarray(way.nodes) for way in ways]))
    place = np.full(len(nodes), -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return (
        nodes[used],
        [replace(way, nodes=tuple(place[list(way.nodes)].tolist())) for way in ways],
        {int(place[node]): tags for node, tags in node_tags.items()},
        [replace(r, via_node=int(place[r.via_node])) for r in restrictions],
        [(name, int(place[node])) for name, node in exits],
    )
