"""What a team takes along to each stop of a plan, by the steps that are planned there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from geo.messages import Message, message
from routes.measures import Arrangement, MeasureKind, StepId
from routes.needs import NEEDS
from routes.papers import Paper, papers_to_carry
from routes.planning.concerned import steps_of
from routes.planning.problem import Option, Plan, Problem, Stop, StopKind
from routes.planning.step_stops import step_of_duty
from routes.step_files import StepFile
from web.step_records import RuleSources, files_of_steps

__all__ = ["StopPapers"]

_LICENCE = message("执行公务证")
_BLANK = message("（空白，当场填写）")
_MISSING = message("（尚缺）")
_FAULTY = message("（不合要求，见规则提示）")


@dataclass(frozen=True, slots=True)
class StopPapers:
    """Papers of a plan's stops, as the store holds them now.

    Parameters
    ----------
    options
        By id.
    files
        By id, the steps that the plan takes and that were not withdrawn.
    bases
        By duty, the notice of assistance or agreement that it rests on.
    say
        Puts a message into the reader's language.
    """

    options: Mapping[str, Option]
    files: Mapping[StepId, StepFile]
    bases: Mapping[str, str]
    say: Callable[[Message], str]

    @classmethod
    def read(
        cls, sources: RuleSources, problem: Problem, plan: Plan, *, say: Callable[[Message], str]
    ) -> StopPapers:
        """Read of the store what the plan's stops need."""
        steps = steps_of(problem, plan)
        days = {route.day for route in plan.routes}
        duties = [duty for day in sorted(days) for duty in sources.store.duties(day)]
        return cls(
            {option.id: option for option in problem.options},
            {one.step.id: one for one in files_of_steps(sources, steps) if one.step.id in steps},
            {duty.id: duty.basis.document for duty in duties if duty.basis is not None},
            say,
        )

    def step(self, stop: Stop) -> StepFile | None:
        """Return the step that is taken at a stop, or handed over after; None where none is."""
        if stop.kind is StopKind.VISIT:
            found = self.options[stop.ref].step
            return self.files.get(StepId(found)) if found else None
        step_id = step_of_duty(stop.ref) if stop.kind is StopKind.DUTY else None
        return None if step_id is None else self.files.get(step_id)

    def of(self, stop: Stop, day: date) -> tuple[str, ...]:
        """Return what is taken along to a stop, in words; nothing to a rest."""
        file = self.step(stop)
        if file is None and stop.kind is not StopKind.VISIT:
            document = self.bases.get(stop.ref, "").strip()
            return (document,) if document else ()
        needs = NEEDS[MeasureKind.VISIT] if file is None else file.needs
        shown = Arrangement.UNIFORM_AND_CARDS in needs.arrangements
        papers = () if file is None else papers_to_carry(file.step, needs, on=day)
        return (*([self.say(_LICENCE)] if shown else ()), *map(self._text, papers))

    def _text(self, paper: Paper) -> str:
        named = " ".join(filter(None, (self.say(paper.kind.label), paper.number)))
        if paper.blank:
            return named + self.say(_BLANK)
        if paper.fault is None:
            return named
        return named + self.say(_FAULTY if paper.number else _MISSING)
