"""A stop has one number on every page, on paper and in every file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.exports import export_plan
from data.exports.field_pack import _pack
from data.exports.model import lay_out
from data.model import Role
from geo.model import Datum
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from routes.planning.problem import Plan, Problem, StopKind
from tests.web.conftest import Reader
from tests.web.court import ACTION, SetClock, company
from tests.web.test_field import MORNING
from web.field_pack import build_pack
from web.plan_board import build_plan_page
from web.services import Services
from web.stop_labels import stop_labels

SignIn = Callable[[Role | str], Reader]
OLD = ActionId("20261126-solved")
Numbers = dict[tuple[str, str, str], int | None]  # by team, kind and option


@pytest.fixture
def made(court: Services, clock: SetClock) -> tuple[Problem, Plan]:
    """Return a released plan in which officers are fetched and a team rests."""
    problem = court.store.problem(ACTION)
    assert problem is not None
    problem = company(replace(problem, id=str(OLD)))
    plan = solve(problem, stop=MaxIterations(60), seed=1)
    kinds = {stop.kind for route in plan.routes for stop in route.stops}
    assert kinds == set(StopKind)
    court.store.save(OLD, problem, plan, made_at=court.clock())
    court.store.release(OLD, by="test")
    clock.at = MORNING
    return problem, plan


def test_a_stop_has_one_number_everywhere(
    made: tuple[Problem, Plan], court: Services, signed_in: SignIn, tmp_path: Any
) -> None:
    problem, plan = made
    names = {team.id: team.name or team.id for team in problem.teams}
    commander = signed_in(Role.COMMANDER)
    commander.get(f"/plans/{OLD}/board")
    draft = commander.get(f"/api/plans/{OLD}/draft").json
    assert draft is not None
    board = {
        (lane["name"], stop["kind"], stop["ref"]): stop["number"]
        for lane in draft["lanes"]
        for stop in lane["stops"]
        if stop["ref"]
    }
    assert {number for (_, kind, _), number in board.items() if kind == "pick_up"} == {None}
    for lane in draft["lanes"]:
        counted = [stop["number"] for stop in lane["stops"] if stop["number"] is not None]
        assert counted == list(range(1, len(counted) + 1))
    page = build_plan_page(
        action_id=OLD, released_at=None, problem=problem, plan=plan, store=court.store,
        findings=(), escort_states={}, sights=None,
    )  # fmt: skip
    assert board == {
        (route.team.name, str(stop.kind), stop.ref): stop.number
        for route in page.routes
        for stop in route.stops
        if stop.ref
    }
    labels, _persons = stop_labels(court, problem, plan, say=str)
    export_plan(
        plan, problem, labels, tmp_path / "plan.geojson", format="geojson", title="x",
        made_at=court.clock(),
    )  # fmt: skip
    written = json.loads((tmp_path / "plan.geojson").read_text())
    assert board == _of_features(written["features"], {})
    assert board == _of_features(
        commander.get(f"/api/v1/plans/{OLD}.geojson").get_json(force=True)["features"], names
    )
    sheet = lay_out(plan, problem, labels, datum=Datum.WGS84, title="x", made_at=court.clock())
    printed = [
        stop["number"] for route in _pack(sheet, ["x"], None)["routes"] for stop in route["stops"]
    ]
    assert printed == [
        "–" if stop.number is None else str(stop.number)
        for route in sheet.routes
        for stop in route.stops
    ]
    for route in plan.routes:
        pack = build_pack(court, OLD, route.day, route.team)
        assert pack is not None
        for stop in pack["stops"]:
            assert board[names[route.team], stop["kind"], stop["ref"]] == stop["number"]


def _of_features(features: list[dict[str, Any]], names: dict[str, str]) -> Numbers:
    told = (one["properties"] for one in features)
    return {
        (names.get(one["team"], one["team"]), one["kind"], one["ref"]): one["number"]
        for one in told
        if one.get("ref")
    }
