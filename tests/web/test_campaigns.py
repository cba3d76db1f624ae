"""The page of campaigns: tables and numbers of townships, no person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest

from data.model import Role
from routes.model import EscortHours
from tests.web.conftest import Reader
from web.services import Services

SignIn = Callable[[Role | str], Reader]


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


def test_without_shifts_the_page_says_so(commander: Reader) -> None:
    assert "没有可用班次" in commander.get("/campaigns").text


def test_townships_weeks_and_days_are_listed(commander: Reader, court: Services) -> None:
    hours = tuple(EscortHours(day, time(8), time(17)) for day in range(5))
    court.store.put(teams=court.store.teams(), shifts={"T1": hours})
    page = commander.get("/campaigns?weeks=4").text
    for words in ("集中行动日", "每周负荷", "青溪镇", "劳动报酬", "按直线距离估算"):
        assert words in page
    for hidden in ("某", "闽0504", "杂货店"):
        assert hidden not in page
    (entry,) = (one for one in court.store.audit.entries(5) if one.act == "campaign.list")
    assert entry.detail == {"weeks": 4}


@pytest.mark.parametrize("weeks", ["0", "27", "-3"])
def test_weeks_out_of_range_are_refused(weeks: str, commander: Reader) -> None:
    assert commander.get(f"/campaigns?weeks={weeks}").status_code == 400


def test_seasons_are_read_in_the_readers_language(commander: Reader, court: Services) -> None:
    hours = tuple(EscortHours(day, time(8), time(17)) for day in range(5))
    court.store.put(teams=court.store.teams(), shifts={"T1": hours})
    assert "春节返乡" in commander.get("/campaigns?weeks=12").text
    commander.post("/language", language="en")
    page = commander.get("/campaigns?weeks=12").text
    assert "Spring Festival homecoming" in page
    assert "春节" not in page
