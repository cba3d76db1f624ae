"""A day as it comes, as the live room shows it: teams, alarms, what was found, what was offered.

What is asked for again and again holds no name: the page has those from when it was opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for

from data.alarm_notes import AlarmNote
from data.check_ins import CheckIn
from data.day_outcomes import DayOutcome
from data.replans import Replan
from geo.localtime import LOCAL_ZONE, hour_text, local_day, moment_at
from geo.messages import message
from routes.live import (
    Alarm,
    Sign,
    SignKind,
    StopState,
    TeamStanding,
    latest_starts,
    out_of_reach,
    standing_of,
)
from routes.model import ActionId, Station
from routes.planning.problem import Option, Plan, PlanDuty, Problem, Route, StopKind
from web.accounts import display_names
from web.formats import dial_link
from web.labels import label, say
from web.plan_board import TEAM_COLOURS, PlanPage, StopView
from web.replan_board import SlotView, agreed_since, replan_view
from web.services import Services
from web.support_board import territories

__all__ = ["LiveRoute", "day_of", "live_json", "live_routes", "shown_day", "stop_titles"]

_FEED = 60
_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LiveRoute:
    """A team's day with the signs of it; ``number`` is that of the route among the plan's."""

    number: int
    route: Route
    standing: TeamStanding
    signs: tuple[Sign, ...]


def day_of(problem: Problem, now: datetime) -> date:
    """Return the day of a plan that is shown; see :func:`shown_day`.

    Examples
    --------
    >>> from tests.web import court
    >>> problem = court.plan_problem(court.case_files()[2])
    >>> day_of(problem, court.NOW).isoformat()
    '2026-11-26'
    """
    return shown_day({shift.day for shift in problem.shifts}, now)


def shown_day(days: Iterable[date], now: datetime) -> date:
    """Return which of a plan's days is shown: today, else the next, else the last one."""
    today, ordered = local_day(now), sorted(days)
    return next((day for day in ordered if day >= today), ordered[-1])


def live_routes(
    services: Services,
    problem: Problem,
    plan: Plan,
    day: date,
    *,
    outcomes: Sequence[DayOutcome],
    check_ins: Sequence[CheckIn],
    team: str | None = None,
) -> tuple[LiveRoute, ...]:
    """Return where each team stands with a day of a plan; one team alone where it is named."""
    now = services.clock()
    silent = timedelta(minutes=services.profile.silent_min)
    claim_of = {option.id: option.claim for option in problem.options}
    found = []
    for number, route in enumerate(sorted(plan.routes, key=lambda r: (r.day, r.team))):
        if route.day == day and team in (None, route.team):
            signs = (
                *(one.sign for one in check_ins if one.team == route.team),
                *(
                    Sign(one.id, SignKind.OUTCOME, min(one.at, now), ref)
                    for one in outcomes
                    if (ref := _stop_of(route, claim_of, one)) or one.team == route.team
                ),
            )
            standing = standing_of(route, signs, now=now, silent=silent)
            found.append(LiveRoute(number, route, standing, signs))
    return tuple(found)


def _stop_of(route: Route, claim_of: Mapping[str, str], one: DayOutcome) -> str:
    """Return the visit of a route that an outcome is of, the nearest by its hour; else nothing."""
    visits = [stop for stop in route.stops if claim_of.get(stop.ref) == one.claim_id]
    if not visits:
        return ""
    return min(visits, key=lambda stop: abs(moment_at(route.day, stop.start_s) - one.at)).ref


def stop_titles(page: PlanPage, day: date) -> dict[str, dict[str, Any]]:
    """Return what the page keeps of each stop of a day, by its key: a title as the reader sees it.

    Whoever makes the page records the reading.
    """
    return {
        stop.key: _title(stop)
        for route in page.routes
        if route.day == day
        for stop in route.stops
        if stop.key
    }


def _title(stop: StopView) -> dict[str, Any]:
    return {
        "number": stop.number,
        "title": stop.title,
        "case_number": stop.case_number,
        "href": url_for("cases.page", case_id=stop.case_id) if stop.case_id else None,
        "kind": str(stop.kind),
    }


def live_json(
    services: Services,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    positions: bool,
    may_decide: bool,
    team: str | None = None,
) -> dict[str, Any]:
    """Return the day as it is now, ready for JSON.

    Parameters
    ----------
    positions
        Whether the reader may see where officers said that they were.
    may_decide
        Whether the reader may take on an offer.
    team
        Of which alone is told; None for all.
    """
    store, now = services.store, services.clock()
    day = day_of(problem, now)
    outcomes, check_ins = store.outcomes_of_day(day), store.check_ins.of_day(day)
    routes = live_routes(
        services, problem, plan, day, outcomes=outcomes, check_ins=check_ins, team=team
    )
    board = _Board(services, problem, store.alarm_notes.of_day(day), routes)
    told = frozenset(board.teams if team is None else {team})
    stops = {stop.ref for route in plan.routes if route.team in told for stop in route.stops}
    is_today = day == local_day(now)
    later = store.replans.later(action_id)
    agreed = (
        () if later else agreed_since(store, services.clock, action_id, problem, plan)
    )  # a plan made anew moves them itself
    return {
        "now": now.isoformat(),
        "clock": _clock(now),
        "day": day.isoformat(),
        "is_today": is_today,
        "teams": [board.team(one, check_ins if positions else (), is_today) for one in routes],
        "feed": board.feed(outcomes, check_ins, None if team is None else told),
        "messages": [
            {
                "team": board.teams.get(one.team, one.team),
                "text": one.text.reveal(),
                "sent": _clock(one.sent_at),
                "by": board.names.get(one.sent_by, ""),
                "read": None if one.read_at is None else _clock(one.read_at),
            }
            for one in store.team_messages.of_day(day)
            if team in (None, one.team)
        ],
        "offer": _offer(
            services, later, may_decide=may_decide, team=team and board.teams.get(team, team)
        ),
        "agreed": [
            {
                "ref": one.ref,
                "title": one.title,
                "station": one.station,
                "day": one.day.isoformat(),
                "was": hour_text(one.was_s),
                "now": hour_text(one.now_s),
                "why": say(
                    message(
                        "%(station)s另提时间，本院已同意；计划还没有改到约定的时间",
                        station=one.station,
                    )
                ),
            }
            for one in agreed
            if team is None or one.ref in stops
        ],
        "late": board.late(routes) if is_today and later is None else [],
    }


class _Board:
    """Puts words in the place of ids."""

    def __init__(
        self,
        services: Services,
        problem: Problem,
        notes: Iterable[AlarmNote],
        routes: Sequence[LiveRoute],
    ) -> None:
        store = services.store
        self.names = display_names(store)
        self.teams = {team.id: team.name or team.id for team in problem.teams}
        self.colours = {
            team.id: TEAM_COLOURS[n % len(TEAM_COLOURS)] for n, team in enumerate(problem.teams)
        }
        self.notes = {(one.team, one.alarm): one for one in notes}
        self.stations: Mapping[str, Station] = {one.id: one for one in store.stations()}
        self.territory = territories(problem, services.areas, self.stations)
        self.claim_of = {option.id: option.claim for option in problem.options}
        self.routes = routes
        work: tuple[Option | PlanDuty, ...] = (*problem.options, *problem.duties)
        self.windows = {one.id: one.window_end_s for one in work}
        self.keys = {
            (one.route.team, stop.ref): f"{one.number}-{order}"
            for one in routes
            for order, stop in enumerate(
                (stop for stop in one.route.stops if stop.kind is not StopKind.BREAK), start=1
            )
        }

    def late(self, routes: Sequence[LiveRoute]) -> list[dict[str, Any]]:
        """Return the teams that by what is known come too late somewhere, and where."""
        found = []
        for one in routes:
            refs = out_of_reach(one.standing, latest_starts(self.windows, one.route))
            minutes = round(one.standing.delay.total_seconds() / 60)
            if refs and minutes > 0:
                team = one.standing.team
                found.append(
                    {
                        "team": team,
                        "name": self.teams.get(team, team),
                        "minutes": minutes,
                        "stops": [self.keys[team, ref] for ref in refs],
                    }
                )
        return found

    def team(self, one: LiveRoute, check_ins: Sequence[CheckIn], is_today: bool) -> dict[str, Any]:
        standing, last = one.standing, one.standing.last_sign
        outcomes = {sign.stop for sign in one.signs if sign.kind is SignKind.OUTCOME}
        alarms = standing.alarms if is_today else ()
        shown = [self.alarm(one, alarm) for alarm in alarms]
        waiting = any(alarm["note"] is None for alarm in shown)
        return {
            "team": standing.team,
            "name": self.teams.get(standing.team, standing.team),
            "colour": self.colours.get(standing.team, TEAM_COLOURS[0]),
            "state": standing.state.value,
            "label": label("team_state", standing.state),
            "delay_min": round(standing.delay.total_seconds() / 60),
            "is_late": standing.delay >= _LATE,
            "planned_back": hour_text(one.route.return_s),
            "back": _clock(standing.back_at),
            "done": sum(stop.state is StopState.DONE for stop in standing.stops),
            "passed": sum(stop.state is StopState.PASSED for stop in standing.stops),
            "count": len(standing.stops),
            "last": None
            if last is None
            else {
                "label": label("sign_kind", last.kind),
                "at": last.at.isoformat(),
                "clock": _clock(last.at),
                "key": self.keys.get((standing.team, last.stop)),
            },
            "due": None if standing.due_at is None or not is_today else _clock(standing.due_at),
            "alarms": shown,
            "alarmed": waiting,
            "stops": [
                {
                    "key": self.keys[standing.team, stop.ref],
                    "state": stop.state.value,
                    "label": label("stop_state", stop.state),
                    "planned": f"{_clock(stop.planned_start)}–{_clock(stop.planned_end)}",
                    "start": _clock(stop.start),
                    "end": _clock(stop.end),
                    "late_min": round((stop.start - stop.planned_start).total_seconds() / 60),
                    "outcome": stop.ref in outcomes,
                }
                for stop in standing.stops
            ],
            "position": _position(check_ins, standing.team),
        }

    def alarm(self, one: LiveRoute, alarm: Alarm) -> dict[str, Any]:
        team = one.standing.team
        note = self.notes.get((team, alarm.id))
        station = self._station(one, alarm)
        return {
            "id": alarm.id,
            "kind": alarm.kind.value,
            "label": label("alarm_kind", alarm.kind),
            "since": _clock(alarm.since),
            "at": alarm.since.isoformat(),
            "key": self.keys.get((team, alarm.stop)),
            "station": None
            if station is None
            else {
                "name": station.name,
                "phone": station.phone,
                "dial": dial_link(station.phone),
            },
            "note": None
            if note is None
            else {
                "text": note.note.reveal(),
                "by": self.names.get(note.by, ""),
                "clock": _clock(note.at),
            },
        }

    def _station(self, one: LiveRoute, alarm: Alarm) -> Station | None:
        """Return whom to call: the escort's station, else that of the territory."""
        ahead = next(
            (s.ref for s in one.standing.stops if s.state in (StopState.HERE, StopState.OPEN)), ""
        )
        ref = alarm.stop or ahead
        stop = next((stop for stop in one.route.stops if stop.ref == ref and ref), None)
        if stop is None:
            return None
        return self.stations.get(stop.escort_station or self.territory.get(stop.place, ""))

    def feed(
        self,
        outcomes: Iterable[DayOutcome],
        check_ins: Iterable[CheckIn],
        only: Collection[str] | None,
    ) -> list[dict[str, Any]]:
        """Return what came in, the newest first; of some teams only where they are named."""
        if only is not None:
            outcomes = [one for one in outcomes if self._of(one)[0] in only]
            check_ins = [one for one in check_ins if one.team in only]
        notes = [one for one in self.notes.values() if only is None or one.team in only]
        found, told, taken = self._found(outcomes), self._told(check_ins), self._taken(notes)
        lines = sorted((*found, *told, *taken), key=_at)
        return [
            {**line, "clock": _clock(at), "at": at.isoformat()} for at, line in lines[::-1][:_FEED]
        ]

    def _found(self, outcomes: Iterable[DayOutcome]) -> Iterator[tuple[datetime, dict[str, Any]]]:
        for one in outcomes:
            team, ref = self._of(one)
            yield (
                one.at,
                {
                    "id": one.id,
                    "sort": "outcome",
                    "kind": one.kind.value,
                    "label": label("outcome", one.kind),
                    "team": self.teams.get(team, ""),
                    "colour": self.colours.get(team),
                    "key": self.keys.get((team, ref)),
                    "case_number": one.case_number,
                    "href": url_for("cases.page", case_id=one.case_id),
                },
            )

    def _of(self, one: DayOutcome) -> tuple[str, str]:
        """Return whose outcome it is, and the stop of the plan."""
        for live in self.routes:
            if one.team in ("", live.route.team):
                ref = _stop_of(live.route, self.claim_of, one)
                if ref:
                    return live.route.team, ref
        return one.team, ""

    def _told(self, check_ins: Iterable[CheckIn]) -> Iterator[tuple[datetime, dict[str, Any]]]:
        for one in check_ins:
            if one.team in self.teams:
                yield (
                    one.sign.at,
                    {
                        "id": one.id,
                        "sort": "help" if one.sign.kind is SignKind.HELP else "check_in",
                        "kind": one.sign.kind.value,
                        "label": label("sign_kind", one.sign.kind),
                        "team": self.teams[one.team],
                        "colour": self.colours[one.team],
                        "key": self.keys.get((one.team, one.sign.stop)),
                    },
                )

    def _taken(self, notes: Iterable[AlarmNote]) -> Iterator[tuple[datetime, dict[str, Any]]]:
        for note in notes:
            if note.team in self.teams:
                yield (
                    note.at,
                    {
                        "id": note.id,
                        "sort": "note",
                        "kind": note.alarm.partition(":")[0],
                        "label": label("alarm_kind", note.alarm.partition(":")[0]),
                        "team": self.teams[note.team],
                        "colour": self.colours[note.team],
                        "key": None,
                        "text": note.note.reveal(),
                        "by": self.names.get(note.by, ""),
                    },
                )


def _at(line: tuple[datetime, dict[str, Any]]) -> tuple[datetime, str]:
    return line[0], str(line[1]["id"])


def _position(check_ins: Sequence[CheckIn], team: str) -> dict[str, Any] | None:
    """Return where a team last said that it was."""
    told = [one for one in check_ins if one.team == team and one.position is not None]
    if not told or (where := told[-1].position) is None:
        return None
    return {
        "lon": where.lon,
        "lat": where.lat,
        "accuracy_m": round(where.accuracy_m),
        "clock": _clock(where.at),
    }


def _offer(
    services: Services, held: Replan | None, *, may_decide: bool, team: str | None
) -> dict[str, Any] | None:
    """Return the plan that was made anew from another one, before against after.

    Where a team is named, as it is shown, only what changes for it is told.
    """
    store = services.store
    problem = None if held is None else store.problem(held.action_id)
    action = None if held is None else store.action(held.action_id)
    if held is None or problem is None or action is None:
        return None
    view = replan_view(store, held, problem)
    return {
        "id": held.action_id,
        "href": url_for("plans.page", action_id=held.action_id),
        "live": url_for("live.page", action_id=held.action_id),
        "released": action.released_at is not None,
        "may_decide": may_decide,
        "since": _clock(view.since),
        "happened": [say(text) for text in view.happened],
        "changes": [
            {
                "kind": one.kind,
                "label": label("plan_change", one.kind),
                "title": one.title,
                "was": _slot(one.was),
                "now": _slot(one.now),
                "why": say(one.why),
            }
            for one in view.changes
            if team is None or team in {slot.team for slot in (one.was, one.now) if slot}
        ],
    }


def _slot(slot: SlotView | None) -> str | None:
    return None if slot is None else f"{slot.team} {hour_text(slot.start_s)}"


def _clock(moment: datetime) -> str:
    return moment.astimezone(LOCAL_ZONE).strftime("%H:%M")
