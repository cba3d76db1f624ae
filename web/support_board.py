"""What a plan asks of stations, where each request stands, and what is done on a no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from data.model import Action, BranchOn
from data.store import Store
from geo.messages import Message, message
from geo.model import AreaKind
from geo.ports import AreaIndex
from routes.model import ActionId, SupportRequest, SupportState
from routes.planning.branches import Branch
from routes.planning.problem import Plan, Problem
from routes.planning.support import Ask, requests_of
from routes.planning.support_branches import Instead, instead
from routes.ports import Clock
from web.formats import clock_text, day_text

__all__ = [
    "SupportView",
    "asks_of",
    "instead_words",
    "latest_by_ask",
    "refused",
    "refused_stops",
    "silent_stops",
    "support_views",
    "territories",
]


@dataclass(frozen=True, slots=True)
class SupportView:
    """One thing that a plan asks of a station.

    Parameters
    ----------
    ref
        The option or duty.
    station
        Name; empty where nobody knows which station answers for the place.
    phone
        Of its duty room; None where the court was told none.
    day, start_s, end_s
        When the officers are wanted by the plan.
    state
        Of the request; ``draft`` where none was written yet.
    request
        None where none was written yet.
    may_agree, may_withdraw
        Whether the court may take the proposed time, or take the request back.
    lags
        Whether the plan does not hold the time yet to which the court agreed.
    on_no
        Sentences: what the plan for a refusal does instead; none where there is no such plan.
    """

    ref: str
    is_duty: bool
    kind: str
    station: str
    phone: str | None
    day: date
    start_s: int
    end_s: int
    state: SupportState
    request: SupportRequest | None
    may_agree: bool
    may_withdraw: bool
    lags: bool
    on_no: tuple[Message, ...]


def territories(
    problem: Problem, areas: AreaIndex | None, stations: Iterable[str]
) -> dict[str, str]:
    """Return the station that answers for each place, by the boundaries; of known ones only."""
    if areas is None or not problem.places:
        return {}
    points = np.array([[place.lon, place.lat] for place in problem.places])
    codes = areas.code_at(points, kind=AreaKind.STATION_TERRITORY)
    known = set(stations)
    return {
        place.id: code
        for place, code in zip(problem.places, codes, strict=True)
        if code is not None and code in known
    }


def asks_of(store: Store, areas: AreaIndex | None, problem: Problem, plan: Plan) -> tuple[Ask, ...]:
    """Return what a plan asks of stations; a checkpoint of the one whose territory holds it."""
    known = [station.id for station in store.stations()]
    return requests_of(problem, plan, territory=territories(problem, areas, known))


def latest_by_ask(
    requests: Iterable[SupportRequest], asks: Iterable[Ask]
) -> Mapping[Ask, SupportRequest]:
    """Return the request that was written last for each stop and station, if not withdrawn."""
    found: dict[tuple[str, bool, str], SupportRequest] = {}
    for one in sorted(requests, key=lambda request: request.created_at):
        if one.state is not SupportState.WITHDRAWN:
            found[one.ref, one.is_duty, one.station_id] = one
    keys = {ask: (ask.ref, ask.is_duty, ask.station or "") for ask in asks}
    return {ask: found[key] for ask, key in keys.items() if key in found}


def refused(store: Store, action_id: ActionId) -> bool:
    """Whether a station said no to a plan, or nothing in time."""
    return any(one.state.is_refusal for one in store.support_requests.for_action(action_id))


def refused_stops(
    store: Store, action_id: ActionId, problem: Problem, plan: Plan, *, day: date, now_s: int
) -> tuple[str, ...]:
    """Return the visits and duties ahead for which a station refused officers at just their hour.

    Whoever proposed another time for a visit refused the one that was asked for; a duty waits until
    the court agrees.
    """
    asks = [ask for ask in requests_of(problem, plan) if (ask.day, ask.start_s) > (day, now_s)]
    requests = store.support_requests.for_action(action_id)
    stations = {one.ref: one.station_id for one in requests if one.is_duty}
    asks = [replace(ask, station=ask.station or stations.get(ask.ref)) for ask in asks]
    return tuple(
        ask.ref
        for ask, request in latest_by_ask(requests, asks).items()
        if request.starts_at == ask.starts_at
        and (
            request.state.is_refusal or (not ask.is_duty and request.proposed_starts_at is not None)
        )
    )


def silent_stops(
    store: Store,
    areas: AreaIndex | None,
    clock: Clock,
    action: Action,
    problem: Problem,
    plan: Plan,
) -> tuple[str, ...]:
    """Return the stops for which nobody said yes or no by the hour that the court waits for."""
    if action.approval_by is None or clock() < action.approval_by:
        return ()
    asks = [ask for ask in asks_of(store, areas, problem, plan) if ask.station is not None]
    held = latest_by_ask(store.support_requests.for_action(action.id), asks)
    now = clock()
    return tuple(
        ask.ref
        for ask in asks
        if ask.starts_at > now
        and (ask not in held or held[ask].state is SupportState.DRAFT or held[ask].state.is_open)
    )


def support_views(
    store: Store,
    areas: AreaIndex | None,
    clock: Clock,
    action: Action,
    problem: Problem,
    plan: Plan,
) -> tuple[SupportView, ...]:
    """Return what a plan asks of stations, in the order of the times."""
    asks = asks_of(store, areas, problem, plan)
    requests = store.support_requests.for_action(action.id)
    held = latest_by_ask(requests, asks)
    stations = {station.id: station for station in store.stations()}
    names = {key: station.name for key, station in stations.items()}
    other = _for_a_no(store, action)
    now = clock()
    views = []
    for ask in asks:
        request, station = held.get(ask), stations.get(ask.station or "")
        state = SupportState.DRAFT if request is None else request.state
        on_no = () if other is None else instead_words(names, Branch(problem, plan), other, ask.ref)
        views.append(
            SupportView(
                ref=ask.ref,
                is_duty=ask.is_duty,
                kind=ask.kind.value,
                station=names.get(ask.station or "", ask.station or ""),
                phone=None if station is None else station.phone,
                day=ask.day,
                start_s=ask.start_s,
                end_s=ask.end_s,
                state=state,
                request=request,
                may_agree=state is SupportState.OTHER_TIME_PROPOSED,
                may_withdraw=(state.is_open or state is SupportState.CONFIRMED)
                and ask.starts_at > now,
                lags=request is not None
                and state is SupportState.CONFIRMED
                and ask.starts_at != request.hours[0],
                on_no=on_no,
            )
        )
    return tuple(sorted(views, key=lambda view: (view.day, view.start_s, view.ref)))


def _for_a_no(store: Store, action: Action) -> Branch | None:
    if action.other_id is None or not action.approved or action.branch_on is BranchOn.APPROVAL:
        return None
    problem, plan = store.problem(action.other_id), store.plan(action.other_id)
    return None if problem is None or plan is None else Branch(problem, plan)


def instead_words(
    stations: Mapping[str, str], yes: Branch, no: Branch, ref: str
) -> tuple[Message, ...]:
    """Return sentences on what the plan for a no does in place of a stop of the one for a yes.

    Parameters
    ----------
    stations
        Names by id.
    ref
        The option or duty of the stop.
    """
    teams = {team.id: team.name or team.id for team in yes.problem.teams}
    return _words(instead(yes, no, ref), teams, stations)


def _words(
    found: Instead, teams: Mapping[str, str], stations: Mapping[str, str]
) -> tuple[Message, ...]:
    """Return sentences that say what is done on a no."""
    gained = (message("另走访 %(count)d 处", count=found.gained),) if found.gained else ()
    if found.route is None or found.stop is None:
        gone = message("勤务取消") if found.is_duty else message("该走访取消")
        return (gone, *gained)
    facts = {
        "team": teams.get(found.route.team, found.route.team),
        "day": day_text(found.route.day),
        "time": clock_text(found.stop.start_s),
    }
    station = found.stop.escort_station
    if station is None:
        return (message("改由%(team)s于 %(day)s %(time)s 走访", **facts), *gained)
    by = stations.get(station, station)
    return (
        message("改由%(team)s于 %(day)s %(time)s 走访，%(station)s协助", station=by, **facts),
        *gained,
    )
