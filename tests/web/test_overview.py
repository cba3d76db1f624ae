"""The overview's answers: clusters, counts, shapes, heat, what is kept, what is audited."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import numpy as np
import pytest
from flask import Flask
from shapely import Point as Dot
from shapely import Polygon

from data.model import Role
from routes.case_steps import SITED
from routes.heat import FEWEST, Sited, heat
from routes.locating import DayType
from routes.model import CaseId, CaseStatus, VisitBand
from tests.web.conftest import Reader
from tests.web.court import EAST, HOSTILE_TEXT, NORTH, SOUTH, WEST, SetClock
from web.kept import PATIENCE_S, Kept, Tell
from web.overview import heat_json
from web.overview_index import OverviewIndex
from web.services import Services, attach

SignIn = Callable[[Role | str], Reader]
BOX = f"west={WEST}&south={SOUTH}&east={EAST}&north={NORTH}"
DIMENSIONS = ("grade", "kind", "age", "step", "precision")


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(answer["fields"], row, strict=True)) for row in answer["rows"]]


def clusters(reader: Reader, zoom: float = 12, more: str = "") -> dict[str, Any]:
    answer = reader.get(f"/api/overview/clusters?{BOX}&zoom={zoom}{more}").json
    assert answer is not None
    return dict(answer)


def within(reader: Reader, corners: object, **filters: str) -> Any:
    body = {"corners": corners, "filters": filters}
    headers = {"X-CSRFToken": reader.token}
    return reader.client.post("/api/overview/within", json=body, headers=headers)


def everything(reader: Reader) -> list[dict[str, Any]]:
    return rows(dict(reader.get("/api/overview/cases").json or {}))


def test_rows_are_points_and_codes(officer: Reader) -> None:
    found = everything(officer)
    assert len(found) == 48
    assert all((one["lon"] is None) == (one["precision"] == "none") for one in found)
    assert all(one["age"] and one["step"] for one in found)


@pytest.mark.parametrize("zoom", [9, 12, 15.5, 19])
@pytest.mark.parametrize("colour", DIMENSIONS)
def test_clusters_and_singles_hold_each_located_case_once(
    officer: Reader, zoom: float, colour: str
) -> None:
    answer = clusters(officer, zoom, f"&colour={colour}")
    located = [one for one in everything(officer) if one["lon"] is not None]
    assert sum(c[2] for c in answer["clusters"]) + len(answer["rows"]) == len(located)
    mixed: dict[str, int] = {}
    for _lon, _lat, count, mix, _box in answer["clusters"]:
        assert sum(n for _code, n in mix) == count > 1
        for code, n in mix:
            mixed[code] = mixed.get(code, 0) + n
    for one in rows(answer):
        mixed[one[colour]] = mixed.get(one[colour], 0) + 1
    assert mixed == {
        code: sum(one[colour] == code for one in located)
        for code in {one[colour] for one in located}
    }


@pytest.mark.parametrize("name", ["kind", "grade", "status", "township", "age", "step"])
def test_counts_are_those_of_the_filter(officer: Reader, name: str) -> None:
    found = everything(officer)
    for code in {one[name] for one in found if one[name]}:
        wanted = [one for one in found if one[name] == code]
        counts = clusters(officer, more=f"&{name}={code}&colour=kind")["counts"]
        assert (counts["shown"], counts["all"]) == (len(wanted), len(found))
        assert counts["unlocated"] == sum(one["lon"] is None for one in wanted)
        assert sum(counts["legend"].values()) == len(wanted)
    assert clusters(officer, more=f"&{name}=unheard")["counts"]["shown"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "zoom=12",
        f"{BOX}&zoom=nan",
        f"{BOX}&zoom=90",
        f"{BOX}&zoom=12&colour=name",
        f"{BOX.replace(str(WEST), '179')}&zoom=12",
        f"{BOX.replace(str(WEST), 'x')}&zoom=12",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(officer: Reader, query: str) -> None:
    assert officer.get(f"/api/overview/clusters?{query}").status_code == 400


def test_a_shape_holds_what_shapely_finds_in_it(officer: Reader) -> None:
    corners = [[118.52, 24.88], [118.66, 24.9], [118.6, 24.97], [118.54, 24.95]]
    answer = dict(within(officer, corners).json)
    shape = Polygon(corners)
    wanted = [one["id"] for one in everything(officer) if one["lon"] and shape.covers(_dot(one))]
    assert [one["id"] for one in rows(answer)] == wanted
    assert answer["count"] == len(wanted) > 0
    black = dict(within(officer, corners, grade="black").json)
    assert {one["grade"] for one in rows(black)} == {"black"}


def _dot(one: dict[str, Any]) -> Dot:
    return Dot(one["lon"], one["lat"])


@pytest.mark.parametrize("corners", [[], [[1, 2], [3, 4]], [[1]] * 3, [["x", 1]] * 3, "no"])
def test_a_shape_that_is_none_is_refused(officer: Reader, corners: object) -> None:
    officer.get("/overview")
    assert within(officer, corners).status_code == 400


def test_a_line_without_an_inside_holds_at_most_what_lies_on_it(officer: Reader) -> None:
    officer.get("/overview")
    assert within(officer, [[118.5, 24.9]] * 3).json["count"] == 0


def test_one_case_is_told_by_its_id(officer: Reader) -> None:
    answer = dict(officer.get("/api/overview/cases/c005").json or {})
    assert [one["id"] for one in rows(answer)] == ["c005"]
    assert officer.get("/api/overview/cases/nobody").status_code == 404


def test_each_reading_of_single_cases_is_in_the_audit(officer: Reader, court: Services) -> None:
    far, near = clusters(officer, 8), clusters(officer, 19)
    assert far["rows"] == []
    assert near["rows"]
    within(officer, [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH]])
    officer.get("/api/overview/cases/c005")
    read = [e.detail["cases"] for e in court.store.audit.entries(5) if e.act == "cases.map"]
    located = sum(one["lon"] is not None for one in everything(officer))
    assert read == [1, located, len(near["rows"])]


def test_who_may_not_read_the_map_reads_none_of_it(signed_in: SignIn) -> None:
    auditor = signed_in(Role.AUDITOR)
    for path in ("clusters", "heat", "cases", "cases/c005"):
        assert auditor.get(f"/api/overview/{path}?{BOX}&zoom=12").status_code == 403


def test_what_is_written_is_shown_and_reading_makes_nothing_anew(
    officer: Reader, court: Services
) -> None:
    before, _fresh = court.overview.table(court)
    clusters(officer, 19)
    officer.get("/cases/c001")
    assert court.overview.table(court)[0] is before
    case = court.store.case(CaseId("c011"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.ENDED)])
    told = {one["id"]: one for one in everything(officer)}
    assert (told["c011"]["status"], told["c011"]["step"]) == ("ended", "closed")


def test_cases_grow_older_though_nothing_is_written(court: Services, clock: SetClock) -> None:
    before, _fresh = court.overview.table(court)
    clock.at += timedelta(days=800)
    after, _fresh = court.overview.table(court)
    assert before.code("age", 0) != after.code("age", 0)


def test_a_large_court_is_read_again_beside(app: Flask, court: Services, signed_in: SignIn) -> None:
    here = replace(court, overview=OverviewIndex(most_rows=20))
    attach(app, here)
    reader = signed_in(Role.OFFICER)
    assert clusters(reader)["fresh"] is True
    case = here.store.case(CaseId("c011"))
    assert case is not None
    here.store.put(cases_=[replace(case, status=CaseStatus.ENDED)])
    first = clusters(reader, more="&status=ended")
    assert (first["fresh"], first["counts"]["shown"]) == (False, 0)
    answer = _until(lambda: clusters(reader, more="&status=ended"), lambda one: one["fresh"])
    assert answer["counts"]["shown"] == 1


def test_the_heat_holds_sums_of_three_cases_at_least(officer: Reader, court: Services) -> None:
    answer = _until(
        lambda: dict(officer.get("/api/overview/heat").json or {}), lambda one: one["ready"]
    )
    assert answer["fresh"]
    assert min(answer["cases"]) >= FEWEST
    assert set(answer["expected"]) == {day.value for day in DayType}
    for by_square in answer["expected"].values():
        assert len(by_square) == len(answer["boxes"]) == len(answer["cases"])
        assert all(len(one) == len(VisitBand) for one in by_square)
        assert all(
            0 <= p <= n for one, n in zip(by_square, answer["cases"], strict=True) for p in one
        )
    assert answer["limits"] == sorted(set(answer["limits"]))
    text = json.dumps(answer, ensure_ascii=False)
    assert "某" not in text
    assert HOSTILE_TEXT not in text
    assert not any(one["id"] in text for one in everything(officer))
    assert court.store.audit.entries(2)[1].act == "heat.map"


def _until(
    ask: Callable[[], dict[str, Any]], done: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    for _ in range(600):
        answer = ask()
        if done(answer):
            return answer
        time.sleep(0.05)
    raise AssertionError(answer)


def test_what_could_not_be_made_is_told_once_and_tried_again() -> None:
    kept: Kept[int] = Kept()
    answers = iter([ValueError("no"), 7])

    def make(_tell: Tell) -> int:
        made = next(answers)
        if isinstance(made, Exception):
            raise made
        return made

    def asked() -> dict[str, Any]:
        try:
            value, fresh = kept.soon("key", make)
        except ValueError:
            return {"told": True, "value": None, "fresh": False}
        return {"told": False, "value": value, "fresh": fresh}

    assert _until(asked, lambda one: one["told"])["value"] is None
    assert _until(asked, lambda one: one["fresh"])["value"] == 7
    assert kept.held == 7


def test_what_nobody_asks_for_is_given_up_and_begun_anew() -> None:
    now_s, begun, on = [0.0], [0], Event()
    kept: Kept[int] = Kept(clock=lambda: now_s[0])

    def make(tell: Tell) -> int:
        begun[0] += 1
        for share in (0.25, 0.5, 0.75):
            assert on.wait(10)
            on.clear()
            tell(share)
        return begun[0]

    def step() -> None:
        on.set()
        _until(lambda: {"left": on.is_set()}, lambda one: not one["left"])

    assert kept.soon("key", make) == (None, False)
    step()
    _until(lambda: {"share": kept.share}, lambda one: one["share"] == 0.25)
    now_s[0] += PATIENCE_S
    assert kept.soon("key", make) == (None, False)  # somebody still waits
    now_s[0] += PATIENCE_S
    step()
    _until(lambda: {"share": kept.share}, lambda one: one["share"] == 0.5)
    now_s[0] += PATIENCE_S + 0.1
    step()  # nobody does
    _until(lambda: {"begun": kept.soon("key", make) and begun[0]}, lambda one: one["begun"] == 2)
    assert kept.share == 0.0
    for _ in range(3):
        step()
    _until(lambda: {"held": kept.held}, lambda one: one["held"] == 2)


def test_what_is_warmed_is_made_though_nobody_asks() -> None:
    now_s = [0.0]
    kept: Kept[int] = Kept(clock=lambda: now_s[0])

    def make(tell: Tell) -> int:
        now_s[0] += 10 * PATIENCE_S
        tell(0.5)
        return 7

    kept.warm("key", make)
    _until(lambda: {"held": kept.held}, lambda one: one["held"] == 7)


def test_the_heat_is_that_of_whole_debtors_and_claims(officer: Reader, court: Services) -> None:
    told = _until(
        lambda: dict(officer.get("/api/overview/heat").json or {}), lambda one: one["ready"]
    )
    assert told["share"] == 1.0
    sought = {
        one["id"] for one in everything(officer) if one["step"] not in ("closed", "wait", "spare")
    }
    debtors = [debtor for debtor in court.store.debtors() if debtor.case_id in sought]
    case_of = {debtor.id: debtor.case_id for debtor in debtors}
    claims = [claim for claim in court.store.claims() if claim.debtor_id in case_of]
    located = court.locate(
        debtors=debtors,
        claims=claims,
        outcomes=court.store.outcomes(),
        leads=court.store.leads(),
        now=court.clock(),
    )
    sited = [
        (claim.id, case_of[claim.debtor_id], (place.point.lon, place.point.lat))
        for claim in claims
        if (place := claim.place) is not None and place.precision in SITED
    ]
    ids, cases, points = zip(*sited, strict=True)
    whole = heat_json(heat(located, Sited(ids, cases, np.array(points))))
    assert whole["boxes"]
    assert {name: told[name] for name in whole} == whole
