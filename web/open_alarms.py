"""Which released plans are carried out on a day, and how many alarms wait in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.localtime import local_day
from routes.model import ActionId
from web.live_board import live_routes, shown_day
from web.services import Services

__all__ = ["PlanOfDay", "day_of_release", "plans_of_day"]


@dataclass(frozen=True, slots=True)
class PlanOfDay:
    """A released plan of a day: its teams by name, and the ids of alarms that nobody took on."""

    action_id: ActionId
    teams: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def alarms(self) -> int:
        """How many alarms wait."""
        return len(self.waiting)


def day_of_release(services: Services) -> date | None:
    """Return the day that the live room shows: today, else the next with a released plan."""
    now = services.clock()
    store = services.store
    briefs = store.plan_briefs(store.released_since(local_day(now)))
    return min((shown_day(one.days, now) for one in briefs.values()), default=None)


def plans_of_day(services: Services, day: date, *, team: str | None = None) -> Sequence[PlanOfDay]:
    """Return the released plans of a day, the one released last first; of one team if named."""
    store, now = services.store, services.clock()
    outcomes, check_ins = store.outcomes_of_day(day), store.check_ins.of_day(day)
    taken = {(one.team, one.alarm) for one in store.alarm_notes.of_day(day)}
    found = []
    released = store.released_since(day)
    briefs = store.plan_briefs(released)
    for action_id in released:
        if action_id not in briefs or shown_day(briefs[action_id].days, now) != day:
            continue
        problem, plan = store.problem(action_id), store.plan(action_id)
        if problem is None or plan is None:
            continue
        routes = live_routes(
            services, problem, plan, day, outcomes=outcomes, check_ins=check_ins, team=team
        )
        names = {team.id: team.name or team.id for team in problem.teams}
        waiting = {
            (one.route.team, each.id)
            for one in routes
            for each in one.standing.alarms
            if day == local_day(now)
        }
        teams = tuple(dict.fromkeys(names.get(one.route.team, "") for one in routes))
        found.append(PlanOfDay(action_id, teams, tuple(sorted(map(":".join, waiting - taken)))))
    return found
