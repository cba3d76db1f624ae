"""Steps of enforcement with all that they stand on, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from data.measures import KeptItem, KeptStep, StepState
from data.store import Store
from geo.ports import AreaIndex
from geo.responsibility import grounds
from routes.calendar import WorkCalendar
from routes.measures import Measure, StepId
from routes.model import CaseId
from routes.planning.concerned import steps_of
from routes.planning.problem import Plan, Problem
from routes.ports import Clock
from routes.rules import RuleProfile
from routes.step_files import StepFile
from web.errors import MeasureError

__all__ = [
    "RuleSources",
    "files_of_steps",
    "planned_steps",
    "read_file",
    "read_files",
    "step_files",
]


class RuleSources(Protocol):
    """What the rules are asked with; a court and the services of its pages both have it."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def calendar(self) -> WorkCalendar: ...
    @property
    def profile(self) -> RuleProfile: ...
    @property
    def areas(self) -> AreaIndex | None: ...


def read_file(sources: RuleSources, kept: KeptStep) -> StepFile:
    """Return a step with its records as they stand.

    Raises
    ------
    MeasureError
        If case or debtor are no longer stored.
    """
    return _Shelf(sources, kept.step.case_id).file(kept)


def files_of_steps(sources: RuleSources, step_ids: Iterable[StepId]) -> tuple[StepFile, ...]:
    """Return the records of the cases of some steps, as :func:`step_files` does of all."""
    case_ids = sorted(sources.store.measures.cases_of(step_ids))
    return step_files(sources, *case_ids) if case_ids else ()


def planned_steps(store: Store, problem: Problem, plan: Plan) -> dict[StepId, Measure]:
    """Return the stored steps that a plan takes, by id."""
    wanted = steps_of(problem, plan)
    case_ids = sorted(store.measures.cases_of(wanted))
    kept = store.measures.steps(*case_ids) if case_ids else ()
    return {one.step.id: one.step for one in kept if one.step.id in wanted}


def read_files(sources: RuleSources, *case_ids: CaseId) -> tuple[tuple[KeptStep, StepFile], ...]:
    """Return the steps of cases, or all, that were not withdrawn, each with its records.

    Raises
    ------
    MeasureError
        As for :func:`read_file`.
    """
    shelf = _Shelf(sources, *case_ids)
    return tuple((kept, shelf.file(kept)) for kept in shelf.steps.values() if _counts(kept))


def step_files(sources: RuleSources, *case_ids: CaseId) -> tuple[StepFile, ...]:
    """Return the records alone of :func:`read_files`."""
    return tuple(file for _, file in read_files(sources, *case_ids))


class _Shelf:
    """What the steps of cases, or of all, stand on, read once."""

    def __init__(self, sources: RuleSources, *case_ids: CaseId) -> None:
        store = sources.store
        self._areas = sources.areas
        self.steps = {one.step.id: one for one in store.measures.steps(*case_ids)}
        self._of_case: defaultdict[CaseId, list[Measure]] = defaultdict(list)
        for each in self.steps.values():
            self._of_case[each.step.case_id].append(each.step)
        self._items: defaultdict[CaseId, list[KeptItem]] = defaultdict(list)
        for item in store.measures.items(*case_ids):
            of = self.steps.get(item.step_id)
            if of is not None and not item.withdrawn:
                self._items[of.step.case_id].append(item)
        self._teams = {team.id: team for team in store.teams()} if self.steps else {}
        self._people = store.people(each.step.debtor_id for each in self.steps.values())

    def file(self, kept: KeptStep) -> StepFile:
        """Return a step with its records; see :func:`read_file`."""
        step = kept.step
        held = self._people
        debtor, case = held.debtors.get(step.debtor_id), held.cases.get(step.case_id)
        if case is None or debtor is None:
            raise MeasureError("步骤 %(id)s 的案件或被执行人已不在库中；请重新导入案件", id=step.id)
        own, others = [], []
        for each in self._items[step.case_id]:
            if each.step_id == step.id:
                own.append(replace(each.item, described=each.description))
            elif _counts(self.steps[each.step_id]):
                others.append(each.item)
        made = StepFile(
            step,
            case,
            debtor,
            None if step.claim_id is None else held.claims.get(step.claim_id),
            None if kept.team_id is None else self._teams.get(kept.team_id),
            kept.starts_at,
            tuple(own),
            tuple(others),
            kept.open,
            kept.state is StepState.SCHEDULED,
            tuple(one for one in self._of_case[step.case_id] if one.id != step.id),
        )
        if made.point is None:
            return made
        return replace(made, ground=grounds(self._areas, (made.point,))[0])


def _counts(kept: KeptStep) -> bool:
    return kept.state is not StepState.WITHDRAWN
