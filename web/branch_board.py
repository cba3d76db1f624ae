"""Two plans around an answer, as a page tells them: which one holds, and what the other does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from data.model import Action, BranchOn
from data.store import Store
from geo.messages import Message, message
from routes.model import ActionId, DebtorId, SupportState
from routes.planning.branches import Branch
from routes.planning.concerned import debtors_of
from routes.planning.figures import Figures
from routes.planning.problem import Plan, Problem, Stop, StopKind
from routes.planning.support import Ask
from web.approval import Warnings, blocks, current_findings, warnings_of
from web.plan_board import duty_title
from web.signatures import read_signatures
from web.step_records import RuleSources
from web.subjects import StopSubjects
from web.support_board import asks_of, instead_words, latest_by_ask

__all__ = ["BranchState", "BranchView", "Switch", "WaitingStop", "branch_view"]


class BranchState(StrEnum):
    """How far the answer is that two plans wait for."""

    WAITING = "waiting"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class WaitingStop:
    """A stop of the plan for a yes that waits for an answer, or waited for it.

    Parameters
    ----------
    title
        Number of the case, or what the duty is called.
    answers
        What is missing, or who said what; a signature and a station may both be asked.
    on_no
        Sentences: what the plan for a no does instead.
    """

    day: date
    start_s: int
    title: str
    answers: tuple[tuple[Message, BranchState], ...]
    on_no: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """Going over to the plan that holds, from the one that is looked at; a commander does it.

    Parameters
    ----------
    before, after
        What this plan comes to, and what the other one does.
    warnings
        Of the other one, to be read before it is released.
    hindered
        How many of its stops are forbidden or wait for a signature: it cannot be released yet.
    """

    before: Figures
    after: Figures
    warnings: Warnings
    hindered: int

    @property
    def change(self) -> Figures:
        """By how much the figures rise."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class BranchView:
    """Two plans as seen from one of them.

    Parameters
    ----------
    is_yes
        Whether this is the plan for a yes.
    state
        Of all answers together: a no as soon as one is a no.
    holds
        The plan to follow by now; None while the answers are waited for.
    mixed
        Whether some stations come and only others do not: what this plan has of the former can be
        kept, the plan for a no has neither.
    switch
        Where the other plan holds and a release is all that it takes.
    """

    is_yes: bool
    other: ActionId
    known_by: datetime
    state: BranchState
    holds: ActionId | None
    stops: tuple[WaitingStop, ...]
    mixed: bool = False
    switch: Switch | None = None


def branch_view(
    sources: RuleSources, action: Action, problem: Problem, plan: Plan
) -> BranchView | None:
    """Return what the answers say of two plans; None for a plan that stands alone.

    Parameters
    ----------
    problem, plan
        Those of the action.
    """
    if action.other_id is None or action.branch_on is None or action.approval_by is None:
        return None
    store = sources.store
    other_problem, other_plan = store.problem(action.other_id), store.plan(action.other_id)
    if other_problem is None or other_plan is None:
        return None
    own, other = Branch(problem, plan), Branch(other_problem, other_plan)
    is_yes = bool(action.approved)
    yes, no = (own, other) if is_yes else (other, own)
    found = _Answers(sources, action, yes, no)
    stops = found.stops()
    states = {state for one in stops for _text, state in one.answers}
    if BranchState.NO in states or found.forbidden:
        state = BranchState.NO
    else:
        state = BranchState.WAITING if BranchState.WAITING in states else BranchState.YES
    holds = {
        BranchState.WAITING: None,
        BranchState.YES: ActionId(yes.problem.id),
        BranchState.NO: ActionId(no.problem.id),
    }[state]
    return BranchView(
        is_yes,
        action.other_id,
        action.approval_by,
        state,
        holds,
        stops,
        mixed=is_yes and state is BranchState.NO and found.mixed,
        switch=_switch(sources, action, own, other) if holds == action.other_id else None,
    )


def _switch(sources: RuleSources, action: Action, own: Branch, other: Branch) -> Switch | None:
    """Return what it takes to go over; None where it is done, or this plan is taken back first."""
    there = sources.store.action(ActionId(other.problem.id))
    if there is None or there.released_at is not None:
        return None
    if action.released_at is not None and action.branch_on is BranchOn.APPROVAL:
        return None
    findings = current_findings(sources, other.problem, other.plan)
    signatures = read_signatures(
        sources.store, other.problem, other.plan, findings, at=sources.clock()
    )
    return Switch(
        Figures.of(own.problem, own.plan),
        Figures.of(other.problem, other.plan),
        warnings_of(findings),
        len(blocks(findings)) + len(signatures.waiting),
    )


class _Answers:
    """What is known of each stop of the plan for a yes."""

    def __init__(self, sources: RuleSources, action: Action, yes: Branch, no: Branch) -> None:
        assert action.branch_on is not None
        assert action.approval_by is not None
        self.store: Store = sources.store
        self.yes, self.no = yes, no
        self.stations = {station.id: station.name for station in self.store.stations()}
        self.barred = {one.subject for one in no.problem.blocked}
        self.late = sources.clock() >= action.approval_by
        findings = current_findings(sources, yes.problem, yes.plan)
        self.forbidden = bool(blocks(findings))
        self.waiting: dict[str, str] = {}
        self.signed: frozenset[str] = frozenset()
        if action.branch_on.on_signatures:
            held = read_signatures(
                self.store,
                yes.problem,
                yes.plan,
                findings,
                at=sources.clock(),
                given_by=action.approval_by,
            )
            self.waiting = {one.subject: one.rule for one in reversed(held.waiting)}
            self.signed = frozenset(subject for _rule, subject, _digest in held.given)
        self.asks: Mapping[tuple[str, bool], Ask] = {}
        self.states: dict[tuple[str, bool], SupportState] = {}
        if action.branch_on.on_stations:
            asks = asks_of(self.store, sources.areas, yes.problem, yes.plan)
            requests = self.store.support_requests.for_action(ActionId(yes.problem.id))
            held_asks = latest_by_ask(requests, asks)
            self.asks = {(ask.ref, ask.is_duty): ask for ask in asks if ask.station is not None}
            self.states = {
                (ask.ref, ask.is_duty): request.state for ask, request in held_asks.items()
            }

    @property
    def mixed(self) -> bool:
        """Whether nothing but stations is in the way, and some of them come."""
        return (
            not self.forbidden
            and not self.waiting
            and SupportState.CONFIRMED in self.states.values()
        )

    def stops(self) -> tuple[WaitingStop, ...]:
        problem = self.yes.problem
        subjects = StopSubjects.read(self.store, problem)
        options = {option.id: option for option in problem.options}
        duties = {duty.id: duty for duty in problem.duties}
        cases = self.store.case_names(debtors_of(problem, self.yes.plan))
        found = []
        for route in self.yes.plan.routes:
            for stop in route.stops:
                if not stop.is_work or stop.second:
                    continue
                answers = tuple(self._asked(stop, subjects))
                if not answers:
                    continue
                if stop.kind is StopKind.DUTY:
                    title = duty_title(duties[stop.ref])
                else:
                    case = cases.get(DebtorId(options[stop.ref].debtor))
                    title = "" if case is None else str(case.number)
                found.append(
                    WaitingStop(
                        route.day,
                        stop.start_s,
                        title,
                        answers,
                        instead_words(self.stations, self.yes, self.no, stop.ref),
                    )
                )
        return tuple(sorted(found, key=lambda one: (one.day, one.start_s, one.title)))

    def _asked(self, stop: Stop, subjects: StopSubjects) -> Iterator[tuple[Message, BranchState]]:
        """Yield what a stop waits for or waited for, and how far each is."""
        own = subjects.of(stop)
        rule = next((self.waiting[each] for each in own if each in self.waiting), None)
        if rule is not None:
            yield message("规则 %(rule)s 待签批", rule=rule), self._unanswered()
        key = (stop.ref, stop.kind is StopKind.DUTY)
        if key in self.asks:
            yield self._of_station(self.asks[key], self.states.get(key))
        if (
            rule is None
            and f"{stop.kind}:{stop.ref}" in self.barred
            and any(each in self.signed for each in own)
        ):
            yield message("已签批"), BranchState.YES

    def _of_station(self, ask: Ask, state: SupportState | None) -> tuple[Message, BranchState]:
        station = self.stations.get(ask.station or "", ask.station or "")
        if state is SupportState.CONFIRMED:
            return message("%(station)s已确认协助", station=station), BranchState.YES
        if state is SupportState.OTHER_TIME_PROPOSED:
            return message("%(station)s建议改时间", station=station), self._unanswered()
        if state is not None and state.is_refusal:
            return message("%(station)s不能协助或没有答复", station=station), BranchState.NO
        if state is None:
            return message("还没有请%(station)s协助", station=station), self._unanswered()
        return message("待%(station)s答复", station=station), self._unanswered()

    def _unanswered(self) -> BranchState:
        return BranchState.NO if self.late else BranchState.WAITING
