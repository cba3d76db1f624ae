"""What changed since the reader was last here: what the overview says of it, and to whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from data.model import Role
from data.rights import RIGHTS, Right
from routes.model import ClaimId, Outcome, OutcomeKind, VisitBand
from tests.web.conftest import Reader
from tests.web.court import ACTION, SetClock
from web.services import Services

SignIn = Callable[[Role | str], Reader]
PATH = "/api/overview/since"


def told(reader: Reader) -> dict[str, Any]:
    return dict(reader.get(PATH).json or {})


def counts(reader: Reader) -> dict[str, int]:
    return {one["kind"]: one["count"] for one in told(reader)["counts"]}


@pytest.fixture
def changed(court: Services, clock: SetClock, app: Flask) -> Services:
    """A court in which each role was here the day before, and what came at night."""
    for role in (Role.OFFICER, Role.COMMANDER):
        reader = Reader(app.test_client())
        reader.sign_in(role)
        reader.get("/cases")
    clock.at += timedelta(hours=10)
    visit = Outcome("o-new", ClaimId("a0010"), OutcomeKind.REFUSED, clock.at, VisitBand.EVENING)
    court.store.put(outcomes=[visit])
    clock.at += timedelta(minutes=5)
    court.store.release(ACTION, by="u9")
    clock.at += timedelta(hours=4)
    return court


def test_an_officer_sees_counts_and_links_and_the_reading_is_audited(
    changed: Services, signed_in: SignIn
) -> None:
    answer = told(signed_in(Role.OFFICER))
    assert [(one["text"], one["count"]) for one in answer["counts"]] == [
        ("走访结果", 1),
        ("已发布计划", 1),
    ]
    plan, visit = answer["newest"]
    assert plan["url"] == f"/plans/{ACTION}"
    case_id = visit["url"].removeprefix("/cases/")
    case = changed.store.case(case_id)
    assert case is not None
    assert visit["text"] == str(case.number)
    assert visit["notes"][:2] == ["走访结果", "拒绝开门"]
    (entry, *_rest) = changed.store.audit.entries(1)
    assert (entry.act, entry.detail) == ("cases.since", {"cases": 1, "cases_ids": case_id})


def test_no_name_and_no_address_is_told(changed: Services, signed_in: SignIn) -> None:
    text = json.dumps(told(signed_in(Role.COMMANDER)), ensure_ascii=False)
    for debtor in changed.store.debtors():
        assert debtor.name.reveal() not in text


def test_who_may_not_read_persons_sees_numbers_of_cases_only(
    changed: Services, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = signed_in(Role.OFFICER)
    less = RIGHTS[Role.OFFICER] - {Right.PERSON_READ, Right.CASE_READ, Right.PLAN_READ}
    monkeypatch.setattr("web.security.RIGHTS", {Role.OFFICER: less})
    answer = told(reader)
    (visit,) = answer["newest"]
    assert visit["url"] is None
    assert visit["notes"][0] == "走访结果"
    assert "拒绝开门" not in visit["notes"]
    assert [one["kind"] for one in answer["counts"]] == ["outcome"]


@pytest.mark.parametrize("role", [Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN])
def test_partners_and_others_do_not_see_it(signed_in: SignIn, role: Role) -> None:
    assert signed_in(role).get(PATH).status_code == 403


def test_nothing_changed_and_never_here_before(
    court: Services, clock: SetClock, signed_in: SignIn
) -> None:
    reader = signed_in(Role.OFFICER)
    assert told(reader) == {"since": None, "counts": [], "newest": []}
    clock.at += timedelta(hours=12)
    answer = told(signed_in(Role.OFFICER))
    assert answer["since"] is not None
    assert answer["counts"] == answer["newest"] == []
    page = signed_in(Role.OFFICER).get("/overview").text
    assert "自上次登录以来没有变化" in page


def test_the_page_stays_small(signed_in: SignIn) -> None:
    assert len(signed_in(Role.OFFICER).get("/overview").data) < 300_000
