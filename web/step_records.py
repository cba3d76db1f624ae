"""Steps of enforcement with all that they stand on, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from data.measures import KeptItem, KeptStep, StepState
from data.store import Store
from geo.ports import AreaIndex
from geo.responsibility import grounds
from routes.calendar import WorkCalendar
from routes.measures import Measure
from routes.model import AddressClaim, Case, CaseId, ClaimId, Debtor, DebtorId
from routes.ports import Clock
from routes.rules import RuleProfile
from routes.step_files import StepFile
from web.errors import MeasureError

__all__ = ["RuleSources", "read_file", "read_files", "step_files"]


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


def read_files(
    sources: RuleSources, case_id: CaseId | None = None
) -> tuple[tuple[KeptStep, StepFile], ...]:
    """Return the steps of a case, or all, that were not withdrawn, each with its records.

    Raises
    ------
    MeasureError
        As for :func:`read_file`.
    """
    shelf = _Shelf(sources, case_id)
    return tuple((kept, shelf.file(kept)) for kept in shelf.steps.values() if _counts(kept))


def step_files(sources: RuleSources, case_id: CaseId | None = None) -> tuple[StepFile, ...]:
    """Return the records alone of :func:`read_files`."""
    return tuple(file for _, file in read_files(sources, case_id))


class _Shelf:
    """What the steps of a case, or of all, stand on; the records of each case are read once."""

    def __init__(self, sources: RuleSources, case_id: CaseId | None) -> None:
        store = sources.store
        self._store, self._areas = store, sources.areas
        self.steps = {one.step.id: one for one in store.measures.steps(case_id)}
        self._of_case: defaultdict[CaseId, list[Measure]] = defaultdict(list)
        for each in self.steps.values():
            self._of_case[each.step.case_id].append(each.step)
        self._items: defaultdict[CaseId, list[KeptItem]] = defaultdict(list)
        for item in store.measures.items(case_id):
            of = self.steps.get(item.step_id)
            if of is not None and not item.withdrawn:
                self._items[of.step.case_id].append(item)
        self._teams = {team.id: team for team in store.teams()} if self.steps else {}
        self._cases: dict[CaseId, _CaseRecords] = {}

    def file(self, kept: KeptStep) -> StepFile:
        """Return a step with its records; see :func:`read_file`."""
        step = kept.step
        if step.case_id not in self._cases:
            self._cases[step.case_id] = _CaseRecords.read(self._store, step.case_id)
        held = self._cases[step.case_id]
        debtor = held.debtors.get(step.debtor_id)
        if held.case is None or debtor is None:
            raise MeasureError("步骤 %(id)s 的案件或被执行人已不在库中；请重新导入案件", id=step.id)
        own, others = [], []
        for each in self._items[step.case_id]:
            if each.step_id == step.id:
                own.append(replace(each.item, described=each.description))
            elif _counts(self.steps[each.step_id]):
                others.append(each.item)
        made = StepFile(
            step,
            held.case,
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


@dataclass(frozen=True, slots=True)
class _CaseRecords:
    """A case with its debtors and their addresses."""

    case: Case | None
    debtors: Mapping[DebtorId, Debtor]
    claims: Mapping[ClaimId, AddressClaim]

    @classmethod
    def read(cls, store: Store, case_id: CaseId) -> _CaseRecords:
        return cls(
            store.case(case_id),
            {debtor.id: debtor for debtor in store.debtors(case_id)},
            {claim.id: claim for claim in store.claims(case_id)},
        )


def _counts(kept: KeptStep) -> bool:
    return kept.state is not StepState.WITHDRAWN
