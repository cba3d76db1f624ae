"""The correction of travel times on the network page: shown, put in use, dropped, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from flask import Flask

from data.model import Role
from data.travel_times import put_measured_legs
from geo.model import HourBand, TrafficDay
from geo.ports import RoadTravel
from geo.roadtags import RoadClass
from geo.travel import PROFILES, load_engine
from geo.travel.observed import LegTimes, speeds_basis
from tests.geo.roads import LAT, LON, STEP, network_of
from tests.web.conftest import Reader
from web.network_board import RoadBoard
from web.services import Services, attach
from web.steps import travel

SignIn = Callable[[Role], Reader]
APPLY, DROP = "/network/correction/apply", "/network/correction/drop"
ENDS = (np.array([(LON, LAT)]), np.array([(LON + 20 * STEP, LAT)]))


def put_legs(services: Services, name: str, factor: float, count: int = 40) -> None:
    """Keep mornings on arterial roads that took so many times as long as foretold."""
    rng = np.random.default_rng(3)
    legs = [
        LegTimes(
            f"{name}{number}",
            date(2026, 11, 2) + timedelta(days=number % 5),
            "car",
            TrafficDay.WORKDAY,
            HourBand.MORNING_PEAK,
            1000.0 * factor * float(rng.lognormal(0.0, 0.05)),
            (0.0, 1000.0, 0.0, 0.0),
            0.0,
        )
        for number in range(count)
    ]
    with services.store.write() as work:
        put_measured_legs(work, legs, basis=speeds_basis(PROFILES))


@pytest.fixture
def app(pages: Flask, court: Services) -> Flask:
    network = network_of([(0, 0), (20, 0)], [(0, 1, RoadClass.PRIMARY, "=", False)])
    roads = replace(court, roads=RoadBoard(network), engine=load_engine(network))
    attach(pages, roads)
    return pages


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    def opened(role: Role) -> Reader:
        reader = Reader(app.test_client())
        assert reader.sign_in(role.value).status_code == 302
        reader.get("/network")
        return reader

    return opened


def morning_s(app: Flask) -> float:
    engine: RoadTravel = app.extensions["fieldwrit"].engine
    return float(engine.matrix(*ENDS, band=HourBand.MORNING_PEAK).travel_s[0, 0])


def shown(court: Services) -> str:
    return travel.propose(court.store, PROFILES).correction.fingerprint


def acts(court: Services) -> list[tuple[str, str]]:
    return [
        (entry.act, entry.actor)
        for entry in court.store.audit.entries(20)
        if "correction" in entry.act
    ]


@pytest.mark.parametrize("role", [Role.COMMANDER, Role.ADMIN])
def test_what_is_shown_is_put_in_use_at_once_and_dropped(
    role: Role, app: Flask, sign_in: SignIn, court: Services
) -> None:
    put_legs(court, "v", 1.5)
    reader, before_s = sign_in(role), morning_s(app)
    page = reader.get("/network").text
    for part in ("实测行程修正", "早高峰", "干路", "用时系数", "没有采用修正", shown(court)):
        assert part in page
    assert "停用修正" not in page
    answer = reader.post(APPLY, fingerprint=shown(court))
    assert (answer.status_code, answer.location) == (302, "/network")
    assert morning_s(app) > 1.3 * before_s
    page = reader.get("/network").text
    assert "正在使用" in page
    assert "采用现在的估算" not in page
    assert reader.post(DROP).status_code == 302
    assert morning_s(app) == before_s
    reader.post(DROP)  # nothing is left to drop
    (dropped, who), (applied, by) = acts(court)
    assert (dropped, applied) == ("travel_correction.drop", "travel_correction.apply")
    assert who == by != "cli"


def test_what_changed_since_it_was_shown_is_refused(
    app: Flask, sign_in: SignIn, court: Services
) -> None:
    put_legs(court, "v", 1.5)
    commander, seen, before_s = sign_in(Role.COMMANDER), shown(court), morning_s(app)
    put_legs(court, "w", 1.9)
    for fingerprint in (seen, "", "0" * 12):
        commander.post(APPLY, fingerprint=fingerprint)
        assert "请重新查看后再采用" in commander.get("/network").text
    assert morning_s(app) == before_s
    assert acts(court) == []


def test_another_than_the_one_in_use_is_told_apart(sign_in: SignIn, court: Services) -> None:
    put_legs(court, "v", 1.5)
    commander, used = sign_in(Role.COMMANDER), shown(court)
    commander.post(APPLY, fingerprint=used)
    put_legs(court, "w", 1.9)
    page = commander.get("/network").text
    assert used in page
    assert shown(court) in page
    assert "采用现在的估算" in page
    assert "停用修正" in page


def test_without_legs_it_says_so(sign_in: SignIn, court: Services) -> None:
    commander = sign_in(Role.COMMANDER)
    assert "还没有可用的实测行程" in commander.get("/network").text
    commander.post(APPLY, fingerprint=shown(court))
    assert acts(court) == []


@pytest.mark.parametrize("role", list(Role))
def test_rights(role: Role, sign_in: SignIn, court: Services) -> None:
    put_legs(court, "v", 1.5)
    reader, may = sign_in(role), role in {Role.COMMANDER, Role.ADMIN}
    assert ("实测行程修正" in reader.get("/network").text) == may
    statuses = {reader.post(APPLY, fingerprint="0" * 12).status_code, reader.post(DROP).status_code}
    assert statuses == ({302} if may else {403})


def test_a_form_without_its_token_is_refused(sign_in: SignIn, court: Services) -> None:
    put_legs(court, "v", 1.5)
    commander = sign_in(Role.COMMANDER)
    for path in (APPLY, DROP):
        assert commander.client.post(path, data={"fingerprint": shown(court)}).status_code == 400
    assert acts(court) == []


def test_a_correction_of_other_speeds_has_no_effect(sign_in: SignIn, court: Services) -> None:
    put_legs(court, "v", 1.5)
    correction = travel.propose(court.store, PROFILES).correction
    court.store.travel_times.apply(correction, basis="0" * 12, by="cli")
    assert court.store.travel_times.factors(basis=speeds_basis(PROFILES)) is None
    page = sign_in(Role.ADMIN).get("/network").text
    assert "另一份车速表" in page
    assert "采用现在的估算" in page
