from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses import parse
from geo.areas import AreaSet
from geo.courts import counties_in, court_of
from geo.divisions import divisions
from geo.errors import TravelError
from geo.model import (
    Area,
    AreaKind,
    Floats,
    HourBand,
    Point,
    TrafficDay,
    TravelMatrix,
    TravelPath,
)
from geo.nearest import nearest
from geo.responsibility import responsibility

INSIDE, NEIGHBOUR, NOWHERE = Point(118.61, 24.81), Point(118.65, 24.81), Point(119.5, 25.5)


def district(code: str = "350504", name: str = "洛江区") -> AreaSet:
    return AreaSet(
        [
            Area(code, name, AreaKind.JURISDICTION, shapely.box(118.60, 24.80, 118.64, 24.84)),
            Area("T1", "河埔镇", AreaKind.TOWNSHIP, shapely.box(118.60, 24.80, 118.62, 24.84)),
            Area("G1", "前洋村", AreaKind.GRID, shapely.box(118.60, 24.80, 118.62, 24.82), "T1"),
            Area(
                "P1", "河埔所", AreaKind.STATION_TERRITORY, shapely.box(118.60, 24.8, 118.62, 24.84)
            ),
            Area("350521", "惠安县", AreaKind.COUNTY, shapely.box(118.64, 24.80, 118.68, 24.84)),
            Area("X9", "某某县", AreaKind.COUNTY, shapely.box(118.68, 24.80, 118.72, 24.84)),
            Area("X8", "鼓楼区", AreaKind.COUNTY, shapely.box(118.72, 24.80, 118.76, 24.84)),
        ]
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("鼓楼区中山路1号", ["320106", "320302", "350102", "410204"]),
        ("江苏省鼓楼区中山路1号", ["320106", "320302"]),
        ("江苏省南京市鼓楼区中山路1号", ["320106"]),
        ("南京鼓楼中山路", ["320106"]),
        ("朝阳区建国路8号", ["110105", "220104"]),
        ("北京市朝阳区建国路8号", ["110105"]),
        ("朝阳市双塔区", ["211302"]),
        ("晋江市青阳街道", ["350582"]),
        ("福建晋江", ["350582"]),
        ("仙桃市", ["429004"]),
        ("广东省东莞市长安镇", ["441900"]),
        ("泉州市", []),
        ("河埔镇前洋村", []),
        ("", []),
    ],
)
def test_every_county_of_a_name_is_found(text: str, codes: list[str]) -> None:
    reading = counties_in(parse(text))
    assert [county.code for county in reading.counties] == codes
    assert not reading.contradicts


def test_text_that_contradicts_itself_keeps_all() -> None:
    reading = counties_in(parse("北京市鼓楼区中山路1号"))
    assert reading.contradicts
    assert len(reading.counties) == 4


@pytest.mark.parametrize(
    ("code", "court"),
    [
        ("350504", "泉州市洛江区人民法院"),
        ("350521", "惠安县人民法院"),
        ("350582", "晋江市人民法院"),
        ("110105", "北京市朝阳区人民法院"),
        ("500101", "重庆市万州区人民法院"),
        ("429021", "神农架林区人民法院"),
        ("130804", "承德市鹰手营子矿区人民法院"),
        ("441900", "东莞市人民法院"),
    ],
)
def test_usual_names_of_courts(code: str, court: str) -> None:
    county = divisions().of(code)
    assert county is not None
    assert court_of(county).court == court
    assert court_of(county).several_courts == (code == "441900")


def test_point_inside_names_every_area() -> None:
    found = responsibility(district(), point=INSIDE)
    assert found.inside is True
    assert {kind: area.code for kind, area in found.areas.items()} == {
        AreaKind.JURISDICTION: "350504",
        AreaKind.TOWNSHIP: "T1",
        AreaKind.GRID: "G1",
        AreaKind.STATION_TERRITORY: "P1",
    }
    assert found.courts == ()


def test_point_in_an_imported_neighbour() -> None:
    found = responsibility(district(), point=NEIGHBOUR)
    assert found.inside is False
    assert [one.court for one in found.courts] == ["惠安县人民法院"]
    assert found.other_province is False
    (unknown,) = responsibility(district(), point=Point(118.70, 24.81)).courts
    assert (unknown.code, unknown.court) == ("", "某某县人民法院")
    assert len(responsibility(district(), point=Point(118.74, 24.81)).courts) == 4


def test_point_outside_of_everything_asks_for_the_county() -> None:
    found = responsibility(district(), point=NOWHERE)
    assert (found.inside, found.courts) == (False, ())
    assert "请写明省、市、县" in str(found.reasons[0])
    unknown = responsibility(AreaSet([]), point=NOWHERE)
    assert unknown.inside is None
    assert "没有法院辖区" in str(unknown.reasons[0])


def test_address_in_another_county_beats_a_road_of_the_same_name_here() -> None:
    found = responsibility(district(), parsed=parse("惠安县螺城镇中山路1号"), point=INSIDE)
    assert found.inside is False
    assert [one.court for one in found.courts] == ["惠安县人民法院"]
    assert found.areas == {}
    far = responsibility(district(), parsed=parse("江苏省南京市鼓楼区中山路1号"))
    assert far.other_province is True
    assert [one.county for one in far.courts] == ["江苏省南京市鼓楼区"]


def test_name_that_exists_twice_is_never_chosen_silently() -> None:
    found = responsibility(district(), parsed=parse("鼓楼区中山路1号"))
    assert (found.inside, len(found.courts), found.other_province) == (False, 4, None)
    assert any("不能替您选定" in str(reason) for reason in found.reasons)
    ours = responsibility(
        district("350102", "鼓楼区"), parsed=parse("鼓楼区中山路1号"), point=INSIDE
    )
    assert (ours.inside, len(ours.courts)) == (None, 4)
    assert ours.areas[AreaKind.GRID].code == "G1"
    sure = responsibility(
        district("350102", "鼓楼区"), parsed=parse("福州市鼓楼区中山路1号"), point=INSIDE
    )
    assert (sure.inside, sure.courts) == (True, ())


def test_contradiction_is_told() -> None:
    found = responsibility(district(), parsed=parse("北京市鼓楼区中山路1号"))
    assert any("不符" in str(reason) for reason in found.reasons)


@pytest.mark.parametrize(
    ("code", "name"), [("350500", "泉州市"), ("Q", "泉州市"), ("350000", "福建省")]
)
def test_wider_jurisdiction_holds_its_counties(code: str, name: str) -> None:
    found = responsibility(district(code, name), parsed=parse("惠安县螺城镇"), point=INSIDE)
    assert found.inside is True


def test_address_that_is_not_located() -> None:
    here = responsibility(district(), parsed=parse("洛江区双阳街道"))
    assert (here.inside, here.courts) == (None, ())
    assert "离线未能定位" in str(here.reasons[0])
    assert "没有写明区县" in str(responsibility(district(), parsed=parse("中山路")).reasons[0])
    nothing_known = responsibility(AreaSet([]), parsed=parse("惠安县螺城镇"))
    assert nothing_known.inside is None
    assert [one.court for one in nothing_known.courts] == ["惠安县人民法院"]


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    found = responsibility(district(), parsed=parse(text))
    assert found.reasons
    assert found.inside is None or found.courts


class Tables:
    """A travel engine that reads its answers from a table; a target off the table is cut off."""

    profiles = ("car",)

    def __init__(self, travel_s: Floats) -> None:
        self.travel_s = travel_s

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        if profile not in self.profiles:
            raise TravelError("没有车型 %(profile)s", profile=profile)
        columns = np.round((targets_lonlat[:, 0] - 118.0) * 10).astype(int)
        seconds = self.travel_s[:, columns]
        return TravelMatrix(seconds.copy(), seconds * 10.0)

    def path(
        self,
        origin: Point,
        target: Point,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelPath | None:
        return None


POINTS = np.array([[118.0, 25.0], [118.1, 25.0], [118.2, 25.0], [np.nan, 25.0]])
STATIONS = np.array([[118.0, 25.0], [118.3, 25.0]])


def test_nearest_goes_by_travel_time_and_says_where_it_cannot() -> None:
    engine = Tables(np.array([[900.0, np.inf, np.inf], [60.0, 120.0, np.inf]]))
    told: list[tuple[int, int]] = []
    found = nearest(POINTS, STATIONS, engine=engine, progress=lambda *at: told.append(at))
    assert found.index.tolist() == [1, 1, 1, -1]  # the third by straight line
    assert found.by_road.tolist() == [True, True, False, False]
    assert found.travel_s.tolist() == [60.0, 120.0, np.inf, np.inf]
    assert found.distance_m[:2].tolist() == [600.0, 1200.0]
    assert found.distance_m[2] == pytest.approx(10_096, rel=1e-3)
    assert told == [(3, 3)]
    with pytest.raises(TravelError):
        nearest(POINTS, STATIONS, engine=engine, profile="boat")


def test_nearest_without_roads_or_stations() -> None:
    straight = nearest(POINTS, STATIONS)
    assert straight.index.tolist() == [0, 0, 1, -1]
    assert not straight.by_road.any()
    assert nearest(POINTS, np.empty((0, 2))).index.tolist() == [-1] * 4
    assert nearest(np.empty((0, 2)), STATIONS).index.tolist() == []
