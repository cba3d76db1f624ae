"""Which findings speak of a stop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from data.measures import StepState
from data.store import Store
from routes.planning.concerned import debtors_of, steps_of
from routes.planning.problem import Option, Problem, Stop, StopKind
from routes.planning.step_stops import step_of_duty

__all__ = ["StopSubjects", "visit_subjects"]


def visit_subjects(option: Option, case_id: str | None) -> tuple[str, ...]:
    """Return the subjects under which rules speak of a visit, its claim, debtor, case and step."""
    step = (f"step:{option.step}",) if option.step else ()
    subjects = (f"visit:{option.id}", f"claim:{option.claim}", f"debtor:{option.debtor}", *step)
    return subjects if case_id is None else (*subjects, f"case:{case_id}")


@dataclass(frozen=True, slots=True)
class StopSubjects:
    """What a problem's stops are about, as the store holds it now.

    Parameters
    ----------
    options
        By id.
    case_of
        By debtor, the id of the case.
    named
        By duty, the debtor whom its paper names.
    of_step
        By step that was not withdrawn, itself with its address, debtor, case and property.
    """

    options: Mapping[str, Option]
    case_of: Mapping[str, str]
    named: Mapping[str, str]
    of_step: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, store: Store, problem: Problem) -> StopSubjects:
        """Read of the store what the problem names, each table once."""
        duties = [duty for day in {s.day for s in problem.shifts} for duty in store.duties(day)]
        named = {
            duty.id: duty.basis.debtor_id
            for duty in duties
            if duty.basis is not None and duty.basis.debtor_id is not None
        }
        cases = store.case_names(debtors_of(problem) | {*named.values()})
        return cls(
            {option.id: option for option in problem.options},
            {debtor: case.id for debtor, case in cases.items()},
            named,
            _of_steps(store, problem),
        )

    def of(self, stop: Stop) -> tuple[str, ...]:
        """Return the subjects under which rules speak of a stop; none for a rest."""
        if stop.kind is StopKind.DUTY:
            return self.of_duty(stop.ref)
        option = self.options.get(stop.ref) if stop.kind is StopKind.VISIT else None
        return () if option is None else self.of_visit(option)

    def of_visit(self, option: Option) -> tuple[str, ...]:
        """Return the subjects of a visit, its claim, debtor and case; and those of its step."""
        own = visit_subjects(option, self.case_of.get(option.debtor))
        return tuple(dict.fromkeys((*own, *self.of_step.get(option.step, ()))))

    def of_duty(self, duty_id: str) -> tuple[str, ...]:
        """Return the subjects of a duty, and of the debtor whom its paper names with the case.

        Of a scheduled step, the step with all that it stands on.
        """
        step_id = step_of_duty(duty_id)
        if step_id is not None:
            return self.of_step.get(step_id, (f"step:{step_id}",))
        debtor = self.named.get(duty_id)
        if debtor is None:
            return (f"duty:{duty_id}",)
        case = self.case_of.get(debtor)
        named = (f"debtor:{debtor}",) if case is None else (f"debtor:{debtor}", f"case:{case}")
        return (f"duty:{duty_id}", *named)


def _of_steps(store: Store, problem: Problem) -> dict[str, tuple[str, ...]]:
    case_ids = sorted(store.measures.cases_of(steps_of(problem)))
    if not case_ids:
        return {}
    items: defaultdict[str, list[str]] = defaultdict(list)
    for each in store.measures.items(*case_ids):
        if not each.withdrawn:
            items[each.step_id].append(f"item:{each.item.id}")
    return {
        kept.step.id: (
            f"step:{kept.step.id}",
            *(() if kept.step.claim_id is None else (f"claim:{kept.step.claim_id}",)),
            f"debtor:{kept.step.debtor_id}",
            f"case:{kept.step.case_id}",
            *items[kept.step.id],
        )
        for kept in store.measures.steps(*case_ids)
        if kept.state is not StepState.WITHDRAWN
    }
