"""What people read of each stop of an exported plan."""

from __future__ import annotations

from data.exports import StopLabel
from data.store import Store
from routes.model import ClaimId, DebtorId
from routes.planning.concerned import debtors_of
from routes.planning.problem import Plan, PlanFinding, Problem, StopKind
from web.duty_words import DutyWords, duty_words
from web.subjects import visit_subjects

__all__ = ["stop_labels"]


def stop_labels(store: Store, problem: Problem, plan: Plan) -> dict[str, StopLabel]:
    """Return the label of every visit and duty of a plan, by option or duty id.

    Names and addresses are in it: the caller records the reading.
    """
    people = store.people(debtors_of(problem, plan))
    options = {option.id: option for option in problem.options}
    duties = {duty.id: duty for duty in problem.duties}
    said = duty_words(store, problem)
    findings: dict[str, list[PlanFinding]] = {}
    for finding in plan.findings:
        findings.setdefault(finding.subject, []).append(finding)
    labels: dict[str, StopLabel] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.DUTY:
                duty = duties[stop.ref]
                words = said.get(duty.id, DutyWords())
                labels[stop.ref] = StopLabel(
                    title=duty.label or duty.id,
                    case_number=words.case_number,
                    address="" if words.address is None else words.address.reveal(),
                )
            elif stop.kind is StopKind.VISIT:
                option = options[stop.ref]
                debtor = people.debtors.get(DebtorId(option.debtor))
                claim = people.claims.get(ClaimId(option.claim))
                case = people.case_of(option.debtor)
                number = "" if case is None else str(case.number)
                subjects = visit_subjects(option, None if case is None else case.id)
                labels[stop.ref] = StopLabel(
                    title=number or option.id,
                    case_number=number,
                    address="" if claim is None else claim.text.reveal(),
                    debtor="" if debtor is None else debtor.name.reveal(),
                    findings=tuple(f for name in subjects for f in findings.get(name, ())),
                    claim=option.claim,
                )
    return labels
