"""An officer of a team sees its day alone; accounts of another court do not get in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.check_ins import SentCheckIn
from data.model import Role
from data.outcome_records import OutcomeRecord
from data.sent_outcomes import SentOutcome, receive_outcomes
from routes.live import SignKind
from routes.model import ClaimId, OutcomeKind
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, PASSWORD, SetClock
from web.services import Services

SignIn = Callable[[Role | str], Reader]
MORNING = datetime(2026, 11, 26, 0, 30, tzinfo=UTC)
LIVE, DATA = f"/live/{ACTION}", f"/api/live/{ACTION}"


@pytest.fixture
def day(court: Services, clock: SetClock) -> Services:
    """The first day of a released plan, on which both teams called for help and found somebody."""
    store = court.store
    officer = store.accounts.named("officer")
    assert officer is not None
    store.accounts.place(officer.id, team_id="T1", court="", by="test")
    device = store.devices.add(officer.id, "手机").id
    store.release(ACTION, by="test")
    for team in ("T1", "T2"):
        store.team_messages.send(team, DAYS[0], f"致{team}", by="test")
        clock.at = MORNING - timedelta(hours=1)
        call = SentCheckIn(f"call-of-{team}", team, SignKind.HELP, clock.at)
        store.check_ins.receive(call, device_id=device, by=officer.id)
        record = OutcomeRecord(team, device)
        at = clock.at - timedelta(minutes=20)
        seen = SentOutcome(f"visit-{team}", ClaimId("a0020"), OutcomeKind.MOVED, at, record=record)
        receive_outcomes(store, [seen], by=officer.id)
    clock.at = MORNING
    return court


def _json(reader: Reader, path: str) -> dict[str, list[dict[str, object]]]:
    answer = reader.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, object]]] = answer.json
    return found


def test_the_own_day_is_seen_and_no_other(day: Services, signed_in: SignIn) -> None:
    officer, commander = signed_in(Role.OFFICER), signed_in(Role.COMMANDER)
    for reader, teams in ((officer, {"T1"}), (commander, {"T1", "T2"})):
        assert {one["team"] for one in _json(reader, "/api/field/tasks")["tasks"]} == teams
        live = _json(reader, DATA)
        assert {one["team"] for one in live["teams"]} == teams
        assert len(live["messages"]) == len(teams)
        kinds = [str(one["sort"]) for one in live["feed"]]
        assert sorted(kinds) == sorted(["help", "outcome"] * len(teams))
        assert _json(reader, "/api/alarms")["open"] == len(teams)
        plan = _json(reader, f"/api/plans/{ACTION}")
        assert {one["team"] for one in plan["routes"]} == teams
        shapes = _json(reader, f"/api/v1/plans/{ACTION}.geojson")["features"]
        assert {one["properties"]["team"] for one in shapes} == teams  # type: ignore[index]
        for path in (LIVE, f"/plans/{ACTION}"):
            page = reader.get(path).text
            assert ("第二组" in page) is ("T2" in teams), path
        page = reader.get(f"/plans/{ACTION}").text
        assert ('id="export"' in page) is ("T2" in teams)
    marks = [reader.client.get(DATA).headers["ETag"] for reader in (officer, commander)]
    assert marks[0] != marks[1]


def test_only_help_is_called_for_in_another_teams_name(day: Services, signed_in: SignIn) -> None:
    client = signed_in(Role.OFFICER).client

    def post(path: str, body: object, **headers: str) -> Any:
        token = client.get("/api/field/state").json["token"]  # type: ignore[index]
        return client.post(path, json=body, headers={"X-CSRFToken": token, **headers}).json

    device = post("/api/field/devices", {"name": "二组的手机"})["device"]
    at = MORNING.isoformat()
    acts = [
        {"key": f"key-of-{kind}", "kind": kind, "team": "T2", "at": at, "agreed_at": at}
        for kind in ("safe", "help")
    ]
    answered = post("/api/field/acts", {"acts": acts}, **{"X-Field-Device": device})["acts"]
    assert [one["state"] for one in answered] == ["refused", "stored"]


def test_visits_of_other_teams_are_left_out_of_a_case(day: Services, signed_in: SignIn) -> None:
    def visits(reader: Reader) -> int:
        return len(re.findall(r"/outcomes/\w+/withdraw", reader.get("/cases/c002").text))

    assert visits(signed_in(Role.OFFICER)) == 1
    assert visits(signed_in(Role.COMMANDER)) == 2


def test_why_tells_nothing_of_another_teams_visit(day: Services, signed_in: SignIn) -> None:
    officer, plan = signed_in(Role.OFFICER), day.store.plan(ACTION)
    assert plan is not None
    of = {r.team: s.ref for r in plan.routes for s in r.stops if s.kind == "visit"}
    asked = f"/api/plans/{ACTION}/why?visit="
    other, unknown = (officer.client.get(asked + ref) for ref in (of["T2"], "v999"))
    assert other.status_code == unknown.status_code == 422
    assert other.text.replace(of["T2"], "") == unknown.text.replace("v999", "")
    assert officer.client.get(asked + of["T1"]).text != other.text


def test_an_administrator_sets_team_and_court(
    court: Services, signed_in: SignIn, reader: Reader
) -> None:
    admin, officer = signed_in(Role.ADMIN), signed_in(Role.OFFICER)
    me = court.store.accounts.named("officer")
    assert me is not None
    assert "第一组" in admin.get("/accounts").text
    assert "不在库中" in admin.send(f"/accounts/{me.id}/place", team="T9")
    assert "归属已保存" in admin.send(f"/accounts/{me.id}/place", team="T1")
    assert court.store.accounts.get(me.id).team_id == "T1"  # type: ignore[union-attr]
    assert officer.get("/cases").status_code == 302  # the session ended
    assert "形如" in admin.send("/accounts/court", court="none")
    assert "已保存" in admin.send("/accounts/court", court="闽0504")
    assert admin.get("/accounts").status_code == 200  # who set it is of that court now
    assert "归属已保存" in admin.send(f"/accounts/{me.id}/place", team="T1", court="闽0505")
    assert "属其他法院：闽0505" in admin.get("/accounts").text
    assert reader.sign_in("officer").status_code == 401
    admin.send(f"/accounts/{me.id}/place", team="", court="闽0504")
    assert reader.sign_in("officer", PASSWORD).status_code == 302
    acts = [entry.act for entry in court.store.audit.entries(40)]
    assert acts.count("account.place") == 3
    assert acts.count("store.court") == 1
