from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.roadaccess import barrier_of, is_conditional, strictest, way_access
from geo.roadtags import AccessLevel, RoadClass, road_class


def _ways(tags: dict[str, str]) -> str:
    """Return the first letters of the levels along and against: car, bicycle, foot."""
    kind = road_class(tags)
    assert kind is not None
    found = way_access(tags, kind)
    along, against = ("".join(level.name[0] for level in side) for side in found[:2])
    return f"{along} {against}"


@pytest.mark.parametrize(
    ("highway", "levels"),
    [
        *[("motorway", "OCC CCC"), ("motorway_link", "OCC OCC"), ("trunk", "OOO OOO")],
        *[("service", "OOO OOO"), ("busway", "GCC GCC"), ("track", "ROO ROO")],
        *[("cycleway", "COO COO"), ("pedestrian", "CCO CCO"), ("footway", "CCO CCO")],
        *[("path", "COO COO"), ("steps", "CCO CCO"), ("bridleway", "CCO CCO")],
    ],
)
def test_the_class_decides_where_no_tag_does(highway: str, levels: str) -> None:
    assert _ways({"highway": highway}) == levels


@pytest.mark.parametrize(
    ("tags", "levels"),
    [
        ({"access": "no"}, "CCC CCC"),
        ({"access": "no", "foot": "yes"}, "CCO CCO"),
        ({"access": "no", "emergency": "yes"}, "GCC GCC"),
        ({"access": "private"}, "RRR RRR"),
        ({"vehicle": "no", "motor_vehicle": "destination"}, "RCO RCO"),
        ({"motor_vehicle": "no", "motorcar": "yes"}, "OOO OOO"),
        ({"motor_vehicle": "no", "emergency": "no"}, "COO COO"),
        ({"motor_vehicle": "no", "emergency": "designated"}, "GOO GOO"),
        ({"motor_vehicle:backward": "no"}, "OOO COO"),
        ({"vehicle:forward": "no", "bicycle": "yes"}, "COO OOO"),
        ({"access": "unknown"}, "OOO OOO"),
        ({"access": "agricultural;forestry"}, "RRR RRR"),
        ({"access": "military"}, "GCC GCC"),
        ({"motorroad": "yes"}, "OCC OCC"),
        ({"bicycle": "use_sidepath"}, "OCO OCO"),
        ({"bicycle": "dismount"}, "ORO ORO"),
        ({"service": "emergency_access"}, "GOO GOO"),
        ({"oneway": "yes"}, "OOO CCO"),
        ({"oneway": "-1"}, "CCO OOO"),
        ({"oneway": "yes", "oneway:bicycle": "no"}, "OOO COO"),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, "OOO COO"),
        ({"oneway": "yes", "cycleway:left:oneway": "-1"}, "OOO COO"),
        ({"oneway": "no", "oneway:bicycle": "yes"}, "OOO OCO"),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, "OOO OCO"),
        ({"oneway": "yes", "oneway:foot": "yes"}, "OOO CCC"),
        ({"junction": "roundabout"}, "OOO CCO"),
        ({"oneway": "alternating"}, "OOO OOO"),
        ({"oneway": "reversible"}, "CCO CCO"),
        ({"oneway": "yes", "emergency": "yes"}, "OOO CCO"),
    ],
)
def test_tags_of_a_street(tags: dict[str, str], levels: str) -> None:
    assert _ways({"highway": "residential", **tags}) == levels


@pytest.mark.parametrize(
    ("tags", "levels"),
    [
        ({"highway": "motorway", "oneway": "no"}, "OCC OCC"),
        ({"highway": "motorway", "foot": "yes", "bicycle": "yes"}, "OCC CCC"),
        ({"highway": "track", "tracktype": "grade5"}, "COO COO"),
        ({"highway": "track", "4wd_only": "yes", "motor_vehicle": "yes"}, "OOO OOO"),
        ({"highway": "footway", "bicycle": "designated"}, "COO COO"),
        ({"highway": "pedestrian", "area": "yes"}, "CCO CCO"),
        ({"highway": "service", "area": "yes"}, "CCO CCO"),
        ({"highway": "footway", "emergency": "yes"}, "GCO GCO"),
        ({"route": "ferry"}, "OOO OOO"),
        ({"route": "ferry", "foot": "yes"}, "COO COO"),
        ({"route": "ferry", "foot": "yes", "motor_vehicle": "yes"}, "OOO OOO"),
        ({"route": "ferry", "oneway": "yes"}, "OOO CCC"),
    ],
)
def test_tags_of_other_ways(tags: dict[str, str], levels: str) -> None:
    assert _ways(tags) == levels


def test_only_a_direction_that_changes_is_reversible() -> None:
    for value, wanted in (("reversible", True), ("alternating", False), ("yes", False)):
        found = way_access({"highway": "primary", "oneway": value}, RoadClass.PRIMARY)
        assert found.reversible == wanted


@pytest.mark.parametrize(
    ("tags", "levels"),
    [
        *[({"barrier": "bollard"}, "COO"), ({"barrier": "bollard", "bollard": "rising"}, "GOO")],
        *[({"barrier": "gate"}, "ROO"), ({"barrier": "gate", "locked": "yes"}, "GGG")],
        ({"barrier": "gate", "locked": "yes", "foot": "yes"}, "GGO"),
        ({"barrier": "gate", "locked": "yes", "access": "private"}, "GGG"),
        *[({"barrier": "gate", "access": "no"}, "CCC")],
        ({"barrier": "gate", "access": "no", "emergency": "yes"}, "GCC"),
        *[({"barrier": "lift_gate", "motor_vehicle": "yes"}, ""), ({"barrier": "chain"}, "GOO")],
        *[({"barrier": "stile"}, "CCO"), ({"barrier": "kissing_gate"}, "CCO")],
        *[({"barrier": "cycle_barrier"}, "COO"), ({"barrier": "jersey_barrier"}, "COO")],
        *[({"barrier": "toll_booth"}, "OOO"), ({"barrier": "border_control"}, "")],
        *[({"barrier": "height_restrictor"}, ""), ({"barrier": "entrance"}, "")],
        *[({"barrier": "cattle_grid"}, ""), ({"barrier": "wall"}, ""), ({}, "")],
        ({"barrier": "entrance", "access": "private"}, "RRR"),
    ],
)
def test_barriers(tags: dict[str, str], levels: str) -> None:
    found = barrier_of(tags)
    assert ("" if found is None else "".join(each.name[0] for each in found.levels)) == levels
    if found is not None:
        assert (found.road_class is RoadClass.TOLL_BOOTH) == (tags["barrier"] == "toll_booth")


def test_rules_of_certain_hours_are_seen() -> None:
    for key in ("access", "motor_vehicle", "oneway", "maxspeed", "motor_vehicle:forward"):
        assert is_conditional({f"{key}:conditional": "no @ (07:00-09:00)"})
    assert not is_conditional({"access": "no", "parking:conditional": "no"})


def test_of_several_values_the_strictest_counts() -> None:
    assert strictest(["yes", "no", "private"]) == "no"
    assert strictest(["yes", "private"]) == "private"


_KEYS = ("access", "vehicle", "motor_vehicle", "bicycle", "foot", "oneway", "emergency", "junction")
_VALUES = ("yes", "no", "private", "-1", "designated", "reversible", "roundabout", "", "x;y", "G")


@given(
    st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_VALUES)),
    st.sampled_from([each for each in RoadClass if each < RoadClass.FERRY]),
)
def test_any_tags_give_levels(tags: dict[str, str], kind: RoadClass) -> None:
    found = way_access(tags, kind)
    for side in found[:2]:
        assert all(isinstance(level, AccessLevel) for level in side)
    if kind <= RoadClass.MOTORWAY_LINK:
        assert found.along[1:] == found.against[1:] == (AccessLevel.CLOSED, AccessLevel.CLOSED)
    turned = dict(tags)
    if tags.get("oneway") in ("yes", "-1"):  # drawn the other way round
        turned["oneway"] = "-1" if tags["oneway"] == "yes" else "yes"
        again = way_access(turned, kind)
        assert (again.along, again.against) == (found.against, found.along)
