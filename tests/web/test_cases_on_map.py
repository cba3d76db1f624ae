"""Cases for map programs: streamed piece by piece, by box, and in parts that join without a gap."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest

from data.case_lists import CasePlace, CasePoint
from data.model import Role
from routes.model import CaseId
from tests.web.conftest import Reader
from web.api_features import PIECE, case_features
from web.services import Services

SignIn = Callable[[Role | str], Reader]

PATH = "/api/v1/cases.geojson"
_MOST_BYTES = 8_000_000


class Many:
    """So many cases that are made as they are read."""

    def __init__(self, count: int) -> None:
        self.count = count

    def points_after(
        self, place: CasePlace | None, *, count: int
    ) -> tuple[tuple[CasePoint, ...], CasePlace | None]:
        first = 0 if place is None else int(place[1]) + 1
        held = tuple(_point(n) for n in range(first, min(first + count, self.count)))
        return held, ("", held[-1].id) if len(held) == count else None


def _point(n: int) -> CasePoint:
    lon, lat = (None, None) if n % 5 == 4 else (118.0 + n % 100 / 100, 24.5)
    return CasePoint(
        CaseId(str(n)),
        f"（2026）闽0504执{n}号",
        "loan",
        "open",
        "none",
        1,
        "door",
        lon,
        lat,
        0.9,
        None,
    )


def test_all_cases_of_the_court_are_never_in_memory_together() -> None:
    told: list[int] = []
    longest = total = 0
    tracemalloc.start()
    for text in case_features(Many(60_000), told.append):
        longest, total = max(longest, len(text)), total + len(text)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 10_000_000
    assert peak < _MOST_BYTES
    assert sum(told) == 48_000
    assert max(told) <= PIECE


@pytest.mark.parametrize("count", [0, 1, PIECE - 1, PIECE, 2 * PIECE + 7])
def test_whatever_their_number_it_is_one_collection(count: int) -> None:
    told: list[int] = []
    whole = json.loads("".join(case_features(Many(count), told.append)))
    assert [one["properties"]["id"] for one in whole["features"]] == [
        str(n) for n in range(count) if n % 5 != 4
    ]
    assert whole["next"] is None
    assert sum(told) == len(whole["features"])
    assert told  # a reading that found nothing is a reading


def test_a_piece_is_told_before_it_is_sent() -> None:
    events: list[int | str] = []
    events.extend("text" for _text in case_features(Many(2 * PIECE), events.append))
    assert events == ["text", 800, "text", 800, "text", "text"]


def test_parts_join_to_the_whole_and_are_audited(signed_in: SignIn, court: Services) -> None:
    officer = signed_in(Role.OFFICER)
    whole = officer.get(PATH).json["features"]
    assert court.store.audit.entries(1)[0].detail == {"cases": len(whole)}
    assert len(whole) > 3
    parts, after = [], ""
    while True:
        answer = officer.get(f"{PATH}?limit=2{after}").json
        parts += answer["features"]
        if answer["next"] is None:
            break
        assert len(answer["features"]) == 2
        assert court.store.audit.entries(1)[0].detail == {"cases": 2}
        after = f"&after={answer['next']}"
    assert parts == whole


def test_a_box_holds_what_is_in_it_or_on_its_edge(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    whole = officer.get(PATH).json["features"]
    lon, lat = whole[0]["geometry"]["coordinates"]
    within = [
        one
        for one in whole
        if one["geometry"]["coordinates"][0] <= lon and one["geometry"]["coordinates"][1] <= lat
    ]
    assert 0 < len(within) < len(whole)
    assert officer.get(f"{PATH}?bbox=100,20,{lon + 1e-6},{lat + 1e-6}").json["features"] == within
    assert officer.get(f"{PATH}?bbox=0,0,1,1").json["features"] == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bbox=1,2,3", 400),
        ("bbox=nan,0,1,1", 400),
        ("bbox=9,0,1,1", 400),
        ("bbox=a,b,c,d", 400),
        ("limit=0", 400),
        ("limit=many", 400),
        ("limit=10001", 400),
        ("after=unheard", 404),
    ],
)
def test_what_cannot_be_meant_is_refused(signed_in: SignIn, asked: str, status: int) -> None:
    assert signed_in(Role.OFFICER).get(f"{PATH}?{asked}").status_code == status
