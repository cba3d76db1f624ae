"""What the data end points answer and take, as classes: the document and its test are made of them.

An answer may hold more than is promised here; what is promised is there, and of this type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from data.exports.case_json import CaseRecords
from geo.model import HourBand, TrafficDay
from geo.travel import PROFILES
from web.reach_board import LEAST_MINUTES, MOST_MINUTES

__all__ = ["LEFT_OUT", "QUERIES", "SHAPES", "Refusal", "Shape"]

LonLat = tuple[float, float]


class Shape(msgspec.Struct, frozen=True):
    """The answer of an end point, what it takes, and how an answer is typed."""

    answer: Any
    body: Any = None
    media_type: str = "application/json"
    status: int = 200


class Refusal(msgspec.Struct, frozen=True):
    """Why something was not done, in the reader's language."""

    error: str


class Point(msgspec.Struct, frozen=True):
    """A point of GeoJSON, WGS84."""

    type: Literal["Point"]
    coordinates: LonLat


class Geometry(msgspec.Struct, frozen=True):
    """A point or a line of GeoJSON, WGS84."""

    type: Literal["Point", "LineString"]
    coordinates: list[Any]


class CaseProperties(msgspec.Struct, frozen=True):
    """A case by its codes; no name and no address."""

    id: str
    number: str
    kind: str
    status: str
    grade: str
    claims: int
    precision: str
    confidence: float | None
    township_code: str | None


class CaseFeature(msgspec.Struct, frozen=True):
    """A case at the place that was located with most confidence."""

    type: Literal["Feature"]
    geometry: Point
    properties: CaseProperties


class CaseFeatures(msgspec.Struct, frozen=True):
    """The located cases as GeoJSON; ``next`` is what ``after`` asks for after a ``limit``."""

    type: Literal["FeatureCollection"]
    features: list[CaseFeature]
    next: str | None


class PlanFeature(msgspec.Struct, frozen=True):
    """A route along the roads or one of its stops."""

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, Any]


class PlanFeatures(msgspec.Struct, frozen=True):
    """A plan as GeoJSON: a line a route, a point a stop; no name of a person."""

    type: Literal["FeatureCollection"]
    features: list[PlanFeature]


class AnyFeatures(msgspec.Struct, frozen=True):
    """A collection of GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class ClaimPoint(msgspec.Struct, frozen=True):
    """A place of a case: how far off it may lie, how likely the debtor is there, how sure it is."""

    number: int
    lon: float
    lat: float
    precision: str
    error_m: int
    p_place: float | None
    confidence: float


class CasePoints(msgspec.Struct, frozen=True):
    """The places of a case."""

    claims: list[ClaimPoint]


class CaseRows(msgspec.Struct, frozen=True):
    """Cases as rows, with the names of their columns."""

    fields: list[str]
    rows: list[list[str | int | float | None]]


class CasesWithin(CaseRows, frozen=True):
    """The cases inside a shape: the first of them as rows, and how many there are."""

    count: int


class DrawnShape(msgspec.Struct, frozen=True):
    """A shape of corners, WGS84, and which cases are asked for."""

    filters: dict[str, str]
    corners: list[LonLat]


class Clusters(CaseRows, frozen=True):
    """What to draw in a box at a zoom: cases together, single cases as rows, and counts."""

    clusters: list[list[Any]]
    counts: dict[str, Any]
    fresh: bool


class ExpectedFound(msgspec.Struct, frozen=True):
    """The expected found by square, day type and band; while it is reckoned, nothing is ready."""

    ready: bool
    boxes: list[list[float]] = []
    cases: list[int] = []
    expected: dict[str, list[list[float]]] = {}
    total: dict[str, list[float]] = {}
    limits: list[float] = []
    left_out: int = 0
    fresh: bool = False
    share: float = 1.0


class FieldPlaces(msgspec.Struct, frozen=True):
    """Stations, checkpoints and areas of the map, and the grids that have a liaison."""

    stations: list[dict[str, Any]]
    checkpoints: list[dict[str, Any]]
    areas: AnyFeatures
    liaisons: list[dict[str, Any]]


class LiaisonPerson(msgspec.Struct, frozen=True):
    """A liaison of a grid as the reader sees persons; ``dial`` where the number is in full."""

    id: str
    name: str | None
    phone: str | None
    dial: str | None


class LiaisonsOfGrid(msgspec.Struct, frozen=True):
    """Whom to call in a grid."""

    liaisons: list[LiaisonPerson]


class SearchText(msgspec.Struct, frozen=True):
    """What is looked for on the map, and its middle (lon, lat)."""

    text: str
    near: list[float] | None = None


class FoundPlaces(msgspec.Struct, frozen=True):
    """What a text means on the map: points, places, cases."""

    found: list[dict[str, Any]]


class PlanStop(msgspec.Struct, frozen=True):
    """A stop of a route."""

    key: str
    number: int | None
    kind: str
    lon: float
    lat: float
    start_s: int
    departure_s: int
    p_found: float
    p_range: tuple[float, float] | None
    case_number: str


class PlanRoute(msgspec.Struct, frozen=True):
    """A team's day: its way along the roads and its stops."""

    team: str
    name: str
    day: str
    base: LonLat
    line: list[LonLat]
    stops: list[PlanStop]


class PlanRoutes(msgspec.Struct, frozen=True):
    """The routes of a plan."""

    routes: list[PlanRoute]


class Progress(msgspec.Struct, frozen=True):
    """How far a piece of long work is."""

    id: str
    state: str
    part: str
    done: int
    total: int
    ended: bool


class Jobs(msgspec.Struct, frozen=True):
    """Long work that has not ended, and that which was asked for."""

    jobs: list[Progress]


class LiveTeam(msgspec.Struct, frozen=True):
    """How a team stands against its route."""

    team: str
    name: str
    state: str
    delay_min: int
    done: int
    count: int
    alarms: list[dict[str, Any]]
    stops: list[dict[str, Any]]


class OfferedChange(msgspec.Struct, frozen=True):
    """A stop that a plan made anew treats otherwise: team and hour before and after, and why."""

    kind: str
    label: str
    title: str
    was: str | None
    now: str | None
    why: str


class Offer(msgspec.Struct, frozen=True):
    """A plan that was made anew from this one."""

    id: str
    href: str
    live: str
    released: bool
    may_decide: bool
    since: str
    happened: list[str]
    changes: list[OfferedChange]


class TimeToMove(msgspec.Struct, frozen=True):
    """A stop that station and court agreed to hold at another time than the plan has."""

    ref: str
    title: str
    station: str
    day: str
    was: str
    now: str
    why: str


class Live(msgspec.Struct, frozen=True):
    """A day as it comes."""

    now: str
    day: str
    is_today: bool
    teams: list[LiveTeam]
    feed: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    offer: Offer | None
    agreed: list[TimeToMove]


class PlanAlarms(msgspec.Struct, frozen=True):
    """The ids of the alarms that wait in a plan of today."""

    id: str
    alarms: list[str]


class OpenAlarms(msgspec.Struct, frozen=True):
    """How many alarms wait today, and which in which plan."""

    open: int
    plans: list[PlanAlarms]


class AlarmTaken(msgspec.Struct, frozen=True):
    """Which alarm somebody takes on."""

    team: str
    alarm: str
    alarm_note: str


class TeamMessage(msgspec.Struct, frozen=True):
    """A short text to a team."""

    team: str
    message: str


class Done(msgspec.Struct, frozen=True):
    """It is done."""

    done: bool


class Trial(msgspec.Struct, frozen=True):
    """How far the trials of a what-if are."""

    done: int
    total: int
    ended: bool


class Change(msgspec.Struct, frozen=True):
    """A change of a draft by hand."""

    kind: str
    ref: str
    shift: str | None = None
    start_s: int | None = None
    second: bool = False
    beside: str = ""


class Tried(msgspec.Struct, frozen=True):
    """What a change would come to."""

    lawful: bool
    ref: str
    figures: dict[str, Any]
    change: dict[str, Any]
    faults: list[Any]
    new_findings: list[dict[str, Any]]
    gone_findings: list[dict[str, Any]]
    stops: list[dict[str, Any]]
    beside: str = ""
    elsewhere: list[dict[str, Any]] | None = None


class RoomOf(msgspec.Struct, frozen=True):
    """A stop, or a person who is in no route."""

    ref: str = ""
    subject: str = ""
    second: bool = False


class Room(msgspec.Struct, frozen=True):
    """When something may begin, in seconds of the day.

    By shift; by law, and by the hours of its stations, by day.
    """

    room: dict[str, list[tuple[int, int]]]
    windows: dict[str, list[tuple[int, int]]]
    escorts: dict[str, list[tuple[int, int]]]


class DraftStep(msgspec.Struct, frozen=True):
    """A step of a draft, and which state it was made from."""

    number: int
    act: Literal["change", "undo", "redo", "discard"]
    change: Change | None = None


class Lanes(msgspec.Struct, frozen=True):
    """A draft: its lanes with their stops."""

    lanes: list[dict[str, Any]]


class Lines(msgspec.Struct, frozen=True):
    """Ways along the roads, by shift."""

    lines: dict[str, list[LonLat]]


class FieldState(msgspec.Struct, frozen=True):
    """Who is signed in, until when, and the token that a sending carries."""

    account: str
    name: str
    now: str
    ends_at: str
    token: str
    released: bool = False


class DeviceName(msgspec.Struct, frozen=True):
    """How a device is called."""

    name: str


class Device(msgspec.Struct, frozen=True):
    """A registered device, as the header X-Field-Device names it."""

    device: str


class Task(msgspec.Struct, frozen=True):
    """A team's day that may be fetched."""

    action: str
    day: str
    team: str
    team_name: str
    stops: int
    hours: str


class Tasks(msgspec.Struct, frozen=True):
    """The days that may be fetched."""

    tasks: list[Task]


class Pack(msgspec.Struct, frozen=True):
    """A team's day with all that its device shows."""

    stops: list[dict[str, Any]]
    tiles: list[tuple[int, int, int]]
    returns_at: str
    ends_at: str


class Messages(msgspec.Struct, frozen=True):
    """What was told a team today."""

    messages: list[dict[str, Any]]


class Acts(msgspec.Struct, frozen=True):
    """Check-ins and word that messages were read."""

    acts: list[dict[str, Any]]


class Took(msgspec.Struct, frozen=True):
    """What became of one thing that a device said."""

    key: str
    state: Literal["stored", "already", "refused"]


class ActsTaken(msgspec.Struct, frozen=True):
    """What became of each."""

    acts: list[Took]


class SentRecord(msgspec.Struct, frozen=True):
    """The checklist of a visit, where it was said to be, and its pictures."""

    team: str = ""
    done: list[str] = []
    left: dict[str, str] = {}
    position: list[Any] | None = None
    files: list[dict[str, str]] = []


class SentOutcome(msgspec.Struct, frozen=True):
    """What a visit found; the device made the key, and each key is kept once."""

    key: str
    claim: str
    kind: str
    at: str
    note: str | None = None
    record: SentRecord | None = None


class SentOutcomes(msgspec.Struct, frozen=True):
    """Outcomes of visits, 500 at most."""

    outcomes: list[SentOutcome]


class OutcomeReceipt(msgspec.Struct, frozen=True):
    """What became of an outcome; why, where it was refused."""

    key: str
    state: str


class OutcomeReceipts(msgspec.Struct, frozen=True):
    """What became of each outcome: what is called stored or already stored is on the disk."""

    outcomes: list[OutcomeReceipt]


class Queue(msgspec.Struct, frozen=True):
    """Addresses that wait for a person's eye."""

    waiting: list[dict[str, Any]]
    left: int
    counts: dict[str, int]


class QueuedClaim(msgspec.Struct, frozen=True):
    """An unsure address with its candidates."""

    id: str
    case: str
    number: str
    text: str
    candidates: list[dict[str, Any]]


class LonLatOnly(msgspec.Struct, frozen=True):
    """A position, WGS84."""

    lon: float
    lat: float


class Closures(msgspec.Struct, frozen=True):
    """Closures of roads that stand or will."""

    closures: list[dict[str, Any]]


class Made(msgspec.Struct, frozen=True):
    """What was made or changed."""

    id: str


class PartnerStops(msgspec.Struct, frozen=True):
    """The own station's stops that are shared at the moment."""

    stops: list[dict[str, Any]]


class DeskTold(msgspec.Struct, frozen=True):
    """What was decided of an address, and what waits; ``undo`` is what may be taken back."""

    text: str
    left: int
    counts: dict[str, int]
    undo: str | None


class DeskUndone(DeskTold, frozen=True):
    """Which address waits again."""

    claim: str


class ConfirmedPlace(msgspec.Struct, frozen=True):
    """Where an address is, WGS84, and by what this is known."""

    lon: float
    lat: float
    basis: str


class TypedPoint(msgspec.Struct, frozen=True):
    """Coordinates as somebody typed them, and their datum."""

    typed: str
    datum: str


class AskedClosure(msgspec.Struct, frozen=True):
    """A closure of an area or of roads, in local times; a very large one is ``confirmed``."""

    reason: str
    begin: str = ""
    end: str = ""
    area: list[LonLat] | None = None
    roads: list[int] = []
    direction: str = "both"
    version: str = ""
    confirmed: bool = False


class Spot(msgspec.Struct, frozen=True):
    """A place that a closure cuts off."""

    kind: str
    label: str


class FartherSpot(Spot, frozen=True):
    """A place that takes so many minutes more."""

    minutes: int


class ClosureEffect(msgspec.Struct, frozen=True):
    """What a closure closes, and what it cuts off or makes farther."""

    roads: int
    length_km: float
    share: float
    large: bool
    weighed: bool
    cut_off: list[Spot]
    farther: list[FartherSpot]


class Outline(msgspec.Struct, frozen=True):
    """An area or a line of GeoJSON, WGS84."""

    type: str
    coordinates: list[Any]


class ReachBand(msgspec.Struct, frozen=True):
    """What is reached within a limit: the ring about the nearer bands, and sums from the start."""

    minutes: int
    geometry: Outline
    area_km2: float
    road_km: float


class LostReason(msgspec.Struct, frozen=True):
    """How many roads are not reached for one reason."""

    reason: str
    roads: int
    km: float


class LostPart(msgspec.Struct, frozen=True):
    """A road that is not reached."""

    geometry: Outline
    reason: str


class LostPlace(Spot, frozen=True):
    """A place that is not reached."""

    lon: float
    lat: float
    reason: str


class Lost(msgspec.Struct, frozen=True):
    """What is not reached in any time."""

    reasons: list[LostReason]
    parts: list[LostPart]
    left_out: int
    places: list[LostPlace]


class Reached(msgspec.Struct, frozen=True):
    """What is reached from a start in time; what is not, only where it was asked for."""

    start: LonLatOnly
    bands: list[ReachBand]
    unreachable: Lost | None = None


class AskedReach(msgspec.Struct, frozen=True):
    """A start on the map, the most minutes, the vehicle and the hour."""

    lon: float
    lat: float
    minutes: int | str
    profile: str
    day: str
    band: str
    unreachable: int | str = 0


class RoadFacts(msgspec.Struct, frozen=True):
    """What is known of a road; the two limits and rights are along and against its drawing."""

    road: int
    name: str
    road_class: str = msgspec.field(name="class")
    group: str
    length_m: int
    limit_kmh: list[int | None]
    access: dict[str, list[str]]
    line: list[Any]


class RoadTile(msgspec.Struct, frozen=True):
    """The roads of a tile as rows; what stands in a row is told in the handbook of the network."""

    names: list[str]
    roads: list[list[Any]]
    barriers: list[list[Any]]
    turns: list[list[Any]]
    dropped: list[list[Any]]
    left_out: int


class TimeLimit(msgspec.Struct, frozen=True):
    """A second of the day, and what binds there."""

    at_s: int
    bound: str
    of: str


class Entered(msgspec.Struct, frozen=True):
    """How a visit would enter the plan: where, when, who leaves, and what it gains."""

    option: str
    shift: str
    team: str
    beside: str
    start_s: int
    out: list[str]
    gain: float
    moved_s: int


class EnteredBy(Entered, frozen=True):
    """How a visit would enter once some limits are relaxed."""

    relaxations: list[dict[str, Any]]


class Barred(msgspec.Struct, frozen=True):
    """A rule that forbids a visit."""

    rule: str
    text: str
    citation: str
    subject: str


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sentences for people, and the facts: of a planned visit, or of one who is left out."""

    lines: list[str]
    worth: float | None = None
    adds: float | None = None
    instead: list[str] = []
    other: Entered | None = None
    start_s: int | None = None
    earliest: TimeLimit | None = None
    latest: TimeLimit | None = None
    reason: str | None = None
    label: str | None = None
    blocked: list[Barred] = []
    ways: list[EnteredBy] = []
    fixes: list[str] = []


_TILE = "application/vnd.mapbox-vector-tile"
_GEOJSON = "application/geo+json"

SHAPES: Mapping[str, Shape] = {
    "audit.status": Shape(Jobs),
    "board.lines": Shape(Lines),
    "board.room": Shape(Room, RoomOf),
    "board.state": Shape(Lanes),
    "board.step": Shape(Lanes, DraftStep),
    "board.tries": Shape(Tried, Change),
    "cases.data": Shape(CasePoints),
    "desk.claim": Shape(QueuedClaim),
    "desk.confirm": Shape(DeskTold, ConfirmedPlace),
    "desk.point": Shape(LonLatOnly, TypedPoint),
    "desk.queue": Shape(Queue),
    "desk.undo": Shape(DeskUndone),
    "desk.unlocatable": Shape(DeskTold),
    "field.acts": Shape(ActsTaken, Acts),
    "field.add_device": Shape(Device, DeviceName),
    "field.messages": Shape(Messages),
    "field.pack": Shape(Pack),
    "field.state": Shape(FieldState),
    "field.tasks": Shape(Tasks),
    "jobs.status": Shape(Jobs),
    "liaisons.of_grid": Shape(LiaisonsOfGrid),
    "liaisons.show": Shape(LiaisonsOfGrid),
    "live.alarms": Shape(OpenAlarms),
    "live.data": Shape(Live),
    "live.events": Shape(bytes, media_type="text/event-stream"),
    "live.take_on": Shape(Done, AlarmTaken),
    "live.tell": Shape(Done, TeamMessage),
    "network.closures": Shape(Closures),
    "network.lift": Shape(Made),
    "network.make": Shape(Made, AskedClosure, status=201),
    "network.preview": Shape(ClosureEffect, AskedClosure),
    "network.reach": Shape(Reached),
    "network.reach_from_point": Shape(Reached, AskedReach),
    "network.road_facts": Shape(RoadFacts),
    "network.tile": Shape(RoadTile),
    "outcomes.receive": Shape(OutcomeReceipts, SentOutcomes),
    "overview.areas": Shape(FieldPlaces),
    "overview.cases": Shape(CaseRows),
    "overview.clusters": Shape(Clusters),
    "overview.heat": Shape(ExpectedFound),
    "overview.one": Shape(CaseRows),
    "overview.within": Shape(CasesWithin, DrawnShape),
    "overview.find": Shape(FoundPlaces, SearchText),
    "partner.data": Shape(PartnerStops),
    "plans.data": Shape(PlanRoutes),
    "reasons.why": Shape(Why),
    "records.cases_on_map": Shape(CaseFeatures, media_type=_GEOJSON),
    "records.cases": Shape(CaseRecords),
    "records.plan_on_map": Shape(PlanFeatures, media_type=_GEOJSON),
    "retention.status": Shape(Jobs),
    "tiles.tile": Shape(bytes, media_type=_TILE),
    "tiles.raster": Shape(bytes, media_type="image/png"),
    "tiles.dense_raster": Shape(bytes, media_type="image/png"),
    "what_if.routes": Shape(PlanRoutes),
    "what_if.status": Shape(Trial),
}
"""By the name of the view."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter in the address."""

    name: str
    text: str
    schema: Mapping[str, Any]
    required: bool = False


QUERIES: Mapping[str, tuple[Query, ...]] = {
    "records.cases": (
        Query("first", "Which case comes first, from 0", {"type": "integer", "minimum": 0}),
        Query("count", "How many at most", {"type": "integer", "minimum": 1, "maximum": 200}),
    ),
    "records.cases_on_map": (
        Query("bbox", "west,south,east,north in degrees: only cases in it", {"type": "string"}),
        Query("limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": 10_000}),
        Query("after", "Only cases that follow this one, by its id", {"type": "string"}),
    ),
    "jobs.status": (
        Query(
            "id",
            "A job that is asked for; may stand several times",
            {"type": "array", "items": {"type": "string"}},
        ),
    ),
    "overview.clusters": (
        *(
            Query(edge, f"The {edge} edge of the box, degrees", {"type": "number"}, required=True)
            for edge in ("west", "south", "east", "north")
        ),
        Query("zoom", "The zoom of the map", {"type": "number"}, required=True),
        Query("colour", "By what cases are counted, such as grade", {"type": "string"}),
        *(
            Query(name, f"Cases of this {name} only", {"type": "string"})
            for name in ("kind", "grade", "status", "township", "age", "step")
        ),
    ),
    "network.reach": (
        Query("start", "station:ID or team:ID", {"type": "string"}, required=True),
        Query(
            "minutes",
            "The most minutes of driving",
            {"type": "integer", "minimum": LEAST_MINUTES, "maximum": MOST_MINUTES},
            required=True,
        ),
        Query("profile", "The vehicle", {"enum": sorted(PROFILES)}, required=True),
        Query("day", "The type of the day", {"enum": [*TrafficDay]}, required=True),
        Query("band", "The hours of the day", {"enum": [*HourBand]}, required=True),
        Query("unreachable", "1: also what is not reached, and why", {"enum": ["0", "1"]}),
    ),
    "network.tile": (
        Query("v", "The version of the network, so that no old tile is kept", {"type": "string"}),
    ),
    "reasons.why": (
        Query("visit", "A visit of the plan", {"type": "string"}),
        Query("ref", "Another stop", {"type": "string"}),
    ),
}

LEFT_OUT: Mapping[str, str] = {
    "overview.since": "tells of the reader's session, and a program has none",
    "records.description": "is this document",
    "tiles.picture": "is a picture of another's server, for the maps of the pages alone",
}
"""Data end points that the document leaves out, and why."""
