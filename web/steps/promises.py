"""What stations answered on released plans, held to when their days are planned once more."""

from __future__ import annotations

from dataclasses import dataclass

from geo.messages import Message, message
from routes.model import ActionId, SupportRequest, SupportState
from routes.planning.problem import Plan, Problem
from routes.planning.support import answered, broken_promises
from web.wiring import Court

__all__ = ["Promises", "read_promises"]


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """A problem after the answers of stations, and the requests that were answered, by action."""

    problem: Problem
    requests: dict[ActionId, tuple[SupportRequest, ...]]
    lost: tuple[str, ...]

    @property
    def confirmed(self) -> frozenset[str]:
        """Options and duties that are promised."""
        return frozenset(
            one.ref
            for held in self.requests.values()
            for one in held
            if one.state is SupportState.CONFIRMED and one.id not in self.lost
        )

    def carry(self, court: Court, action_id: ActionId, problem: Problem, plan: Plan) -> None:
        """Let what a new plan keeps of the promises stand for it too."""
        for source, held in self.requests.items():
            broken = {one.ref for one in broken_promises(problem, plan, held)}
            kept = {one.ref for one in held if one.state is SupportState.CONFIRMED} - broken
            if kept:
                court.store.support_requests.carry(source, action_id, kept, by="cli")

    def notes(self, problem: Problem, plan: Plan) -> list[Message]:
        """Return sentences on promises that a plan does not keep."""
        held = tuple(one for some in self.requests.values() for one in some)
        return [
            message("派出所已确认的协助 %(ref)s 未能保留，发布前请与派出所另行商定", ref=one.ref)
            for one in broken_promises(problem, plan, held)
        ]


def read_promises(court: Court, problem: Problem) -> Promises:
    """Return a problem after what stations answered on the released plans of its days."""
    days = {shift.day for shift in problem.shifts}
    requests: dict[ActionId, tuple[SupportRequest, ...]] = {}
    lost: list[str] = []
    for action_id in court.store.action_ids():
        action = court.store.action(action_id)
        if action is None or action.released_at is None:
            continue
        before, plan = court.store.problem(action_id), court.store.plan(action_id)
        held = court.store.support_requests.for_action(action_id)
        if before is None or plan is None or not held:
            continue
        if days.isdisjoint(route.day for route in plan.routes):
            continue
        found = answered(problem, plan, held)
        problem, requests[action_id] = found.problem, held
        lost += found.lost
    return Promises(problem, requests, tuple(lost))
