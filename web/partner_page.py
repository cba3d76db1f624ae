"""What a police station sees of a shared plan (LAW.md P6, P7): time, place, hazard, escort.

The page is built from a list of what may be shown, never by hiding parts of another page:
no debtor, no amount, no case number, no family, no value, no team beside the own stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from data.model import Account, Share
from data.sharing import share_findings
from geo.addresses import parse
from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from geo.model import AddressLevel, AreaKind
from geo.ports import AreaIndex
from routes.measures import Measure
from routes.model import (
    AddressClaim,
    Case,
    Checkpoint,
    ClaimId,
    Debtor,
    DebtorId,
    DutyKind,
    PlaceKind,
    SupportKind,
    SupportRequest,
    SupportState,
)
from routes.people import People
from routes.planning.concerned import debtors_of
from routes.planning.problem import Option, PlanDuty, PlanPlace, Problem, Stop, StopKind
from routes.planning.step_stops import step_of_duty
from routes.planning.support import Ask, requests_of
from routes.rules import check_display, has_block, is_minor
from routes.rules.data_facts import Audience, DisplayFacts, SharedField
from web.approval import blocks, current_findings
from web.formats import clock_text, second_of_day
from web.labels import label, say
from web.services import Services
from web.signatures import read_signatures
from web.step_records import planned_steps
from web.subjects import StopSubjects
from web.support_board import territories

__all__ = [
    "SHOWN_AFTER_H",
    "CheckpointDuty",
    "Door",
    "PartnerPage",
    "PartnerStop",
    "build_partner_page",
    "duty_door",
    "partner_json",
    "place_label",
    "visit_door",
]

_SHOWN_LEVELS = (
    AddressLevel.TOWNSHIP,
    AddressLevel.VILLAGE,
    AddressLevel.GROUP,
    AddressLevel.ROAD,
    AddressLevel.LANE,
    AddressLevel.NUMBER,
    AddressLevel.ESTATE,
    AddressLevel.BUILDING,
    AddressLevel.UNIT,
    AddressLevel.ROOM,
)
"""Parts of an address that lead to a door; shop names and notes may hold a person's name."""

SHOWN_AFTER_H = 4
"""Hours for which a station still reads a stop that has ended."""

_CARE = message("现场可能有须照顾的人员")
_NO_DOOR = message("地点由承办人告知")
_ORDER = message("重大事项，请注意现场秩序")


@dataclass(frozen=True, slots=True)
class CheckpointDuty:
    """Which of the station's checkpoints a team of the court comes to. Nobody else is in it.

    Not even the debtor: the paper names that one person, and the station holds it (LAW.md L4).
    """

    name: str
    kind: str
    team: str


@dataclass(frozen=True, slots=True)
class PartnerStop:
    """One stop as the station may know it; no point where the door may not be shown.

    ``start_s`` is the time that was agreed, ``was`` the plan's where that is still another one.
    ``wanted`` are the hours that it is asked for, ``document`` the paper that this rests on,
    ``checkpoint`` where and by whom a duty is held there, ``check`` whether the station is to look
    at the property there by itself. At what and whose the paper says.
    """

    key: str
    number: int
    day: date
    start_s: int
    departure_s: int
    place: str
    lon: float | None
    lat: float | None
    hazards: tuple[str, ...]
    state: str | None = None
    request_id: str | None = None
    proposed: str | None = None
    wanted: str | None = None
    document: str | None = None
    answer_by: datetime | None = None
    may_answer: bool = False
    may_decline: bool = False
    may_change: bool = False
    was: str | None = None
    checkpoint: CheckpointDuty | None = None
    check: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """The place of a stop as a station may know it; ``shown`` tells whether to the door."""

    shown: bool
    words: str
    hazards: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """All that the partner page shows; ``ended_at`` tells when shares were ended early."""

    station_name: str
    watermark: str
    expires_at: datetime | None
    stops: tuple[PartnerStop, ...]
    ended_at: tuple[datetime, ...] = ()


def build_partner_page(
    account: Account, services: Services, *, needs_login: bool, watermark: str
) -> PartnerPage:
    """Return the stops of the open shares of this account's station.

    Parameters
    ----------
    needs_login
        Whether the page opens only to who signed in.
    watermark
        What is printed over it; without one the rules let nothing be shown (LAW.md P6).
    """
    now, store = services.clock(), services.store
    station_id = account.station_id
    station = next((one for one in store.stations() if one.id == station_id), None)
    if station_id is None or station is None:
        return PartnerPage("", watermark, None, ())
    shares = [
        share
        for share in store.shares.for_station(station_id, now)
        if not has_block(
            share_findings(share, at=now, needs_login=needs_login, watermark=watermark)
        )
    ]
    requests = store.support_requests.for_station(station_id)
    stops = [
        stop
        for share in shares
        for stop in _stops(
            share,
            station_id,
            [request for request in requests if request.action_id == share.action_id],
            services,
        )
    ]
    stops.sort(key=lambda stop: (stop.day, stop.start_s))
    return PartnerPage(
        station_name=station.name,
        watermark=watermark,
        expires_at=min((share.expires_at for share in shares), default=None),
        stops=tuple(
            replace(stop, number=number, key=str(number))
            for number, stop in enumerate(stops, start=1)
        ),
        ended_at=tuple(
            share.revoked_at
            for share in store.shares.ended_for_station(station_id, now)
            if share.revoked_at is not None
        ),
    )


def partner_json(page: PartnerPage) -> dict[str, Any]:
    """Return the points for the map, of the stops that have one."""
    return {
        "stops": [
            {"key": stop.key, "number": stop.number, "lon": stop.lon, "lat": stop.lat}
            for stop in page.stops
            if stop.lon is not None
        ]
    }


def place_label(claim: AddressClaim | None, areas: AreaIndex | None, point: PlanPlace) -> str:
    """Return the way to the door in words, built from the address's recognised parts only."""
    if claim is not None:
        parts = parse(claim.text.reveal()).parts
        words = [part.text for part in parts if part.level in _SHOWN_LEVELS]
        if words:
            return "".join(words)
    return _area_name(areas, point) or f"{point.lat:.4f}, {point.lon:.4f}"


def _area_name(areas: AreaIndex | None, point: PlanPlace) -> str | None:
    if areas is None:
        return None
    for kind in (AreaKind.GRID, AreaKind.TOWNSHIP):
        code = areas.code_at(np.array([[point.lon, point.lat]]), kind=kind)[0]
        named = next((area.name for area in areas.areas(kind) if area.code == code), None)
        if named is not None:
            return named
    return None


def _door_shown(
    case: Case | None, debtor: Debtor | None, claim: AddressClaim | None, on: date
) -> bool:
    """Tell whether rules let a station see the door: not the home of a minor (LAW.md P7)."""
    home = claim is None or claim.kind is PlaceKind.HOME
    alone = case is not None and "minor_alone" in (case.vulnerable or ())
    facts = DisplayFacts(
        "partner",
        Audience.PARTNER,
        True if alone else None if debtor is None else is_minor(debtor, on=on),
        frozenset({SharedField.HOME if home else SharedField.PLACE}),
    )
    return not has_block(check_display(facts))


def _hazards(case: Case | None, *, at_home: bool) -> Iterator[Message]:
    if at_home and case is not None and case.vulnerable:
        yield _CARE
    if case is not None and case.major_matter:
        yield _ORDER


def visit_door(
    option: Option, place: PlanPlace, people: People, areas: AreaIndex | None, *, on: date
) -> Door:
    """Return what a station sees of the place of a visit on a day."""
    return _door(option.debtor, option.claim, place, people, areas, on)


def duty_door(
    duty: PlanDuty,
    step: Measure | None,
    place: PlanPlace,
    people: People,
    areas: AreaIndex | None,
    *,
    on: date,
) -> Door:
    """Return what a station sees of the place of a duty on a day.

    A duty that takes a step is at somebody's door, as a visit is; a checkpoint, a hearing and the
    handover after a detention are at a public one. Where keys are given over, or what else a duty
    may be, is no station's to know beyond the part of the district.

    Parameters
    ----------
    step
        What the duty takes; None where it takes none, or that step is no longer stored.
    """
    if step_of_duty(duty.id) is None and duty.kind in (DutyKind.KEYS, DutyKind.OTHER):
        part = _area_name(areas, place)
        return Door(False, " · ".join(filter(None, (label("duty_kind", duty.kind), part))), ())
    if step_of_duty(duty.id) is None or duty.kind == DutyKind.HANDOVER:
        words = f"{label('duty_kind', duty.kind)} · {place_label(None, areas, place)}"
        case = None if step is None else people.cases.get(step.case_id)
        return Door(True, words, tuple(_hazards(case, at_home=False)))
    debtor_id, claim_id = ("", None) if step is None else (step.debtor_id, step.claim_id)
    door = _door(debtor_id, claim_id or "", place, people, areas, on)
    return replace(door, words=f"{label('measure_kind', duty.kind)} · {door.words}")


def _door(
    debtor_id: str,
    claim_id: str,
    place: PlanPlace,
    people: People,
    areas: AreaIndex | None,
    on: date,
) -> Door:
    case, claim = people.case_of(debtor_id), people.claims.get(ClaimId(claim_id))
    shown = _door_shown(case, people.debtors.get(DebtorId(debtor_id)), claim, on)
    words = place_label(claim, areas, place) if shown else _area_name(areas, place)
    return Door(shown, words or say(_NO_DOOR), tuple(_hazards(case, at_home=True)))


def _stops(
    share: Share,
    station_id: str,
    requests: Iterable[SupportRequest],
    services: Services,
) -> list[PartnerStop]:
    action = services.store.action(share.action_id)
    problem = services.store.problem(share.action_id)
    plan = services.store.plan(share.action_id)
    if action is None or action.released_at is None or problem is None or plan is None:
        return []
    places = {place.id: place for place in problem.places}
    options = {option.id: option for option in problem.options}
    duties = {duty.id: duty for duty in problem.duties}
    checks: list[SupportRequest] = []
    asked: dict[tuple[bool, str], SupportRequest] = {}
    for one in sorted(requests, key=lambda request: request.created_at):
        if one.kind is SupportKind.PROPERTY_CHECK:
            checks.append(one)
        else:
            asked[one.is_duty, one.ref] = one
    own = _in_territory(problem, station_id, services.areas)
    by_ref = {(ask.is_duty, ask.ref): ask for ask in requests_of(problem, plan)}
    said, now = current_findings(services, problem, plan), services.clock()
    unsigned = read_signatures(services.store, problem, plan, said, at=now).waiting
    forbidden = {one.subject for one in (*blocks(said), *unsigned)}  # withdrawn since the sharing
    subjects = StopSubjects.read(services.store, problem)
    steps = planned_steps(services.store, problem, plan)
    taken_from = {step.debtor_id for step in steps.values()}
    people = services.store.people(debtors_of(problem, plan) | taken_from)
    held = _checkpoints(problem, services)
    teams = {team.id: team.name for team in problem.teams}
    stops: list[PartnerStop] = []
    shown: dict[str, Stop] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT and forbidden.isdisjoint(subjects.of(stop)):
                shown[stop.ref] = stop
            request = asked.get((stop.kind is StopKind.DUTY, stop.ref))
            mine = stop.place in own or stop.escort_station == station_id or request is not None
            if not stop.is_work or not mine:
                continue
            if not forbidden.isdisjoint(subjects.of(stop)):
                continue  # forbidden since the plan was made: settled, paid, paused
            hours = _hours(stop, request, by_ref.get((stop.kind is StopKind.DUTY, stop.ref)))
            if _is_past(moment_at(route.day, hours["departure_s"]), request, now):
                continue
            place = places[stop.place]
            if stop.kind is StopKind.VISIT:
                option = options[stop.ref]
                door = visit_door(option, place, people, services.areas, on=local_day(now))
            else:
                duty, step_id = duties[stop.ref], step_of_duty(stop.ref)
                step = None if step_id is None else steps.get(step_id)
                door = duty_door(duty, step, place, people, services.areas, on=local_day(now))
            stops.append(
                PartnerStop(
                    key="",
                    number=0,
                    day=route.day,
                    **hours,
                    place=door.words,
                    lon=place.lon if door.shown else None,
                    lat=place.lat if door.shown else None,
                    hazards=tuple(map(say, door.hazards)),
                    checkpoint=_duty_there(held.get(stop.ref), teams.get(route.team, "")),
                    **({} if request is None else _asked(request, now)),
                )
            )
    for one in checks:
        if one.ref not in shown or _is_past(one.ends_at, one, now):
            continue
        place = places[shown[one.ref].place]
        door = visit_door(options[one.ref], place, people, services.areas, on=local_day(now))
        stops.append(_check(one, place, door, now))
    return stops


def _check(request: SupportRequest, place: PlanPlace, door: Door, now: datetime) -> PartnerStop:
    """Return a look at the property at a place as the station may know it."""
    starts_at, ends_at = _spoken_of(request)
    return PartnerStop(
        key="",
        number=0,
        day=local_day(starts_at),
        start_s=second_of_day(starts_at),
        departure_s=second_of_day(ends_at),
        place=door.words,
        lon=place.lon if door.shown else None,
        lat=place.lat if door.shown else None,
        hazards=tuple(map(say, door.hazards)),
        check=True,
        **_asked(request, now),
    )


def _checkpoints(problem: Problem, services: Services) -> dict[str, Checkpoint]:
    """Return the checkpoint of each duty that is held at one."""
    known = {one.id: one for one in services.store.checkpoints()}
    return {
        duty.id: known[duty.checkpoint_id]
        for day in {duty.day for duty in problem.duties}
        for duty in services.store.duties(day)
        if duty.checkpoint_id in known
    }


def _duty_there(checkpoint: Checkpoint | None, team: str) -> CheckpointDuty | None:
    return None if checkpoint is None else CheckpointDuty(checkpoint.name, checkpoint.kind, team)


def _hours(stop: Stop, request: SupportRequest | None, ask: Ask | None) -> dict[str, Any]:
    """Return when a stop is: by the plan, or by what was agreed where the plan lags behind."""
    agreed = request is not None and request.state is SupportState.CONFIRMED
    if request is None or ask is None or not agreed or ask.starts_at == request.hours[0]:
        return {"start_s": stop.start_s, "departure_s": stop.departure_s}
    start_s, end_s = map(second_of_day, request.hours)
    return {
        "start_s": start_s,
        "departure_s": end_s,
        "was": f"{clock_text(stop.start_s)}–{clock_text(stop.departure_s)}",
    }


def _is_past(ends_at: datetime, request: SupportRequest | None, now: datetime) -> bool:
    """Tell whether a stop ended so long ago that the station needs it no more (LAW.md P6)."""
    last = ends_at if request is None else max(ends_at, request.hours[1])
    return last + timedelta(hours=SHOWN_AFTER_H) < now


def _spoken_of(request: SupportRequest) -> tuple[datetime, datetime]:
    """Return the hours asked for, or those that both agreed on since."""
    if request.state is SupportState.OTHER_TIME_PROPOSED:
        return request.starts_at, request.ends_at
    return request.hours


def _asked(request: SupportRequest, now: datetime) -> dict[str, Any]:
    """Return what a station reads of a request to it."""
    open_, (starts_at, _ends_at) = request.state is SupportState.OTHER_TIME_PROPOSED, request.hours
    return {
        "state": str(request.state),
        "request_id": request.id,
        "proposed": clock_text(second_of_day(starts_at)) if open_ else None,
        "wanted": "–".join(clock_text(second_of_day(at)) for at in _spoken_of(request)),
        "document": request.document,
        "answer_by": request.expires_at if request.state.is_open else None,
        "may_answer": request.state is SupportState.SENT,
        "may_decline": request.state is SupportState.CONFIRMED and now < starts_at,
        "may_change": request.may_answer_again(now),
    }


def _in_territory(problem: Problem, station_id: str, areas: AreaIndex | None) -> set[str]:
    return set(territories(problem, areas, [station_id]))
