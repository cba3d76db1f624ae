"""The desk of unsure places: the queue, one address, a decision, what follows, and undoing it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from data.jobs import JobKind, JobState
from data.model import Role
from data.place_decisions import PlaceBasis
from geo.model import Point, Precision
from geo.nearby import near_distance_m
from routes.model import CaseId, ClaimId, Place
from tests.web.conftest import Reader, Waiting
from tests.web.desk_court import DOOR, FIRST, SECOND, TEXTS, THIRD, with_places
from web.config import Settings
from web.services import Services, attach
from web.views import desk
from web.working import work_on

SignIn = Callable[[Role | str], Reader]
HERE = {"lon": DOOR.lon, "lat": DOOR.lat, "basis": "map"}


@pytest.fixture
def placed(court: Services, pages: Flask) -> Services:
    here = with_places(court)
    attach(pages, here)
    return here


@pytest.fixture
def officer(placed: Services, pages: Flask) -> Reader:
    reader = Reader(pages.test_client())
    reader.sign_in("officer")
    reader.get("/desk")
    return reader


def send(reader: Reader, path: str, body: Any = None) -> TestResponse:
    headers = {"X-CSRFToken": reader.token}
    return reader.client.post(path, json={} if body is None else body, headers=headers)


def place_of(here: Services, claim_id: ClaimId) -> Place | None:
    claim = here.store.claim(claim_id)
    assert claim is not None
    return claim.place


def test_the_queue_holds_ids_and_reasons_and_no_address(officer: Reader) -> None:
    answer = officer.get("/api/desk/queue")
    found = json.loads(answer.text)
    assert [one["id"] for one in found["waiting"]][:2] == [FIRST, SECOND]
    assert found["left"] == len(TEXTS)
    assert "案件执行中" in found["waiting"][0]["turn"]
    assert not any(text in answer.text for text in TEXTS.values())
    assert found["undo"] is None


def test_an_address_comes_with_parts_candidates_and_doors(
    officer: Reader, placed: Services
) -> None:
    found = json.loads(officer.get(f"/api/desk/claims/{FIRST}").text)
    assert found["text"] == TEXTS[FIRST]
    assert [part["text"] for part in found["parts"]] == ["河埔镇", "中山路", "37号"]
    assert all(found["text"][p["start"] : p["end"]] == p["text"] for p in found["parts"])
    assert found["candidates"][0]["reason"]
    assert {"11", "12"} <= {door["number"] for door in found["doors"]}
    read = [one for one in placed.store.audit.entries() if one.act == "desk.read"]
    assert [one.subject for one in read] == [f"claim:{FIRST}"]


def test_rivals_are_told_with_how_far_apart_they_are(officer: Reader) -> None:
    found = json.loads(officer.get(f"/api/desk/claims/{THIRD}").text)
    first, second = found["candidates"]
    assert 0.0 < second["confidence"] <= first["confidence"] < 0.9
    assert second["away_m"] > 2_000
    assert "2 个候选，相距最远 3.0 公里" in found["unsure"]


def test_a_decision_is_kept_and_places_the_neighbour_better(
    officer: Reader, placed: Services
) -> None:
    before = json.loads(officer.get(f"/api/desk/claims/{SECOND}").text)["candidates"][0]
    done = send(officer, f"/api/desk/claims/{FIRST}/confirm", HERE)
    assert done.status_code == 200
    told = json.loads(done.text)
    assert "已确认位置（对照地图移到门口）" in told["text"]
    assert told["left"] == len(TEXTS) - 1 - int(place_is_sure(placed, SECOND))
    held = place_of(placed, FIRST)
    assert held is not None
    assert (held.point, held.precision, held.confidence) == (DOOR, Precision.DOOR, 0.99)
    made = placed.store.place_decisions.of_claim(FIRST)
    assert made is not None
    assert (made.basis, made.point) == (PlaceBasis.MAP, DOOR)
    near = place_of(placed, SECOND)
    assert near is not None  # located at once
    was_m = near_distance_m(Point(before["lon"], before["lat"]), DOOR)
    assert near_distance_m(near.point, DOOR) < min(40.0, was_m)
    assert placed.places is not None
    best = placed.places.geocode(TEXTS[FIRST]).best
    assert best is not None
    assert (best.point, best.precision) == (DOOR, Precision.DOOR)
    assert officer.get(f"/api/desk/claims/{FIRST}").status_code == 404  # it waits no more


def place_is_sure(here: Services, claim_id: ClaimId) -> bool:
    held = place_of(here, claim_id)
    return held is not None and held.confidence >= 0.9


def test_undoing_takes_back_place_names_and_neighbours(officer: Reader, placed: Services) -> None:
    names = placed.store.gazetteer_entries()
    send(officer, f"/api/desk/claims/{FIRST}/confirm", HERE)
    assert len(placed.store.gazetteer_entries()) > len(names)
    undone = json.loads(send(officer, "/api/desk/undo").text)
    assert (undone["claim"], undone["left"], undone["undo"]) == (FIRST, len(TEXTS), None)
    assert placed.store.gazetteer_entries() == names
    assert place_of(placed, FIRST) is place_of(placed, SECOND) is None
    again = send(officer, "/api/desk/undo")
    assert again.status_code == 409
    assert "没有可撤销" in json.loads(again.text)["error"]


def test_a_confirmed_place_counts_in_the_locating_model(officer: Reader, placed: Services) -> None:
    case_id = CaseId("c046")

    def located() -> Any:
        store = placed.store
        return placed.locate(
            debtors=store.debtors(case_id),
            claims=store.claims(case_id),
            outcomes=(),
            leads=(),
            now=placed.clock(),
        ).claims

    assert FIRST not in located() or located()[FIRST].p_place is not None
    before = located().get(FIRST)
    send(officer, f"/api/desk/claims/{FIRST}/confirm", HERE)
    after = located()[FIRST]
    assert before is None or after.p_place >= before.p_place
    assert "0.99" in "".join(str(line) for line in after.evidence)


def test_two_officers_do_not_overwrite_one_another(
    officer: Reader, placed: Services, pages: Flask
) -> None:
    other = Reader(pages.test_client())
    other.sign_in("commander")
    other.get("/desk")
    send(officer, f"/api/desk/claims/{FIRST}/confirm", HERE)
    late = send(other, f"/api/desk/claims/{FIRST}/confirm", HERE | {"lon": 118.62})
    assert late.status_code == 409
    assert "已由他人确认" in json.loads(late.text)["error"]
    assert send(other, f"/api/desk/claims/{FIRST}/unlocatable").status_code == 409
    held = place_of(placed, FIRST)
    assert held is not None
    assert held.point == DOOR


def test_what_cannot_be_located_leaves_the_queue(officer: Reader, placed: Services) -> None:
    done = json.loads(send(officer, f"/api/desk/claims/{FIRST}/unlocatable").text)
    assert "无法定位" in done["text"]
    assert done["left"] == len(TEXTS) - 1
    assert place_of(placed, FIRST) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lon": "118.6", "lat": 24.8, "basis": "map"},
        {"lon": 24.8, "lat": 118.6, "basis": "map"},
        {"lon": 1e400, "lat": 24.8, "basis": "map"},
        {"lon": True, "lat": False, "basis": "map"},
        {"lon": 118.6, "lat": 24.8, "basis": "guess"},
        [],
    ],
)
def test_what_is_no_place_is_refused_and_nothing_kept(
    body: Any, officer: Reader, placed: Services
) -> None:
    answer = send(officer, f"/api/desk/claims/{FIRST}/confirm", body)
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]
    assert placed.store.place_decisions.of_claim(FIRST) is None
    assert send(officer, "/api/desk/claims/nobody/confirm", HERE).status_code == 404


def test_typed_coordinates_of_another_datum_are_converted(officer: Reader) -> None:
    plain = json.loads(
        send(officer, "/api/desk/point", {"typed": "24.8, 118.6", "datum": "wgs84"}).text
    )
    assert plain == {"lon": 118.6, "lat": 24.8}
    moved = json.loads(
        send(officer, "/api/desk/point", {"typed": "118.6 24.8", "datum": "gcj02"}).text
    )
    assert 0.002 < plain["lon"] - moved["lon"] < 0.01
    for typed in ("", "中山路12号", "200, 300"):
        body = {"typed": typed, "datum": "wgs84"}
        assert send(officer, "/api/desk/point", body).status_code == 400


def test_many_addresses_are_located_anew_by_the_worker(
    placed: Services,
    officer: Reader,
    pages: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = Waiting()
    attach(pages, replace(placed, queue=queue))
    monkeypatch.setattr(desk, "_FEW", 0)
    done = send(officer, f"/api/desk/claims/{FIRST}/confirm", HERE)
    assert "后台" in json.loads(done.text)["text"]
    (job_id,) = queue.ids
    job = placed.store.jobs.get(job_id)
    assert job is not None
    assert job.kind is JobKind.SPREAD
    assert place_of(placed, SECOND) is None
    monkeypatch.setattr("web.wiring.Court.places", placed.places)
    work_on(placed.store, settings, job_id, telling=queue, clock=placed.clock)
    job = placed.store.jobs.get(job_id)
    assert job is not None
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.result["moved"] >= 1
    assert place_of(placed, SECOND) is not None
    work_on(placed.store, settings, job_id, telling=queue, clock=placed.clock)  # nothing twice


def test_the_page_shows_how_many_wait_and_no_address(officer: Reader) -> None:
    page = officer.get("/desk").text
    assert "定位台" in page
    assert not any(text in page for text in TEXTS.values())


def test_a_court_without_roads_is_told_so(court: Services, app: Flask, signed_in: SignIn) -> None:
    reader = signed_in(Role.OFFICER)
    assert "请先建立路网" in reader.get("/desk").text
    found = json.loads(reader.get("/api/desk/queue").text)["waiting"]
    claim = json.loads(reader.get(f"/api/desk/claims/{found[0]['id']}").text)
    assert claim["candidates"] == []
    assert send(reader, f"/api/desk/claims/{found[0]['id']}/confirm", HERE).status_code == 400
