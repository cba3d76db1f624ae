"""The plan page's answers to why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.model import Role
from routes.model import ActionId
from tests.routes.planning.test_why_cases import A, B, line, planned, visit
from tests.web.conftest import Reader
from tests.web.court import ACTION, NOW
from web.services import Services

SignIn = Callable[[Role | str], Reader]
MADE = ActionId("20260105-why")
WHY = f"/api/plans/{MADE}/why"


@pytest.fixture
def reader(court: Services, signed_in: SignIn) -> Reader:
    problem = line(A, B, visit("d", "9:10", "11:10"), id=str(MADE))
    court.store.save(MADE, problem, planned(problem), made_at=NOW)
    return signed_in(Role.COMMANDER)


def test_each_stop_and_each_left_out_debtor_can_be_asked_about(reader: Reader) -> None:
    page = reader.get(f"/plans/{MADE}").text
    for words in ("visit=a", "visit=b", "ref=d"):
        assert f'data-why="{WHY}?{words}"' in page
    assert page.count("为什么") == 3


def test_the_answer_names_what_could_be_relaxed(reader: Reader, court: Services) -> None:
    told = reader.get(f"{WHY}?ref=d").json
    assert told is not None
    assert "晚 20 分钟收班" in told["lines"][0]
    assert told["fixes"] == []
    assert [one.act for one in court.store.audit.entries(1)] == ["plan.why"]
    told = reader.get(f"{WHY}?visit=a").json
    assert told is not None
    assert told["earliest"]["bound"] == "window"


def test_the_answer_is_in_the_readers_language(reader: Reader) -> None:
    reader.post("/language", language="en")
    told = reader.get(f"{WHY}?ref=d").json
    assert told is not None
    assert told["lines"][-1].startswith("Each of these was tried")


def test_what_cannot_be_asked_is_refused(reader: Reader) -> None:
    refused = reader.get(f"{WHY}?ref=nobody")
    assert refused.status_code == 422
    assert "nobody" in (refused.json or {})["error"]
    for path in (WHY, f"{WHY}?ref=d&visit=a", "/api/plans/none/why?ref=d"):
        assert reader.get(path).status_code == 404
    assert reader.get(f"/api/plans/{ACTION}/why?ref=d011").status_code == 422  # not a sound plan


@pytest.mark.usefixtures("reader")
def test_who_may_not_read_plans_may_not_ask(court: Services, signed_in: SignIn) -> None:
    assert signed_in(Role.AUDITOR).get(f"{WHY}?ref=d").status_code == 403
    assert court.store.plan(MADE) is not None
