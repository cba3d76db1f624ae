"""What people read of each stop of an exported plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from data.exports import StopLabel
from geo.messages import Message
from routes.model import ClaimId, DebtorId, DutyKind
from routes.planning.concerned import debtors_of
from routes.planning.problem import Plan, PlanFinding, Problem, Stop, StopKind
from routes.step_files import StepFile
from web.duty_words import DutyWords, duty_words
from web.labels import LABELS
from web.step_records import RuleSources
from web.stop_papers import StopPapers
from web.subjects import StopSubjects

__all__ = ["stop_labels"]


def stop_labels(
    sources: RuleSources, problem: Problem, plan: Plan, *, say: Callable[[Message], str]
) -> tuple[dict[str, StopLabel], frozenset[str]]:
    """Return the label of every visit and duty of a plan, by option or duty id.

    Names and addresses are in it: the caller records the reading.

    Parameters
    ----------
    say
        Puts a message into the reader's language.

    Returns
    -------
    labels, debtors
        Those whose names are in the labels, by id.
    """
    writer = _Writer(sources, problem, plan, say)
    labels = {
        stop.ref: writer.label(stop, route.day)
        for route in plan.routes
        for stop in route.stops
        if stop.kind in (StopKind.DUTY, StopKind.VISIT)
    }
    return labels, frozenset(writer.debtors)


class _Writer:
    """Writes labels; notes the debtors whose names are in them."""

    def __init__(
        self,
        sources: RuleSources,
        problem: Problem,
        plan: Plan,
        say: Callable[[Message], str],
    ) -> None:
        self.debtors: set[str] = set()
        self._say = say
        self._people = sources.store.people(debtors_of(problem, plan))
        self._options = {option.id: option for option in problem.options}
        self._duties = {duty.id: duty for duty in problem.duties}
        self._words = duty_words(sources.store, problem)
        self._papers = StopPapers.read(sources, problem, plan, say=say)
        self._subjects = StopSubjects.read(sources.store, problem)
        self._findings: defaultdict[str, list[PlanFinding]] = defaultdict(list)
        for finding in plan.findings:
            self._findings[finding.subject].append(finding)

    def label(self, stop: Stop, day: date) -> StopLabel:
        papers, step = self._papers.of(stop, day), self._papers.step(stop)
        said = tuple(f for name in self._subjects.of(stop) for f in self._findings[name])
        if stop.kind is StopKind.VISIT:
            return self._visit(stop, step, papers, said)
        duty = self._duties[stop.ref]
        if step is None:
            words = self._words.get(duty.id, DutyWords())
            return StopLabel(
                title=duty.label or duty.id,
                case_number=words.case_number,
                address="" if words.address is None else words.address.reveal(),
                documents=papers,
                findings=said,
            )
        self.debtors.add(str(step.debtor.id))
        handover = duty.kind == DutyKind.HANDOVER
        return StopLabel(
            title=self._named(step, handover=handover),
            case_number=str(step.case.number),
            address="" if handover or step.claim is None else step.claim.text.reveal(),
            debtor=step.debtor.name.reveal(),
            documents=papers,
            findings=said,
        )

    def _visit(
        self,
        stop: Stop,
        step: StepFile | None,
        papers: tuple[str, ...],
        said: tuple[PlanFinding, ...],
    ) -> StopLabel:
        option = self._options[stop.ref]
        debtor = self._people.debtors.get(DebtorId(option.debtor))
        claim = self._people.claims.get(ClaimId(option.claim))
        case = self._people.case_of(option.debtor)
        number = "" if case is None else str(case.number)
        self.debtors.add(option.debtor)
        return StopLabel(
            title=(number or option.id) if step is None else self._named(step),
            case_number=number,
            address="" if claim is None else claim.text.reveal(),
            debtor="" if debtor is None else debtor.name.reveal(),
            documents=papers,
            findings=said,
            claim=option.claim,
        )

    def _named(self, step: StepFile, *, handover: bool = False) -> str:
        kind = step.step.kind
        what = LABELS["duty_kind"]["handover"] if handover else LABELS["measure_kind"][kind]
        return f"{self._say(what)} {step.case.number}"
