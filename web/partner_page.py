"""What a police station sees of a shared plan (LAW.md P6, P7): time, place, hazard, escort.

The page is built from a list of what may be shown, never by hiding parts of another page:
no debtor, no amount, no case number, no family, no value, no team beside the own stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from data.model import Account, Share, SupportRequest, SupportState
from data.sharing import share_findings
from geo.addresses import parse
from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import AddressLevel, AreaKind
from geo.ports import AreaIndex
from routes.model import AddressClaim, Case, ClaimId, Debtor, DebtorId, PlaceKind
from routes.planning.problem import PlanPlace, Problem, StopKind
from routes.rules import check_display, has_block, is_minor
from routes.rules.data_facts import Audience, DisplayFacts, SharedField
from web.approval import blocks, current_findings
from web.formats import clock_text, second_of_day
from web.labels import label, say
from web.people import People
from web.services import Services
from web.signatures import read_signatures
from web.subjects import StopSubjects

__all__ = ["PartnerPage", "PartnerStop", "build_partner_page", "partner_json", "place_label"]

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

_CARE = message("现场可能有须照顾的人员")
_NO_DOOR = message("地点由承办人告知")
_ORDER = message("重大事项，请注意现场秩序")


@dataclass(frozen=True, slots=True)
class PartnerStop:
    """One stop as the station may know it; no point where the door may not be shown."""

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
    people = People.read(store) if shares else People({}, {}, {})
    stops = [
        stop
        for share in shares
        for stop in _stops(
            share,
            station_id,
            [request for request in requests if request.action_id == share.action_id],
            services,
            people,
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
    alone = case is not None and "minor_alone" in case.vulnerable
    facts = DisplayFacts(
        "partner",
        Audience.PARTNER,
        True if alone else None if debtor is None else is_minor(debtor, on=on),
        frozenset({SharedField.HOME if home else SharedField.PLACE}),
    )
    return not has_block(check_display(facts))


def _hazards(case: Case | None) -> Iterator[Message]:
    if case is not None and case.vulnerable:
        yield _CARE
    if case is not None and case.major_matter:
        yield _ORDER


def _stops(
    share: Share,
    station_id: str,
    requests: Iterable[SupportRequest],
    services: Services,
    people: People,
) -> list[PartnerStop]:
    action = services.store.action(share.action_id)
    problem = services.store.problem(share.action_id)
    plan = services.store.plan(share.action_id)
    if action is None or action.released_at is None or problem is None or plan is None:
        return []
    places = {place.id: place for place in problem.places}
    options = {option.id: option for option in problem.options}
    duties = {duty.id: duty for duty in problem.duties}
    asked = {
        request.ref: request for request in requests if request.state is not SupportState.DRAFT
    }
    own = _in_territory(problem, station_id, services.areas)
    said, now = current_findings(services, problem, plan), services.clock()
    unsigned = read_signatures(services.store, problem, plan, said, at=now).waiting
    forbidden = {one.subject for one in (*blocks(said), *unsigned)}  # withdrawn since the sharing
    subjects = StopSubjects.read(services.store, problem)
    stops: list[PartnerStop] = []
    for route in plan.routes:
        for stop in route.stops:
            mine = stop.place in own or stop.escort_station == station_id or stop.ref in asked
            if stop.kind is StopKind.BREAK or not mine:
                continue
            if not forbidden.isdisjoint(subjects.of(stop)):
                continue  # forbidden since the plan was made: settled, paid, paused
            place, request = places[stop.place], asked.get(stop.ref)
            if stop.kind is StopKind.VISIT:
                option = options[stop.ref]
                case = people.case_of(option.debtor)
                claim = people.claims.get(ClaimId(option.claim))
                debtor = people.debtors.get(DebtorId(option.debtor))
                shown = _door_shown(case, debtor, claim, local_day(services.clock()))
                words = (
                    place_label(claim, services.areas, place)
                    if shown
                    else _area_name(services.areas, place) or say(_NO_DOOR)
                )
                hazards = tuple(say(one) for one in _hazards(case))
            else:
                kind = label("duty_kind", duties[stop.ref].kind)
                shown = True
                words, hazards = f"{kind} · {place_label(None, services.areas, place)}", ()
            proposed = None if request is None else request.proposed_starts_at
            stops.append(
                PartnerStop(
                    key="",
                    number=0,
                    day=route.day,
                    start_s=stop.start_s,
                    departure_s=stop.departure_s,
                    place=words,
                    lon=place.lon if shown else None,
                    lat=place.lat if shown else None,
                    hazards=hazards,
                    state=None if request is None else str(request.state),
                    request_id=None if request is None else request.id,
                    proposed=None if proposed is None else clock_text(second_of_day(proposed)),
                )
            )
    return stops


def _in_territory(problem: Problem, station_id: str, areas: AreaIndex | None) -> set[str]:
    if areas is None or not problem.places:
        return set()
    points = np.array([[place.lon, place.lat] for place in problem.places])
    codes = areas.code_at(points, kind=AreaKind.STATION_TERRITORY)
    return {
        place.id for place, code in zip(problem.places, codes, strict=True) if code == station_id
    }
