"""A road network written as a graph of osmnx, which :mod:`geo.graphreading` reads again."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np

from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode

__all__ = ["graph_of"]

_LEVEL_TEXT = {
    AccessLevel.CLOSED: "no",
    AccessLevel.GATED: "locked",
    AccessLevel.RESTRICTED: "private",
    AccessLevel.OPEN: "yes",
}
_MODE_KEY = {
    TravelMode.MOTOR: "motor_vehicle",
    TravelMode.BICYCLE: "bicycle",
    TravelMode.FOOT: "foot",
}


def graph_of(network: RoadNetwork, mode: TravelMode | None) -> nx.MultiDiGraph:
    """Return what :meth:`geo.network.RoadNetwork.to_graph` does."""
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    levels = network.access if mode is None else network.access[:, :, mode : mode + 1]
    used = levels.any(axis=(1, 2))
    ends = np.concatenate([network.tail[used], network.head[used]])
    streets = np.bincount(ends, minlength=network.node_count).tolist()
    for node, (lon, lat) in enumerate(network.node_lonlat.tolist()):
        graph.add_node(
            node, x=lon, y=lat, osmid=int(network.node_id[node]), street_count=streets[node]
        )
        if network.node_signal[node]:
            graph.nodes[node]["highway"] = "traffic_signals"
    for road, line in enumerate(network.lines()):
        tail, head = int(network.tail[road]), int(network.head[road])
        along, against = levels[road].any(axis=1).tolist()
        tags = {**_tags(network, road), "oneway": along != against}
        if along:
            graph.add_edge(tail, head, road, geometry=line, reversed=False, **tags)
        if against:
            line = line.reverse()
            graph.add_edge(head, tail, -1 - road, geometry=line, reversed=True, **tags)
    return graph


def _tags(network: RoadNetwork, road: int) -> dict[str, Any]:
    tags: dict[str, Any] = {
        "osmid": int(network.way_id[road]),
        "highway": RoadClass(network.road_class[road]).tag,
        "length": float(network.length_m[road]),
    }
    if network.name_id[road]:
        tags["name"] = network.names[network.name_id[road]]
    for side, limit_kmh in zip(("forward", "backward"), network.limit_kmh[road], strict=True):
        if not np.isnan(limit_kmh):
            tags[f"maxspeed:{side}"] = f"{limit_kmh:g}"
    if tags.get("maxspeed:forward", "") == tags.get("maxspeed:backward"):
        tags["maxspeed"] = tags.pop("maxspeed:forward")
        del tags["maxspeed:backward"]
    for mode, key in _MODE_KEY.items():
        along, against = (_LEVEL_TEXT[AccessLevel(x)] for x in network.access[road, :, mode])
        if along == against:
            tags[key] = along
        else:
            tags.update({f"{key}:forward": along, f"{key}:backward": against})
    return tags
