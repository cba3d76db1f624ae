"""Urgent leads on debtors of the store whom a plan does not have among its candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from geo.ports import RoadTravel
from routes.errors import ReplanError
from routes.locating import LocatingParameters
from routes.model import DebtorId
from routes.planning.disturbances import Disturbance, HomeNow
from routes.planning.late_leads import taken_in
from routes.planning.policy import PlanningPolicy
from routes.planning.problem import Plan, Problem
from web.step_records import RuleSources, step_files

__all__ = ["PlanSources", "with_leads"]


class PlanSources(RuleSources, Protocol):
    """What a plan is made anew with; a court and the services of its pages both have it."""

    @property
    def parameters(self) -> LocatingParameters: ...
    @property
    def policy(self) -> PlanningPolicy: ...


def with_leads(
    sources: PlanSources,
    problem: Problem,
    plan: Plan,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    at: datetime,
    engine: Callable[[], RoadTravel],
) -> tuple[Problem, Plan, list[Disturbance]]:
    """Return a problem that knows the debtors of all urgent leads, its plan, and what happened.

    Of several debtors of one case those who may not be visited are left out while one may.

    Parameters
    ----------
    day, at
        From when the plan is made anew; ``at`` is aware.
    engine
        Gives the roads with none closed; asked only where a debtor is taken in.

    Raises
    ------
    ReplanError
        If nobody of a lead's case may be visited: which rule says so, and its cure.
    """
    known = {option.debtor for option in problem.options}
    unknown = [one for one in disturbances if isinstance(one, HomeNow) and one.debtor not in known]
    names = sources.store.case_names(one.debtor for one in unknown) if unknown else {}
    found = {
        one: names[DebtorId(one.debtor)].id for one in unknown if DebtorId(one.debtor) in names
    }
    refused: dict[HomeNow, ReplanError] = {}
    for lead, case_id in found.items():
        try:
            problem, plan = taken_in(
                problem,
                plan,
                lead,
                case_id,
                day=day,
                now=at,
                cases=sources.store,
                field=sources.store,
                travel=engine(),
                calendar=sources.calendar,
                parameters=sources.parameters,
                profile=sources.profile,
                policy=sources.policy,
                areas=sources.areas,
                closures=sources.store.closures.standing(),
                steps=step_files(sources, case_id),
            )
        except ReplanError as error:
            refused[lead] = error
    open_ = {case_id for lead, case_id in found.items() if lead not in refused}
    for lead, why in refused.items():
        if found[lead] not in open_:
            raise why
    return problem, plan, [one for one in disturbances if one not in refused]
