"""What a team takes along stands at each stop, on paper, in tables and on the field page alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from data.exports import export_plan
from data.measures import StepState
from data.model import Role
from geo.localtime import moment_at
from geo.messages import Message
from routes.documents import Approver, Document, DocumentKind
from routes.measures import Measure, MeasureKind, StepId
from routes.model import ActionId, CaseId, DutyKind, TeamId
from routes.planning.problem import Plan, PlanDuty, Problem, Stop, StopKind
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, SetClock
from tests.web.test_field import MORNING
from web.build import VENDOR
from web.field_pack import build_pack
from web.i18n import translator
from web.services import Services
from web.stop_labels import stop_labels

pytestmark = pytest.mark.skipif(not VENDOR.exists(), reason="needs python -m web.build")
SignIn = Callable[[Role | str], Reader]
WITH_PAPERS = ActionId("20261126-papers")
DAY = DAYS[0]
DETENTION = "c003"
WATCH = "CP-1-20261126-1400"


def _step(court: Services, kind: MeasureKind, case: str, *documents: Document) -> Measure:
    """Keep a scheduled step of the first team, on the plan's first day at four o'clock."""
    (debtor, *_) = court.store.debtors(CaseId(case))
    claim = next(one for one in court.store.claims() if one.debtor_id == debtor.id and one.place)
    step = Measure(StepId("-"), kind, CaseId(case), debtor.id, claim.id, documents=documents)
    kept = court.store.measures.add(step, by="u1")
    starts_at = moment_at(DAY, 16 * 3600)
    settled = replace(kept, state=StepState.SCHEDULED, team_id=TeamId("T1"), starts_at=starts_at)
    return court.store.measures.revise(settled, act="step.schedule", by="u1").step


@pytest.fixture
def made(court: Services, clock: SetClock) -> tuple[Problem, Plan]:
    """Return a released plan with an eviction, a detention and its handover, and a checkpoint."""
    signed = date(2026, 11, 20)
    ruling = Document(DocumentKind.EVICTION_NOTICE, "示迁1号", Approver.PRESIDENT, signed)
    letter = Document(DocumentKind.ASSISTANCE_LETTER, "示函3号", None, signed)
    decision = Document(DocumentKind.DETENTION_DECISION, "示拘2号", Approver.OFFICER, signed)
    detention = _step(court, MeasureKind.DETENTION, DETENTION, decision)
    problem, plan = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    route = next(one for one in plan.routes if (one.day, one.team) == (DAY, "T1"))
    visits = [stop for stop in route.stops if stop.kind is StopKind.VISIT]
    assert len(visits) > 1
    option = next(one for one in problem.options if one.id == visits[0].ref)
    eviction = _step(court, MeasureKind.EVICTION, option.debtor.replace("d", "c"), ruling, letter)
    place, at = visits[0].place, 16 * 3600
    ids = (f"step:{detention.id}", f"step:{detention.id}:handover", WATCH)
    kinds = (MeasureKind.DETENTION, DutyKind.HANDOVER, DutyKind.CHECKPOINT)
    duties = tuple(
        PlanDuty(one, kind, place, DAY, at, at, 600, label="城南卡口" if one == WATCH else "")
        for one, kind in zip(ids, kinds, strict=True)
    )
    problem = replace(
        problem,
        id=str(WITH_PAPERS),
        duties=duties,
        options=tuple(
            replace(one, step=eviction.id) if one is option else one for one in problem.options
        ),
    )
    stops = tuple(Stop(StopKind.DUTY, one, place, at, at, at + 600) for one in ids)
    changed = replace(route, stops=(*route.stops, *stops))
    plan = replace(
        plan,
        problem_id=problem.id,
        routes=tuple(changed if one is route else one for one in plan.routes),
    )
    court.store.save(WITH_PAPERS, problem, plan, made_at=court.clock())
    court.store.release(WITH_PAPERS, by="test")
    clock.at = MORNING
    return problem, plan


BASIS = "协助执行通知书（2026）第7号"
SAID = {
    "zh": (
        ("执行公务证",),
        ("执行公务证", "强制迁出公告 示迁1号", "请当地人民法院协助执行的函 示函3号"),
        ("执行公务证", "拘留决定书 示拘2号（不合要求，见规则提示）"),
        (BASIS,),
    ),
    "en": (
        ("Enforcement licence",),
        (
            "Enforcement licence",
            "eviction notice 示迁1号",
            "letter asking the court of the place for help 示函3号",
        ),
        ("Enforcement licence", "detention decision 示拘2号 (not in order, see the findings)"),
        (BASIS,),
    ),
}


def _expected(problem: Problem, plan: Plan, language: str) -> dict[str, tuple[str, ...]]:
    visit, eviction, detention, watch = SAID[language]
    steps = {option.id for option in problem.options if option.step}
    stops = [stop for route in plan.routes for stop in route.stops]
    duties = [stop.ref for stop in stops if stop.kind is StopKind.DUTY]
    return {
        stop.ref: eviction if stop.ref in steps else visit
        for stop in stops
        if stop.kind is StopKind.VISIT
    } | {ref: watch if ref == WATCH else detention for ref in duties}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_papers_stand_at_each_stop_on_paper_and_in_the_table(
    made: tuple[Problem, Plan], court: Services, language: str, tmp_path: Path
) -> None:
    problem, plan = made
    translate = translator(language)

    def say(text: Message) -> str:
        return text.render(translate)

    labels, persons = stop_labels(court, problem, plan, say=say)
    expected = _expected(problem, plan, language)
    assert {ref: one.documents for ref, one in labels.items()} == expected
    assert persons == {one.debtor for one in problem.options if one.id in labels} | {"d003"}
    path = tmp_path / "plan.xlsx"

    def export(form: str) -> None:
        export_plan(
            plan, problem, labels, path, format=form, title="计划", made_at=court.clock(),
            font_dir=VENDOR / "fonts", translate=translate,
        )  # fmt: skip

    export("pdf")
    pages = [_squeezed(page.extract_text()) for page in PdfReader(path).pages]
    for ref, papers in expected.items():
        title = _squeezed(labels[ref].title)
        listed = _squeezed(translate("携带文书") + "".join(f"□ {one}" for one in papers))
        assert [page for page in pages if title in page and listed in page], (ref, listed)
    export("xlsx")
    (sheet, *_) = openpyxl.load_workbook(path).worksheets
    header, *rows = sheet.iter_rows(values_only=True)
    column, key = header.index(translate("携带文书")), header.index(translate("编号"))
    told = {row[key]: row[column] for row in rows if row[key] in expected}
    assert told == {ref: "、".join(papers) for ref, papers in expected.items()}
    export("geojson")
    features = [one["properties"] for one in json.loads(path.read_text())["features"]]
    drawn = {one["ref"]: tuple(one["documents"]) for one in features if one.get("ref")}
    assert drawn == expected


def test_papers_and_whose_step_it_is_stand_in_a_teams_pack(
    made: tuple[Problem, Plan], court: Services, signed_in: SignIn
) -> None:
    problem, plan = made
    expected = _expected(problem, plan, "zh")
    with signed_in(Role.OFFICER).client.application.test_request_context():
        pack = build_pack(court, WITH_PAPERS, DAY, "T1")
    assert pack is not None
    assert len(pack["stops"]) > 4
    for stop in pack["stops"]:
        assert tuple(stop["papers"]) == expected[stop["ref"]]
    (debtor, *_) = court.store.debtors(CaseId(DETENTION))
    case = court.store.case(CaseId(DETENTION))
    assert case is not None
    taken, handed, watch = pack["stops"][-3:]
    for one, what in ((taken, "司法拘留"), (handed, "移交")):
        assert (one["title"], one["case_number"], one["what"]) == (
            debtor.name.reveal(), str(case.number), what,
        )  # fmt: skip
    assert taken["address"]
    assert (handed["address"], watch["address"], watch["title"]) == ("", "", "城南卡口")
    assert str(debtor.id) in pack["persons"]


def _squeezed(text: str) -> str:
    return "".join(text.split())
