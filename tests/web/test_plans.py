"""The plan board and what a station sees of a shared plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import bindparam, text

from data.demo.people import id_number
from data.masks import SIGHTS, Sights
from data.model import AuditEntry, Role
from data.sign_offs import add
from geo.localtime import moment_at
from geo.model import Floats, HourBand, Ints, Point, TrafficDay, TravelMatrix, TravelPath
from geo.travel.closures import Closure, RoadRef
from geo.travel.parts import RoadParts
from routes.model import ActionId, CaseId, CaseStatus, DebtorKind, SecretText, SupportState
from routes.planning.concerned import debtors_of
from routes.planning.problem import Floor, StopKind
from routes.planning.promises import promise_floor
from routes.rules.signoffs import Role as Office
from routes.rules.signoffs import SignOff
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY, NOW, SetClock
from web.approval import current_findings
from web.plan_board import build_plan_page, plan_json
from web.route_lines import route_lines, standing_lines
from web.services import Services
from web.signatures import Key, key_of, sign

SignIn = Callable[[Role | str], Reader]
RELEASE, SHARE = f"/plans/{ACTION}/release", f"/plans/{ACTION}/share"
SIGN = f"/plans/{ACTION}/sign-offs"
PAPER = "（2026）批1号"
LETTER = "协助函（2026）第3号"


def sign_all(reader: Reader, action: str = ACTION, **changed: str) -> None:
    """Sign everything that the page lists as waiting, rule by rule."""
    page = reader.get(f"/plans/{action}").text
    waiting = re.findall(r'name="finding" value="([^"]+)"', page)
    for rule in dict.fromkeys(each.partition("|")[0] for each in waiting):
        keys = [each for each in waiting if each.startswith(f"{rule}|")]
        fields = {
            "role": Office.PRESIDENT.value,
            "document": PAPER,
            "reason": "已核对现场照看人员",
            "expires": DAYS[-1].isoformat(),
        }
        assert "已签批" in reader.send(
            f"/plans/{action}/sign-offs", finding=keys, **(fields | changed)
        )


def release(reader: Reader, action: str = ACTION, **fields: str) -> str:
    """Release a plan, with its warnings acknowledged."""
    page = reader.get(f"/plans/{action}").text
    shown = re.findall(r'name="acknowledged" value="([^"]+)"', page)
    return reader.send(
        f"/plans/{action}/release", **({"acknowledged": shown[0]} if shown else {}), **fields
    )


def key(court: Services, rule: str, subject: str) -> Key:
    """Return the key of what a rule says now of a subject."""
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    said = current_findings(court, problem, made)
    return next(key_of(one) for one in said if (one.rule, one.subject) == (rule, subject))


def acts(court: Services, act: str) -> list[AuditEntry]:
    return [entry for entry in court.store.audit.entries(60) if entry.act == act]


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def shared(commander: Reader) -> None:
    sign_all(commander)
    assert "计划已发布" in release(commander)
    commander.send(SHARE, document=LETTER)


def test_the_board_lists_each_stop_with_its_reason(commander: Reader) -> None:
    page = commander.get(f"/plans/{ACTION}").text
    assert page.count("data-stop=") == 11
    for words in ("待审批", "第一组", "查控", "休息", "特殊人员", "价值低于已安排的走访"):
        assert words in page


def test_each_finding_on_a_plan_is_cited(commander: Reader) -> None:
    page = commander.get(f"/plans/{ACTION}").text
    cited = re.findall("<cite>([A-Z][0-9]+) · ([^<]+)</cite>", page)
    assert len(cited) == page.count('class="finding ') > 0
    assert all("条" in basis for _, basis in cited)


def test_lines_of_the_list_and_marks_on_the_map_have_the_same_keys(commander: Reader) -> None:
    listed = re.findall(r'data-stop="([\d-]+)"', commander.get(f"/plans/{ACTION}").text)
    drawn = commander.get(f"/api/plans/{ACTION}").json
    assert drawn is not None
    assert listed == [stop["key"] for route in drawn["routes"] for stop in route["stops"]]
    assert len({route["colour"] for route in drawn["routes"]}) == 2


def test_pages_of_a_plan_read_nobody_whom_it_does_not_concern(
    commander: Reader, court: Services
) -> None:
    problem = court.store.problem(ACTION)
    assert problem is not None
    concerned = debtors_of(problem)
    others = [one.id for one in court.store.debtors() if one.id not in concerned]
    assert others
    with court.store.write() as work:
        for change in (
            "UPDATE debtor SET name = :bytes WHERE id IN :ids",
            "UPDATE address_claim SET text = :bytes WHERE debtor_id IN :ids",
        ):
            several = bindparam("ids", others, expanding=True)
            work.connection.execute(text(change).bindparams(several), {"bytes": b"x"})
    for path in (f"/plans/{ACTION}", f"/api/plans/{ACTION}", f"/live/{ACTION}"):
        assert commander.get(path).status_code == 200


def test_all_plans_are_listed_the_one_of_today_first(
    commander: Reader, court: Services, clock: SetClock
) -> None:
    sign_all(commander)
    release(commander)
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    for n in range(1, 13):
        name = ActionId(f"D-{n}")
        new = replace(problem, id=str(name)), replace(made, problem_id=str(name))
        court.store.save(name, *new, made_at=NOW)
    before = commander.get("/plans").text
    assert "plan-today" not in before  # it is for tomorrow
    assert 0 < before.index(f"/plans/{ACTION}") < before.index("/plans/D-12")  # no draft hides it
    clock.at = moment_at(DAYS[0], 9 * 3600)
    page = commander.get("/plans").text
    assert "共 13 份" in page
    assert "第 1 页，共 2 页" in page
    first = page.partition("<tbody>")[2].partition("</tr>")[0]
    for words in (
        f"/plans/{ACTION}",
        "今天执行",
        "已发布",
        "示范commander",
        f"/live/{ACTION}",
        "11月26日周四",
    ):
        assert words in first
    shown = commander.get(f"/plans/{ACTION}").text
    found = re.search(r"<dt>预计找到</dt><dd>([\d.]+)<", shown)
    assert found is not None
    assert f">{found[1]}</td>" in first
    assert page.index("/plans/D-12") < page.index("/plans/D-11")
    assert '/plans/D-1"' in commander.get("/plans?page=2").text
    assert commander.get("/plans?page=9").location == "/plans?page=2"


def test_a_plan_is_released_once_everything_is_signed(commander: Reader, court: Services) -> None:
    assert "下列" in commander.get(f"/plans/{ACTION}").text
    refused = release(commander)
    assert "须签批而未签批" in refused
    assert "尚未发布" in commander.send(SHARE, document=LETTER)
    sign_all(commander)
    page = commander.get(f"/plans/{ACTION}").text
    assert 'name="finding"' not in page
    assert page.count(f"院长签批 {PAPER}，有效至 2026-11-28 00:00") >= 2
    assert "计划已发布" in release(commander)
    assert "已经发布" in release(commander)
    assert "已发布" in commander.get(f"/plans/{ACTION}").text


def test_the_audit_of_a_signature_has_rules_and_no_words(
    commander: Reader, court: Services
) -> None:
    sign_all(commander)
    signed = acts(court, "sign_off.add")
    assert {entry.detail["rule"] for entry in signed} >= {"A6", "E3"}
    for entry in signed:
        assert set(entry.detail) == {"rule", "subject", "factors", "override"}
        assert entry.detail["rule"] in entry.detail["factors"].split()
        assert "照看" not in str(entry)
    assert court.store.audit.verify()


def test_signing_in_spite_of_a_warning_is_logged_as_an_override(
    commander: Reader, court: Services
) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    told = current_findings(court, problem, made)
    asked = next(one for one in told if (one.rule, one.subject) == ("A6", "case:c002"))
    warning = replace(asked, rule="P4", verdict="warn")
    for findings, override in ((told, False), ((*told, warning), True)):
        without = tuple(one for one in findings if one.verdict != "warn" or one is warning)
        signed = sign(
            court.store,
            problem,
            made,
            without,
            chosen={key(court, "A6", "case:c002")},
            role=Office.PRESIDENT,
            reason="已核对",
            document_no=PAPER,
            expires_on=DAYS[-1],
            by="u1",
        )
        assert signed == 1
        entry = acts(court, "sign_off.add")[0]
        assert entry.detail["override"] is override
        assert ("P4" in entry.detail["factors"].split()) is override
        kept = court.store.sign_offs.standing(("case:c002",), NOW)
        court.store.sign_offs.withdraw(kept[0].id, "u1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"document": ""}, "请填写签批文号"),
        ({"document": "9" * 61}, "请填写签批文号"),
        ({"reason": " "}, "签批须写明理由"),
        ({"role": "officer"}, "规则 A6 须由"),
        ({"expires": "2026-11-24"}, "已过"),
        ({"expires": "2026-11-25"}, "有效期须至少到走访当日"),
        ({"finding": "A6|case:none"}, "请刷新页面"),
        ({"finding": "A6|case:c002|" + "0" * 64}, "请刷新页面"),
        ({"finding": ""}, "请刷新页面"),
    ],
)
def test_an_incomplete_signature_is_refused_with_the_cure(
    commander: Reader, court: Services, changed: dict[str, str], said: str
) -> None:
    page = commander.get(f"/plans/{ACTION}").text
    key = re.findall(r'name="finding" value="(A6[^"]+)"', page)[0]
    fields = {
        "finding": key,
        "role": Office.PRESIDENT.value,
        "document": PAPER,
        "reason": "已核对",
        "expires": DAYS[-1].isoformat(),
    }
    assert said in commander.send(SIGN, **(fields | changed))
    assert not acts(court, "sign_off.add")


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"expires": "tomorrow"}])
def test_what_no_form_sends_is_refused(commander: Reader, wrong: dict[str, str]) -> None:
    commander.get(f"/plans/{ACTION}")
    fields = {"role": "president", "document": PAPER, "reason": "r", "expires": "2026-11-27"}
    assert commander.post(SIGN, finding="A6|case:c002", **(fields | wrong)).status_code == 400


def test_an_earlier_signature_counts_and_a_withdrawn_or_expired_one_does_not(
    commander: Reader, court: Services, clock: SetClock
) -> None:
    end, digest = NOW + timedelta(days=30), key(court, "A6", "case:c002")[2]
    earlier = SignOff("A6", "case:c002", Office.PRESIDENT, "已核对", PAPER, "u1", NOW, end, digest)
    with court.store.write() as work:
        add(work, earlier)
    waiting = 'value="A6|case:c002|'
    assert waiting not in commander.get(f"/plans/{ACTION}").text
    kept = court.store.sign_offs.standing(("case:c002",), NOW)
    path = f"/plans/{ACTION}/sign-offs/{kept[0].id}/withdraw"
    assert "签批已撤回" in commander.send(path)
    assert waiting in commander.get(f"/plans/{ACTION}").text
    assert commander.post(f"/plans/{ACTION}/sign-offs/s99/withdraw").status_code == 404
    sign_all(commander)
    release(commander)
    clock.at = datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert "已过" in commander.send(SHARE, document=LETTER)


def test_a_withdrawn_signature_stops_the_sharing(commander: Reader, court: Services) -> None:
    sign_all(commander)
    assert "计划已发布" in release(commander)
    kept = court.store.sign_offs.standing(("case:c002",), NOW)
    commander.send(f"/plans/{ACTION}/sign-offs/{kept[0].id}/withdraw")
    assert "须签批而未签批" in commander.send(SHARE, document=LETTER)


def test_two_plans_around_an_approval_lead_to_each_other(
    commander: Reader, court: Services
) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    without, granted = (
        (replace(problem, id=name), replace(made, problem_id=name)) for name in ("A-1", "A-2")
    )
    at = moment_at(DAYS[0], 36000)
    court.store.save_branches(without, granted, approval_by=at, made_at=NOW)
    listed = commander.get("/plans").text
    assert (
        0
        < listed.index("/plans/A-1")
        < listed.index("/plans/A-2")
        < listed.index(f"/plans/{ACTION}")
    )
    one, other = (commander.get(f"/plans/{name}").text for name in ("A-1", "A-2"))
    assert "2026-11-26 10:00 前未获签批的，按本计划执行；已批准时用" in one
    assert '<a href="/plans/A-2">' in one
    assert "2026-11-26 10:00 前签批的，按本计划执行；未批准时用" in other
    assert '<a href="/plans/A-1">' in other
    assert "按本计划执行" not in commander.get(f"/plans/{ACTION}").text


def test_every_field_has_a_label_and_the_term_is_the_last_day(commander: Reader) -> None:
    page = commander.get(f"/plans/{ACTION}").text
    for field in re.findall(r'id="((?:role|expires|document|reason)-[^"]+)"', page):
        assert f'for="{field}"' in page
    assert f'value="{DAYS[-1].isoformat()}"' in page


def test_an_officer_reads_but_does_not_release(signed_in: SignIn) -> None:
    page = signed_in(Role.OFFICER).get(f"/plans/{ACTION}").text
    for hidden in (RELEASE, SHARE, SIGN):
        assert hidden not in page
    assert "待签批" in page


@pytest.mark.usefixtures("shared")
def test_a_share_asks_each_station_once(commander: Reader, court: Services) -> None:
    commander.send(SHARE, document=LETTER)
    requests = court.store.support_requests.for_action(ACTION)
    assert [(one.station_id, one.ref, one.state, one.document) for one in requests] == [
        ("PS-1", "v0", SupportState.SENT, LETTER),
        ("PS-1", DUTY, SupportState.SENT, "协助执行通知书（2026）第7号"),
    ]
    assert [one.is_duty for one in requests] == [False, True]
    assert {one.sent_by for one in requests} == {one.created_by for one in requests}
    assert requests[0].starts_at == datetime(2026, 11, 26, 0, 50, tzinfo=UTC)
    assert len(court.store.shares.for_station("PS-1", NOW)) == 1


def test_a_plan_whose_days_are_over_is_not_shared(commander: Reader, clock: SetClock) -> None:
    sign_all(commander)
    release(commander)
    clock.at += timedelta(days=30)
    assert "日期已过" in commander.send(SHARE, document=LETTER)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("path", ["/partner", "/api/partner"])
def test_the_station_sees_time_place_and_hazard_only(path: str, signed_in: SignIn) -> None:
    page = signed_in(Role.POLICE_LIAISON).get(path).text
    for hidden in ("alert", "某", "闽0504", "杂货店", "执1号", "第一组", "概率", "价值", "批1号"):
        assert hidden not in page, hidden
    for debtor in ("d001", "a0010", "c001"):
        assert not re.search(rf"\b{debtor}\b", page)  # random tokens may hold it inside


@pytest.mark.usefixtures("shared")
def test_the_station_sees_its_own_stops_with_cautions(signed_in: SignIn) -> None:
    page = signed_in(Role.POLICE_LIAISON).get("/partner").text
    assert "青溪派出所协助事项" in page
    assert "08:50–09:15" in page
    assert "现场可能有须照顾的人员" in page
    assert "青溪镇石井村" in page
    assert "2026-11-28 00:00 失效" in page


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("born", [date(2015, 5, 1), None])
def test_the_home_of_a_minor_or_of_unknown_age_is_not_shown(
    signed_in: SignIn, court: Services, born: date | None
) -> None:
    police = signed_in(Role.POLICE_LIAISON)
    before = police.get("/api/partner").json["stops"]
    number = None if born is None else SecretText(id_number(born, 12))
    debtors = [
        replace(each, id_number=number) if each.kind is DebtorKind.PERSON else each
        for each in court.store.debtors()
    ]
    court.store.put(debtors=debtors)
    page = police.get("/partner").text
    assert "08:50–09:15" in page
    assert "石井村1号" not in page
    after = police.get("/api/partner").json["stops"]
    assert {one["key"] for one in after} < {one["key"] for one in before}


@pytest.mark.usefixtures("shared")
def test_another_station_sees_nothing(signed_in: SignIn, court: Services) -> None:
    neighbour = signed_in("neighbour")
    assert "目前没有需要本所协助的事项" in neighbour.get("/partner").text
    request = court.store.support_requests.for_action(ACTION)[0]
    answer = neighbour.post(f"/partner/requests/{request.id}", answer="confirmed")
    assert answer.status_code == 404


@pytest.mark.usefixtures("shared")
def test_a_share_ends_with_the_plan_s_last_day(signed_in: SignIn, clock: SetClock) -> None:
    clock.at = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    police = signed_in(Role.POLICE_LIAISON)
    assert police.get("/api/partner").json == {"stops": []}


@pytest.mark.usefixtures("shared")
def test_the_court_reads_what_the_station_answers(
    signed_in: SignIn, court: Services, commander: Reader
) -> None:
    police = signed_in(Role.POLICE_LIAISON)
    path = f"/partner/requests/{court.store.support_requests.for_action(ACTION)[0].id}"
    police.get("/partner")
    assert police.post(path, answer="maybe").status_code == 400
    assert police.post(path, answer="other_time_proposed", time="late").status_code == 422
    assert police.post(path, answer="other_time_proposed", time="10:30").status_code == 302
    assert "建议时间：10:30" in police.get("/partner").text
    assert "协助：建议改时间" in commander.get(f"/plans/{ACTION}").text


@pytest.mark.usefixtures("shared")
def test_the_station_answers_no_stop_that_is_hidden_from_it(
    signed_in: SignIn, court: Services
) -> None:
    police = signed_in(Role.POLICE_LIAISON)
    (asked, *_) = court.store.support_requests.for_action(ACTION)
    path = f"/partner/requests/{asked.id}"
    assert path in police.get("/partner").text
    problem = court.store.problem(ACTION)
    assert problem is not None
    debtor = next(one.debtor for one in problem.options if one.id == asked.ref)
    case_id = next(one.case_id for one in court.store.debtors() if one.id == debtor)
    case = court.store.case(case_id)
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.SETTLED)])
    assert path not in police.get("/partner").text
    assert police.post(path, answer="confirmed").status_code == 404
    assert court.store.support_requests.for_action(ACTION)[0].state is SupportState.SENT


def test_names_are_shown_and_counted_only_where_asked(court: Services) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    for show, persons in ((True, 10), (False, 0)):
        page = build_plan_page(
            action_id=ACTION,
            released_at=None,
            problem=problem,
            plan=made,
            store=court.store,
            findings=current_findings(court, problem, made),
            escort_states={},
            sights=Sights(SIGHTS[Role.OFFICER]) if show else None,
        )
        assert len(page.persons) == persons
        assert any("某" in stop.title for route in page.routes for stop in route.stops) is show
    assert page.visits == 10


def settle(court: Services, number: int) -> None:
    """Let the debtor of a planned case settle after the plan was made."""
    case = court.store.case(CaseId(f"c{number:03d}"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.SETTLED)])


def test_a_case_that_settled_meanwhile_is_not_released(commander: Reader, court: Services) -> None:
    settle(court, 2)
    commander.get(f"/plans/{ACTION}")
    page = release(commander)
    assert "现已禁止" in page
    assert "A3" in page
    action = court.store.action(ACTION)
    assert action is not None
    assert action.released_at is None


@pytest.mark.usefixtures("shared")
def test_a_case_that_settled_after_sharing_leaves_the_station_s_page(
    signed_in: SignIn, court: Services
) -> None:
    before = signed_in(Role.POLICE_LIAISON).get("/api/partner").json
    settle(court, 2)
    after = signed_in(Role.POLICE_LIAISON).get("/api/partner").json
    assert before is not None
    assert after is not None
    assert len(after["stops"]) == len(before["stops"]) - 1


class _DogLeg:
    """An engine whose every path goes by one corner, by the other one while roads are closed."""

    profiles = ("car",)

    def __init__(self, shut: Sequence[str] = ()) -> None:
        self.shut = shut

    def with_closures(self, closures: Sequence[Closure]) -> _DogLeg:
        return _DogLeg([closure.reason for closure in closures])

    def nearest(self, *_: object, **__: object) -> tuple[Ints, Floats]:
        raise NotImplementedError

    def reach(self, *_: object, **__: object) -> RoadParts:
        raise NotImplementedError

    def matrix(self, *_: object, **__: object) -> TravelMatrix:
        raise NotImplementedError

    def path(
        self,
        origin: Point,
        target: Point,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelPath | None:
        if "all" in self.shut:
            return None
        corner = (target.lon, origin.lat) if self.shut else (origin.lon, target.lat)
        points = [(origin.lon, origin.lat), corner, (target.lon, target.lat)]
        return TravelPath(60.0, 500.0, np.array(points))


def test_floors_are_told_with_who_is_visited_of_them(court: Services) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    debtors = sorted({option.debtor for option in problem.options})
    floors = (
        Floor("livelihood", frozenset(debtors), 99, 1.0),
        Floor("township:T", frozenset({"nobody"}), 1, 1.0, "河口镇"),
        promise_floor("r1", debtors[0], 9.0, "已确认"),
    )
    page = build_plan_page(
        action_id=ACTION,
        released_at=None,
        problem=replace(problem, floors=floors),
        plan=made,
        store=court.store,
        findings=(),
        escort_states={},
        sights=None,
    )
    visited = {
        option.debtor
        for option in problem.options
        if any(option.id == stop.ref for route in made.routes for stop in route.stops)
    }
    assert [(one.least, one.visited) for one in page.floors] == [(99, len(visited)), (1, 0)]
    assert page.floors[0].name.startswith("民生案件")
    assert page.floors[1].name == "河口镇"


def test_lines_follow_roads_where_there_is_an_engine(court: Services) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    page = build_plan_page(
        action_id=ACTION,
        released_at=None,
        problem=problem,
        plan=made,
        store=court.store,
        findings=(),
        escort_states={},
        sights=None,
    )

    def drawn(engine: _DogLeg | None, *closures: Closure) -> list[list[float]]:
        lines = route_lines(problem, made, engine, calendar=court.calendar, closures=closures)
        found: list[list[float]] = plan_json(page, lines)["routes"][0]["line"]
        return found

    straight, by_road = drawn(None), drawn(_DogLeg())
    assert len(straight) == 6
    assert len(by_road) == 1 + 2 * 5
    assert by_road[0] == by_road[-1] == [118.602, 24.93]

    route = made.routes[0]
    second_s = next(stop.departure_s for stop in route.stops if stop.kind is not StopKind.BREAK)
    lanes = (RoadRef(1, 1, 2),)

    def shut(reason: str, begin_s: int, end_s: int | None) -> Closure:
        end = None if end_s is None else moment_at(route.day, end_s)
        return Closure("c", reason, moment_at(route.day, begin_s), end, roads=lanes)

    around = drawn(_DogLeg(), shut("one", second_s, None))
    assert around[:3] == by_road[:3]  # the first leg was begun before
    assert around[3:] != by_road[3:]
    assert around[2::2] == by_road[2::2]  # what is visited stays
    assert drawn(_DogLeg(), shut("one", second_s - 7200, route.leave_s)) == by_road
    assert drawn(_DogLeg(), shut("all", 0, 86400)) == by_road  # once it has opened again
    assert drawn(_DogLeg(), shut("all", 0, None)) == straight


def test_lines_that_were_drawn_are_kept_until_a_road_or_a_stop_changes(court: Services) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    here = replace(court, engine=_DogLeg())
    first = standing_lines(here, problem, made)
    assert standing_lines(here, problem, made) is first
    fewer = replace(made, routes=made.routes[1:])
    assert made.routes[0].shift not in standing_lines(here, problem, fewer)
    moved = tuple(replace(place, lon=place.lon + 0.1) for place in problem.places)
    elsewhere = standing_lines(here, replace(problem, places=moved), made)
    assert elsewhere[made.routes[0].shift][0, 0] == pytest.approx(
        first[made.routes[0].shift][0, 0] + 0.1
    )
    roads = (RoadRef(1, 1, 2),)
    here.store.closures.add(Closure("", "塌方", NOW, None, roads=roads), by="u1")
    assert standing_lines(here, problem, made) is not first
