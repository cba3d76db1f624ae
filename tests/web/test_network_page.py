"""The network page: tiles, closures read, weighed, kept and lifted, and who may do what."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from flask import Flask
from shapely.geometry import shape
from werkzeug.test import TestResponse

from data.model import Role
from geo.localtime import LOCAL_ZONE
from geo.roadtags import RoadClass
from geo.travel import RoadEngine, load_engine
from tests.geo.roads import LAT, LON, STEP, network_of
from tests.web.conftest import Reader
from tests.web.court import NOW, SetClock
from web import network_board, reach_board
from web.network_board import GROUPS, RoadBoard
from web.reach_board import band_minutes
from web.services import Services, attach

SignIn = Callable[[Role | str], Reader]
TILES = "/api/network/tiles/{}/{}/{}.json"
BRIDGE = 1  # the only road to the second station

# Grid steps near the tiny court's stations, base and checkpoint, and roads between them.
SPOTS = [(-24, 10.5), (1, 15), (24, 7.5), (-24, 15), (2, 16), (-5, 2.5), (-35, 25)]
ROADS = [
    (0, 1, RoadClass.PRIMARY, "=", False),
    (1, 2, RoadClass.SECONDARY, "=", False),
    (0, 3, RoadClass.RESIDENTIAL, ">", False),
    (3, 1, RoadClass.RESIDENTIAL, ">", False),
    (1, 4, RoadClass.SERVICE, "=", True),
    (1, 5, RoadClass.TERTIARY, "=", False),
    (0, 6, RoadClass.TERTIARY, "=", False),
]


@pytest.fixture(scope="module")
def board() -> RoadBoard:
    return RoadBoard(network_of(SPOTS, ROADS, [(0, 1, 5, 0, 3), (5, 1, 0, 1, 3)]))


@pytest.fixture(scope="module")
def engine(board: RoadBoard) -> RoadEngine:
    return load_engine(board.network)


@pytest.fixture
def roads(court: Services, board: RoadBoard, engine: RoadEngine) -> Services:
    return replace(court, roads=board, engine=engine)


@pytest.fixture
def sign_in(pages: Flask, roads: Services) -> SignIn:
    attach(pages, roads)

    def opened(who: Role | str) -> Reader:
        reader = Reader(pages.test_client())
        assert reader.sign_in(str(who)).status_code == 302
        return reader

    return opened


@pytest.fixture
def commander(sign_in: SignIn) -> Reader:
    return sign_in(Role.COMMANDER)


def around(x: float, y: float, *, size: float = 2.0) -> list[list[float]]:
    """Return the corners of a square about a spot, in degrees."""
    return [
        [LON + (x + dx) * STEP, LAT + (y + dy) * STEP]
        for dx, dy in ((-size, -size), (size, -size), (size, size), (-size, size))
    ]


OVER_BRIDGE = around(12.5, 11.5)


def asked(board: RoadBoard, **more: Any) -> dict[str, Any]:
    return {
        "reason": "桥梁维修",
        "begin": "",
        "end": "",
        "direction": "both",
        "area": None,
        "roads": [],
        "version": board.version,
        **more,
    }


def send(reader: Reader, path: str, body: object, *, token: str | None = None) -> TestResponse:
    headers = {"X-CSRFToken": reader.token if token is None else token}
    return reader.client.post(path, json=body, headers=headers)


def tile_of(z: int, lon: float, lat: float) -> tuple[int, int, int]:
    import math

    y = (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0
    return z, int((lon + 180.0) / 360.0 * 2**z), int(y * 2**z)


def test_each_class_of_road_is_in_one_group() -> None:
    grouped = [one for classes in GROUPS.values() for one in classes]
    assert sorted({*grouped, RoadClass.GATE, RoadClass.TOLL_BOOTH}) == list(RoadClass)
    assert len(grouped) == len(set(grouped))


def test_a_tile_holds_its_roads_by_distance(board: RoadBoard) -> None:
    far, near = (
        board.tile(*tile_of(8, LON, LAT)),
        board.tile(*tile_of(14, LON + STEP, LAT + 15 * STEP)),
    )
    assert {GROUPS_AT[row[1]] for row in far["roads"]} == {"primary"}
    assert {GROUPS_AT[row[1]] for row in near["roads"]} >= {"primary", "tertiary", "service"}
    assert near["left_out"] == 0
    by_row = {row[0]: row for row in near["roads"]}
    assert by_row[0][2] == 0
    assert by_row[3][2] == 1  # one way along its drawing
    assert by_row[4][3] == 2  # restricted


GROUPS_AT = list(GROUPS)


def test_positions_add_up_to_the_road(board: RoadBoard) -> None:
    tile = board.tile(*tile_of(14, LON + STEP, LAT + 15 * STEP))
    steps = next(row[6] for row in tile["roads"] if row[0] == BRIDGE)
    lon, lat = sum(steps[0::2]) / 1e6, sum(steps[1::2]) / 1e6
    assert (lon, lat) == pytest.approx(tuple(board.network.points_lonlat(BRIDGE)[-1]), abs=1e-6)


def test_a_turn_through_a_road_is_signed_where_it_begins() -> None:
    board = RoadBoard(network_of(SPOTS, ROADS, [], [([11, 1, 12], 0, 3)]))
    near = board.tile(*tile_of(15, LON + STEP, LAT + 15 * STEP))
    (sign,) = near["turns"]
    assert sign[:2] == (round((LON + STEP) * 1e6), round((LAT + 15 * STEP) * 1e6))
    assert sign[3:] == ("left", 0)


def test_turns_are_signed_near_by(board: RoadBoard) -> None:
    near = board.tile(*tile_of(15, LON + STEP, LAT + 15 * STEP))
    assert [(sign[3], sign[4]) for sign in near["turns"]] == [("sharp_right", 0), ("sharp_left", 1)]
    assert board.tile(*tile_of(14, LON + STEP, LAT + 15 * STEP))["turns"] == []


def test_a_crowded_tile_leaves_narrow_roads_out_and_says_so(
    board: RoadBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_board, "MOST_ROADS", 2)
    tile = board.tile(*tile_of(12, LON + STEP, LAT + 15 * STEP))
    assert [GROUPS_AT[row[1]] for row in tile["roads"]] == ["secondary", "primary"]
    assert tile["left_out"] > 0


def test_what_reading_left_out_is_drawn_as_an_island(board: RoadBoard) -> None:
    here = np.array([LON + STEP, LAT + 15 * STEP])
    lonlat = here + np.array([(0.0, 0.0), (1e-3, 0.0), (0.0, 5e-4), (0.0, 1e-3)])
    offset = np.array([0, 2, 4], dtype=np.int64)
    left = RoadBoard(replace(board.network, dropped_offset=offset, dropped_lonlat=lonlat))
    near = left.tile(*tile_of(14, *here.tolist()))
    assert len(near["dropped"]) == 2
    assert near["dropped"][0] == [*np.rint(lonlat[0] * 1e6).astype(int).tolist(), 1000, 0]
    assert left.tile(*tile_of(8, LON, LAT))["dropped"] == []
    more_m = (left.island_km - board.island_km) * 1000.0
    assert more_m == pytest.approx(1e-3 * 111195 * 0.9 + 5e-4 * 111195, rel=0.02)


def test_tiles_are_compressed_and_kept_by_the_browser(commander: Reader) -> None:
    path = TILES.format(*tile_of(12, LON, LAT))
    answer = commander.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert json.loads(gzip.decompress(answer.data)) == commander.client.get(path).json
    assert "Content-Encoding" not in commander.client.get(path).headers


@pytest.mark.parametrize("path", [(4, 0, 0), (19, 0, 0), (10, 1024, 0), (10, 0, 1024)])
def test_a_tile_off_the_map_is_not_found(path: tuple[int, int, int], commander: Reader) -> None:
    assert commander.get(TILES.format(*path)).status_code == 404


def test_one_road_is_told_in_codes(commander: Reader) -> None:
    facts = commander.client.get("/api/network/roads/3").json
    assert facts is not None
    assert (facts["name"], facts["class"], facts["group"]) == ("3号路", "residential", "local")
    assert facts["access"]["motor"] == ["open", "closed"]
    assert facts["limit_kmh"] == [None, None]
    assert commander.client.get("/api/network/roads/99").status_code == 404


def test_a_closure_is_weighed_kept_and_lifted(
    commander: Reader, board: RoadBoard, roads: Services
) -> None:
    commander.get("/network")
    body = asked(board, roads=[BRIDGE])
    effect = send(commander, "/api/network/closures/preview", body).json
    assert effect is not None
    assert (effect["roads"], effect["large"], effect["weighed"]) == (1, False, True)
    assert {"kind": "station", "label": "白沙派出所"} in effect["cut_off"]
    assert {"kind": "station", "label": "青溪派出所"} not in effect["cut_off"]
    assert roads.store.closures.all() == ()
    made = send(commander, "/api/network/closures", body)
    assert made.status_code == 201
    shown = commander.client.get("/api/network/closures").json["closures"]
    assert [(one["reason"], one["in_force"], one["roads"]) for one in shown] == [
        ("桥梁维修", True, 1)
    ]
    assert shown[0]["end"] is None
    assert len(shown[0]["lines"]) == 1
    path = f"/api/network/closures/{made.json['id']}/lift"
    assert send(commander, path, {}).status_code == 200
    assert commander.client.get("/api/network/closures").json["closures"] == []
    acts = [entry.act for entry in roads.store.audit.entries(10)]
    assert acts[:2] == ["closure.lift", "closure.make"]


def test_closing_the_whole_district_must_be_meant(commander: Reader, board: RoadBoard) -> None:
    commander.get("/network")
    body = asked(board, area=around(0, 12, size=40))
    effect = send(commander, "/api/network/closures/preview", body).json
    assert effect["large"]
    refused = send(commander, "/api/network/closures", body)
    assert refused.status_code == 400
    assert "勾选确认" in refused.json["error"]
    confirmed = {**body, "confirmed": True}
    assert send(commander, "/api/network/closures", confirmed).status_code == 201


def test_planned_stops_are_weighed_without_names(commander: Reader, board: RoadBoard) -> None:
    body = asked(board, area=OVER_BRIDGE, begin="2026-11-26T06:00", end="2026-11-26T20:00")
    commander.get("/network")
    answer = send(commander, "/api/network/closures/preview", body)
    kinds = {one["kind"] for one in answer.json["cut_off"]}
    assert "station" in kinds
    assert "某" not in answer.text
    assert "a0" not in answer.text


def test_one_way_may_be_closed_alone(commander: Reader, board: RoadBoard) -> None:
    commander.get("/network")
    body = asked(board, roads=[BRIDGE], direction="against", confirmed=True)
    effect = send(commander, "/api/network/closures/preview", body).json
    assert {"kind": "station", "label": "白沙派出所"} in effect["cut_off"]  # no way back
    send(commander, "/api/network/closures", body)
    shown = commander.client.get("/api/network/closures").json["closures"][0]
    assert shown["direction"] == "against"
    first = shown["lines"][0][0]
    assert first == pytest.approx(board.network.points_lonlat(BRIDGE)[-1].tolist(), abs=1e-6)


def test_times_are_of_shanghai_and_past_ones_leave_the_list(
    commander: Reader, board: RoadBoard, roads: Services, clock: SetClock
) -> None:
    commander.get("/network")
    times = {"begin": "2026-11-26T06:00", "end": "2026-11-26T09:00"}
    send(
        commander, "/api/network/closures", asked(board, area=OVER_BRIDGE, confirmed=True, **times)
    )
    kept = roads.store.closures.all()[0].closure
    assert kept.begin is not None
    assert kept.begin.astimezone(LOCAL_ZONE).hour == 6
    coming = commander.client.get("/api/network/closures").json["closures"]
    assert [one["in_force"] for one in coming] == [False]
    clock.at = NOW + timedelta(days=2)
    assert commander.client.get("/api/network/closures").json["closures"] == []


BOW_TIE = [[LON, LAT], [LON + 0.1, LAT + 0.1], [LON + 0.1, LAT], [LON, LAT + 0.1]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reason": " "}, "原因"),
        ({"reason": None}, "原因"),
        ({"reason": "长" * 201}, "过长"),
        ({"area": BOW_TIE}, "自相交"),
        ({"area": around(900, 900)}, "没有可通行汽车的道路"),
        ({"area": [[LON, LAT], [LON, LAT], [LON, LAT]]}, "三个不同的角点"),
        ({"area": [[LON, LAT], [LON, None]]}, "坐标无法识别"),
        ({"area": [[1e999, LAT], [LON, LAT], [LON, 1.0]]}, "坐标无法识别"),
        ({"area": [[LON, 95.0], [LON, LAT], [LON + 1, LAT]]}, "不合理的坐标"),
        ({"area": "all"}, "坐标无法识别"),
        ({"area": [[LON + n / 1e5, LAT + n * n / 1e7] for n in range(501)]}, "角点过多"),
        ({"area": None}, "画出范围或选择道路"),
        ({"area": None, "roads": [99]}, "不在路网中"),
        ({"area": None, "roads": [-1]}, "不在路网中"),
        ({"area": None, "roads": ["1"]}, "无法识别"),
        ({"area": None, "roads": [True]}, "无法识别"),
        ({"area": None, "roads": [0] * 501}, "过多"),
        ({"area": None, "roads": [1], "version": "old"}, "已经更新"),
        ({"begin": "soon"}, "时间无法识别"),
        ({"begin": 7}, "时间无法识别"),
        ({"begin": "2026-12-02T06:00", "end": "2026-12-01T06:00"}, "不晚于开始时间"),
        ({"end": "2020-01-01T00:00"}, "已经过去"),
        ({"direction": "up"}, "方向"),
        ({"direction": "along"}, "双向"),
    ],
)
def test_nonsense_is_refused_with_its_cure(
    change: dict[str, Any], told: str, commander: Reader, board: RoadBoard, roads: Services
) -> None:
    commander.get("/network")
    body = json.dumps(asked(board, **{"area": OVER_BRIDGE, **change}))
    for path in ("/api/network/closures/preview", "/api/network/closures"):
        answer = commander.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": commander.token},
        )
        assert answer.status_code == 400
        assert told in answer.json["error"]
    assert roads.store.closures.all() == ()


@pytest.mark.parametrize("body", ["{", "[]", "7", "null", '"x"', ""])
def test_a_body_that_is_no_closure_is_refused(body: str, commander: Reader) -> None:
    commander.get("/network")
    answer = commander.client.post(
        "/api/network/closures",
        data=body,
        content_type="application/json",
        headers={"X-CSRFToken": commander.token},
    )
    assert (answer.status_code, "无法读取" in answer.json["error"]) == (400, True)


def test_a_closure_needs_the_page_s_token(commander: Reader, board: RoadBoard) -> None:
    answer = send(commander, "/api/network/closures", asked(board, roads=[1]), token="forged")
    assert answer.status_code == 400
    assert "页面已过期" in answer.json["error"]


def test_lifting_what_is_not_there_is_not_found(commander: Reader) -> None:
    commander.get("/network")
    assert send(commander, "/api/network/closures/none/lift", {}).status_code == 404


READ = ("/network", "/api/network/closures", "/api/network/roads/0", TILES.format(12, 3397, 1760))
MAY_READ = {Role.OFFICER, Role.COMMANDER, Role.POLICE_LIAISON, Role.ADMIN}


@pytest.mark.parametrize("role", list(Role))
def test_rights(role: Role, sign_in: SignIn, board: RoadBoard, roads: Services) -> None:
    reader = sign_in(role)
    assert {reader.get(path).status_code for path in READ} == ({200} if role in MAY_READ else {403})
    body = asked(board, roads=[5])
    statuses = [
        send(reader, path, body).status_code
        for path in ("/api/network/closures/preview", "/api/network/closures")
    ]
    assert statuses == ([200, 201] if role is Role.COMMANDER else [403, 403])
    lifted = send(reader, "/api/network/closures/none/lift", {}).status_code
    assert lifted == (404 if role is Role.COMMANDER else 403)
    assert ("画范围封闭" in reader.get("/network").text) == (role is Role.COMMANDER)


def test_a_partner_sees_its_own_station_and_the_closures_of_its_territory(
    sign_in: SignIn, commander: Reader, board: RoadBoard
) -> None:
    commander.get("/network")
    for body in (
        asked(board, roads=[6], reason="西边"),
        asked(board, area=OVER_BRIDGE, reason="东边"),
    ):
        assert (
            send(commander, "/api/network/closures", {**body, "confirmed": True}).status_code == 201
        )
    seen = {}
    for who in (Role.OFFICER, Role.POLICE_LIAISON, "neighbour"):
        reader = sign_in(who)
        shown = reader.client.get("/api/network/closures").json["closures"]
        seen[str(who)] = sorted(one["reason"] for one in shown)
    assert seen == {"officer": ["东边", "西边"], "police_liaison": ["西边"], "neighbour": ["东边"]}
    page = sign_in(Role.POLICE_LIAISON).get("/network").text
    assert "青溪派出所" in page
    assert "白沙派出所" not in page
    assert "第一组" not in page


def test_the_page_says_what_was_read_and_stays_quiet_without_a_network(
    pages: Flask, roads: Services, court: Services
) -> None:
    told = replace(roads, road_report=lambda language: [f"来源：{language}.osm"])
    for services, word in ((told, "来源：zh.osm"), (court, "还没有道路网络")):
        attach(pages, services)
        reader = Reader(pages.test_client())
        reader.sign_in("officer")
        assert word in reader.get("/network").text
    assert reader.get("/api/network/closures").json == {"closures": []}
    assert reader.get("/api/network/roads/0").status_code == 404


REACH = {"minutes": 15, "profile": "car", "day": "workday", "band": "midday"}


def reached(reader: Reader, start: str, **more: Any) -> TestResponse:
    return reader.client.get("/api/network/reach", query_string={**REACH, "start": start, **more})


def test_bands_grow_and_leave_each_other_out(commander: Reader) -> None:
    answer = reached(commander, "station:PS-1").json
    assert answer is not None
    bands = answer["bands"]
    assert [band["minutes"] for band in bands] == [5, 10, 15]
    assert bands[0]["road_km"] < bands[1]["road_km"] <= bands[2]["road_km"]
    assert bands[0]["area_km2"] < bands[1]["area_km2"]
    shapes = [shape(band["geometry"]) for band in bands]
    overlap = shapes[0].buffer(0).intersection(shapes[1].buffer(0)).area
    assert overlap < shapes[0].area / 1000  # each is rounded by itself
    assert answer["start"] == {"lon": 118.552, "lat": 24.921}


def test_a_closure_of_now_bounds_the_reach(commander: Reader, board: RoadBoard) -> None:
    commander.get("/network")
    before = reached(commander, "team:T1", minutes=60).json["bands"][-1]["road_km"]
    send(commander, "/api/network/closures", asked(board, roads=[BRIDGE]))
    after = reached(commander, "team:T1", minutes=60).json["bands"][-1]["road_km"]
    assert after < before - 4.0


def test_a_point_is_sent_in_the_body(commander: Reader, sign_in: SignIn) -> None:
    commander.get("/network")
    point = {"lon": 118.602, "lat": 24.93}
    answer = send(commander, "/api/network/reach", {**REACH, **point}).json
    assert answer["start"] == point
    for wrong in ({}, {"lon": "x", "lat": 1}, {"lon": 999, "lat": 0}, {"lon": True, "lat": 0}):
        refused = send(commander, "/api/network/reach", {**REACH, **wrong})
        assert "坐标无法识别" in refused.json["error"]
    at_sea = send(commander, "/api/network/reach", {**REACH, "lon": 122.0, "lat": 24.0})
    assert "离道路太远" in at_sea.json["error"]
    liaison = sign_in(Role.POLICE_LIAISON)
    liaison.get("/network")
    assert send(liaison, "/api/network/reach", {**REACH, **point}).status_code == 403


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"minutes": "x"}, "条件不完整"),
        ({"minutes": 61}, "5 至 60"),
        ({"minutes": 0}, "5 至 60"),
        ({"profile": "tank"}, "条件不完整"),
        ({"day": ""}, "条件不完整"),
        ({"band": "noon"}, "条件不完整"),
    ],
)
def test_a_reach_that_makes_no_sense_is_refused(
    change: dict[str, Any], told: str, commander: Reader
) -> None:
    answer = reached(commander, "station:PS-1", **change)
    assert (answer.status_code, told in answer.json["error"]) == (400, True)


def test_starts_are_the_reader_s_own(sign_in: SignIn) -> None:
    starts = ("station:PS-1", "station:PS-2", "team:T1", "team:none", "", "point")
    seen = {
        who: [reached(sign_in(who), start).status_code for start in starts]
        for who in ("officer", "police_liaison", "neighbour", "grid_liaison")
    }
    assert seen == {
        "officer": [200, 200, 200, 404, 404, 404],
        "police_liaison": [200, 404, 404, 404, 404, 404],
        "neighbour": [404, 200, 404, 404, 404, 404],
        "grid_liaison": [403] * 6,
    }


@pytest.mark.parametrize("minutes", range(5, 61, 5))
def test_bands_end_at_the_slider(minutes: int) -> None:
    bands = band_minutes(minutes)
    assert bands[-1] == minutes
    assert len(bands) <= 6
    assert bands == sorted(set(bands))


def test_what_is_out_of_reach_is_told_with_its_reason(
    commander: Reader, sign_in: SignIn, board: RoadBoard
) -> None:
    commander.get("/network")
    assert "unreachable" not in reached(commander, "station:PS-1").json
    send(commander, "/api/network/closures", asked(board, roads=[BRIDGE]))
    lost = reached(commander, "station:PS-1", unreachable=1).json["unreachable"]
    reasons = {one["reason"]: one["roads"] for one in lost["reasons"]}
    assert next(roads for reason, roads in reasons.items() if "桥梁维修" in reason) == 1
    assert any("桥梁维修" in part["reason"] for part in lost["parts"])
    assert lost["left_out"] == 0
    (station,) = [one for one in lost["places"] if one["kind"] == "station"]
    assert station["label"] == "白沙派出所"
    assert "封" in station["reason"]
    liaison = sign_in(Role.POLICE_LIAISON)
    answer = reached(liaison, "station:PS-1", unreachable=1)
    assert "道路被封闭" in answer.text
    assert "桥梁维修" not in answer.text
    assert answer.json["unreachable"]["places"] == []  # its own station is where it starts


def test_places_of_cases_out_of_reach_are_told_to_those_who_know_cases(
    commander: Reader, sign_in: SignIn, board: RoadBoard, roads: Services
) -> None:
    commander.get("/network")
    send(commander, "/api/network/closures", asked(board, roads=[BRIDGE]))
    lost = reached(commander, "station:PS-1", unreachable=1)
    found = lost.json["unreachable"]["places"]
    numbers = {str(case.number) for case in roads.store.cases()}
    told = {one["label"] for one in found if one["kind"] == "case"}
    assert told
    assert told <= numbers
    assert all(one["reason"] for one in found)
    assert "某" not in lost.text
    kinds = {
        one["kind"]
        for one in reached(sign_in(Role.ADMIN), "station:PS-1", unreachable=1).json["unreachable"][
            "places"
        ]
    }
    assert not kinds & {"case", "checkpoint"}


def test_only_the_nearest_roads_out_of_reach_are_drawn(
    commander: Reader, board: RoadBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach_board, "MOST_PARTS", 0)
    commander.get("/network")
    send(commander, "/api/network/closures", asked(board, roads=[BRIDGE]))
    lost = reached(commander, "station:PS-1", unreachable=1).json["unreachable"]
    assert lost["parts"] == []
    assert lost["left_out"] >= 1
