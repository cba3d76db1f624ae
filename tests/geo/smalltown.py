"""A district of two townships, small enough to know by heart."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import shapely

from geo.areas import AreaSet
from geo.gazetteer import Gazetteer, build_gazetteer
from geo.geocoding import OfflineGeocoder
from geo.model import Area, AreaKind, GazetteerEntry, Point
from geo.network import RoadNetwork, build_network
from geo.osmfile import HouseNumber, NamedPlace, OsmFeatures, Poi

WAYS = {
    "中山路": [(118.602, 24.805), (118.610, 24.805), (118.630, 24.805), (118.638, 24.805)],
    "新华路": [(118.602, 24.815), (118.610, 24.815)],
    "新华路 ": [(118.630, 24.815), (118.638, 24.815)],
    "榕下一巷": [(118.610, 24.805), (118.610, 24.809)],
    "": [(118.602, 24.805), (118.602, 24.815)],
    " ": [(118.610, 24.809), (118.610, 24.815)],
    "  ": [(118.630, 24.805), (118.630, 24.815)],
}
"""Roads by name; blanks only tell those of one name apart."""

AREAS = AreaSet(
    [
        Area("C1", "青屿县", AreaKind.JURISDICTION, shapely.box(118.60, 24.80, 118.64, 24.82)),
        Area("T1", "河埔镇", AreaKind.TOWNSHIP, shapely.box(118.60, 24.80, 118.62, 24.82)),
        Area("T2", "万安街道", AreaKind.TOWNSHIP, shapely.box(118.62, 24.80, 118.64, 24.82)),
        Area("G1", "前洋村", AreaKind.GRID, shapely.box(118.60, 24.80, 118.62, 24.81), "T1"),
        Area("G2", "后坑村", AreaKind.GRID, shapely.box(118.60, 24.81, 118.62, 24.82), "T1"),
        Area("G3", "万安社区", AreaKind.GRID, shapely.box(118.62, 24.80, 118.64, 24.81), "T2"),
        Area("G4", "前洋社区", AreaKind.GRID, shapely.box(118.62, 24.81, 118.64, 24.82), "T2"),
    ]
)

FEATURES = OsmFeatures(
    house_numbers=(
        HouseNumber("中山路", "1号", 118.6030, 24.8048),
        HouseNumber("中山路", "11", 118.6050, 24.8048),
        HouseNumber("中山路", "2", 118.6030, 24.8052),
        HouseNumber("中山路", "12号", 118.6050, 24.8052),
        HouseNumber("中山路", "301号", 118.6350, 24.8048),
        HouseNumber("新华路", "8号", 118.6040, 24.8152),
        HouseNumber("新华路", "8号", 118.6340, 24.8152),
        HouseNumber("", "5号", 118.6060, 24.8020, "前洋村"),
        HouseNumber("", "9号", 118.6068, 24.8020, "前洋村"),
    ),
    places=(
        NamedPlace("village", "前洋村", 118.6055, 24.8030, ("旧洋村",)),
        NamedPlace("hamlet", "下厝", 118.6150, 24.8030),
        NamedPlace("town", "河埔镇", 118.6040, 24.8060),
        NamedPlace("county", "青屿县", 118.62, 24.81),
    ),
    pois=(
        Poi("前洋小学", "school", 118.6070, 24.8035),
        Poi("金都花园", "residential", 118.6320, 24.8080),
        Poi("前洋村村民委员会", "government", 118.6056, 24.8031),
        Poi("", "police", 118.6057, 24.8032),
    ),
)

ENTRIES = (
    GazetteerEntry("中山路", "road", Point(118.606, 24.805), ("老中山路",)),
    GazetteerEntry("后坑村", "village", Point(118.6100, 24.8180), ("霞坑村",), township="河埔镇"),
    GazetteerEntry("3组", "group", Point(118.6100, 24.8170), ("三组",), village="后坑村"),
    GazetteerEntry("闽海鞋厂", "poi", Point(118.6330, 24.8030), ("海鞋",)),
    GazetteerEntry("大坑尾", "door", Point(118.6010, 24.8190), road="大坑路", number="7"),
)


@cache
def network() -> RoadNetwork:
    """Return the roads."""
    ids: dict[tuple[float, float], int] = {}
    lines = []
    for number, (name, points) in enumerate(WAYS.items(), start=1):
        refs = [ids.setdefault(point, len(ids) + 1) for point in points]
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        tags = f'<tag k="highway" v="residential"/><tag k="name" v="{name.strip()}"/>'
        lines.append(f'<way id="{number}">{inside}{tags}</way>')
    nodes = [f'<node id="{ref}" lon="{lon}" lat="{lat}"/>' for (lon, lat), ref in ids.items()]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "town.osm"
        body = "".join((*nodes, *lines))
        path.write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
        return build_network(path)


@cache
def gazetteer() -> Gazetteer:
    """Return all names."""
    return build_gazetteer(features=FEATURES, network=network(), areas=AREAS, entries=ENTRIES)


@cache
def geocoder() -> OfflineGeocoder:
    """Return a geocoder of the district."""
    return OfflineGeocoder(gazetteer(), AREAS)
