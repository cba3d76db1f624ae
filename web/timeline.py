"""What happened in a case and what is set for it, by time: no text that somebody typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from data.measures import StepState
from data.place_decisions import PlaceVerdict
from data.store import Store
from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from routes.model import AddressClaim, Case, ClaimId, Debtor, Lead, Outcome, TeamId
from routes.property_answers import PropertyAnswer
from web.case_records import CaseRecords
from web.formats import moment_text
from web.labels import LABELS, say

__all__ = ["TimelineView", "build_timeline"]


@dataclass(frozen=True, slots=True)
class TimelineView:
    """One thing; ``ahead`` where it is yet to come."""

    when: str
    text: str
    ahead: bool


@dataclass(frozen=True, slots=True)
class _Event:
    """A thing with its moment, or the day alone where no more is known."""

    at: datetime | date
    what: Message

    @property
    def moment(self) -> datetime:
        return self.at if isinstance(self.at, datetime) else moment_at(self.at, 0)


def build_timeline(
    store: Store,
    case: Case,
    records: CaseRecords,
    answers: Sequence[PropertyAnswer],
    numbers: Mapping[ClaimId, int],
    *,
    now: datetime,
    team: str | None = None,
) -> tuple[TimelineView, ...]:
    """Return what a case's records tell, the latest first.

    Parameters
    ----------
    records, answers
        Of the case.
    numbers
        Of its address claims on the page.
    team
        Whose planned visits alone are told; None for all.
    """
    events = [
        *_of_case(case),
        *_of_claims(store, records.claims, numbers),
        *_of_visits(records.outcomes, numbers),
        *_of_leads(records.leads),
        *_of_namesakes(store, case, numbers),
        *_of_checks(store, case, numbers),
        *_of_property(answers),
        *_of_steps(store, case),
        *_of_restrictions(store, case),
        *_of_plan(store, records.debtors, numbers, team),
    ]
    today = local_day(now)
    return tuple(
        TimelineView(
            moment_text(one.at) if isinstance(one.at, datetime) else one.at.isoformat(),
            say(one.what),
            one.at > now if isinstance(one.at, datetime) else one.at > today,
        )
        for one in sorted(events, key=lambda one: one.moment, reverse=True)
    )


def _of_case(case: Case) -> Iterator[_Event]:
    for day, what in (
        (case.filed_on, message("立案")),
        (case.basis_served_on, message("执行依据送达")),
        (case.performance_due_on, message("履行期限届满")),
        (case.notice_sent_on, message("发出执行通知")),
        (case.contact_logged_on, message("与被执行人联系")),
        (case.paused_until, message("暂缓履行期满")),
    ):
        if day is not None:
            yield _Event(day, what)
    for one in case.instalments:
        yield _Event(one.due_on, message("分期履行到期"))


def _of_claims(
    store: Store, claims: Sequence[AddressClaim], numbers: Mapping[ClaimId, int]
) -> Iterator[_Event]:
    for claim in claims:
        number = numbers[claim.id]
        source = _word("claim_source", claim.source)
        yield _Event(
            claim.seen_on, message("地址 %(number)d：%(source)s", number=number, source=source)
        )
        if claim.expires_on is not None:
            yield _Event(claim.expires_on, message("地址 %(number)d 到期", number=number))
        placed = store.place_decisions.of_claim(claim.id)
        if placed is not None:
            what = (
                message("确认地址 %(number)d 的位置", number=number)
                if placed.verdict is PlaceVerdict.CONFIRMED
                else message("地址 %(number)d 无法定位", number=number)
            )
            yield _Event(placed.decided_at, what)


def _of_visits(outcomes: Sequence[Outcome], numbers: Mapping[ClaimId, int]) -> Iterator[_Event]:
    for outcome in outcomes:
        facts = {
            "number": numbers.get(outcome.claim_id, "–"),
            "outcome": _word("outcome", outcome.kind),
        }
        yield _Event(
            outcome.at,
            message("走访地址 %(number)s：%(outcome)s（已撤回）", **facts)
            if outcome.withdrawn
            else message("走访地址 %(number)s：%(outcome)s", **facts),
        )


def _of_leads(leads: Sequence[Lead]) -> Iterator[_Event]:
    for lead in leads:
        yield _Event(
            lead.received_at,
            message("收到线索（已撤回）") if lead.withdrawn else message("收到线索"),
        )
        yield _Event(lead.expires_at, message("线索到期"))


def _of_namesakes(store: Store, case: Case, numbers: Mapping[ClaimId, int]) -> Iterator[_Event]:
    for decided in store.namesake_decisions.of_case(case.id):
        claim = numbers.get(ClaimId(decided.subject.removeprefix("claim:")))
        verdict = _word("namesake", decided.verdict)
        yield _Event(
            decided.decided_at,
            message("财产的同名认定：%(verdict)s", verdict=verdict)
            if claim is None
            else message("地址 %(number)d 的同名认定：%(verdict)s", number=claim, verdict=verdict),
        )
        if decided.withdrawn_at is not None:
            yield _Event(decided.withdrawn_at, message("撤销同名认定"))


def _of_checks(store: Store, case: Case, numbers: Mapping[ClaimId, int]) -> Iterator[_Event]:
    for kept in store.check_answers.of_case(case.id):
        told = kept.told
        yield _Event(
            told.answered_on,
            message(
                "核实地址 %(number)d（%(check)s）：%(answer)s",
                number=numbers[told.claim_id],
                check=told.check.label,
                answer=told.answer.label,
            ),
        )
        if kept.withdrawn_at is not None:
            yield _Event(kept.withdrawn_at, message("撤回核实答复"))


def _of_property(answers: Sequence[PropertyAnswer]) -> Iterator[_Event]:
    for answer in answers:
        kind = _word("property_kind", answer.kind)
        yield _Event(answer.answered_on, message("查控反馈：%(kind)s", kind=kind))


def _of_steps(store: Store, case: Case) -> Iterator[_Event]:
    for kept in store.measures.steps(case.id):
        kind = _word("measure_kind", kept.step.kind)
        state: StepState | None = None
        for revision in store.measures.history(kept.step.id):
            if revision.state is not state:
                state = revision.state
                yield _Event(
                    revision.made_at,
                    message("%(kind)s：%(state)s", kind=kind, state=_word("step_state", state)),
                )
        if kept.starts_at is not None and kept.state is StepState.SCHEDULED:
            yield _Event(kept.starts_at, message("定于此时实施%(kind)s", kind=kind))


def _of_restrictions(store: Store, case: Case) -> Iterator[_Event]:
    for one in store.restrictions.of_case(case.id):
        kind = _word("restriction", one.kind)
        yield _Event(one.made_at, message("登记%(kind)s", kind=kind))
        if one.ended_at is not None:
            yield _Event(one.ended_at, message("解除或撤销%(kind)s", kind=kind))


def _of_plan(
    store: Store, debtors: Sequence[Debtor], numbers: Mapping[ClaimId, int], team: str | None
) -> Iterator[_Event]:
    """Tell the visits of the latest plan, those of one team where it is named."""
    latest = store.latest()
    if latest is None:
        return
    action, problem, plan = store.action(latest), store.problem(latest), store.plan(latest)
    if action is None or problem is None or plan is None:
        return
    own = {debtor.id for debtor in debtors}
    options = {one.id: one for one in problem.options if one.debtor in own}
    teams = {team.id: team.name for team in store.teams()}
    for route in plan.routes:
        for stop in route.stops if team in (None, route.team) else ():
            option = options.get(stop.ref)
            if option is None or not stop.is_work or stop.second:
                continue
            facts = {
                "id": latest,
                "team": teams.get(TeamId(route.team), route.team),
                "number": numbers.get(ClaimId(option.place.removeprefix("claim:")), "–"),
            }
            yield _Event(
                moment_at(route.day, stop.start_s),
                message("计划 %(id)s：%(team)s走访地址 %(number)s", **facts)
                if action.released_at is not None
                else message("计划 %(id)s（待审批）：%(team)s走访地址 %(number)s", **facts),
            )


def _word(vocabulary: str, code: str) -> Message | str:
    return LABELS[vocabulary].get(str(code), str(code))
