"""The store: one folder with a database and its key, behind the lower layers' Protocols.

It caches nothing and reads nothing into the audit chain by itself: whoever shows a name or
an address records that by :attr:`Store.audit`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select

from data import (
    case_answers,
    case_lists,
    cases,
    claim_places,
    desk_queue,
    duties,
    field,
    migrations,
)
from data.accounts import Accounts
from data.alarm_notes import AlarmNotes
from data.audit import AuditLog
from data.audit_checkpoints import AuditCheckpoints
from data.backend import Backend, translated
from data.case_answers import CaseAnswers
from data.case_lists import CaseFilter, CaseLines, CasePlace, CasePoint
from data.changes import Changes
from data.check_answers import CheckAnswers, read_answers
from data.check_ins import CheckIns
from data.closures import Closures
from data.column_maps import ColumnMaps
from data.crypto import FieldCipher, Keys, create_key_file, read_key_file
from data.day_outcomes import DayOutcome, read_day_outcomes, read_visited_since
from data.desk_queue import QueuedClaim, Unsure
from data.duties import EnteredDuty
from data.errors import KeyFileError, StoreError
from data.field_devices import FieldDevices
from data.jobs import Job, Jobs, keep_result
from data.locating_fits import LocatingFits
from data.map_cases import CaseTable, StepNumbers, read_case_table
from data.measures import Measures
from data.model import (
    Action,
    BranchOn,
    CalendarDay,
    Counts,
    PlanBrief,
    PutCounts,
    QuarantinedRow,
)
from data.namesake_decisions import NamesakeDecisions
from data.outcome_records import KeptFile, OutcomeFile, read_file, read_records
from data.people import read_case_names, read_people, read_people_of
from data.place_decisions import PlaceDecisions
from data.postgres import Postgres
from data.property_answers import read_property_answers
from data.quarantine import count_quarantined, read_quarantined
from data.register import Register
from data.replans import Replans
from data.restrictions import Restrictions
from data.schema import (
    AccountRow,
    ActionRow,
    AddressClaimRow,
    AreaRow,
    AuditEntryRow,
    CheckpointRow,
    DebtorRow,
    DutyRow,
    EnforcementCaseRow,
    GazetteerEntryRow,
    GridLiaisonRow,
    LeadRow,
    NamePartRow,
    OutcomeRow,
    PlaceRow,
    QuarantinedRowRow,
    SettingRow,
    StationRow,
    TeamRow,
)
from data.second_factor import SecondFactor
from data.sharing import Shares, SupportRequests
from data.sign_in_failures import SignInFailures
from data.sign_offs import SignOffs
from data.since import Since
from data.sqlite import Sqlite
from data.team_messages import TeamMessages
from data.terminal import TERMINAL
from data.tips import Tips
from data.tokens import Tokens
from data.travel_times import TravelTimes
from data.upsert import table_of
from data.work import Database, Work, check_field_key, open_database
from geo.errors import DISK_FULL_ERRNOS
from geo.model import Area, Point
from routes.checks import CheckAnswer
from routes.model import (
    ActionId,
    AddressClaim,
    Case,
    CaseId,
    Checkpoint,
    ClaimId,
    Debtor,
    DebtorId,
    Duty,
    DutyBasis,
    EscortHours,
    Lead,
    Liaison,
    Outcome,
    Place,
    SecretText,
    Shift,
    Station,
    Team,
)
from routes.people import CaseName, People
from routes.planning.problem import Plan, Problem
from routes.ports import Clock
from routes.property_answers import PropertyAnswer

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from data.claim_columns import KnownColumns
    from data.subject_access import HeldAbout
    from geo.model import GazetteerEntry

__all__ = ["DATABASE_NAME", "KEY_CHECK", "KEY_NAME", "Store"]

DATABASE_NAME = "fieldwrit.sqlite3"
KEY_NAME = "key"
KEY_CHECK = "key_check"

_COUNTED = {
    "cases": EnforcementCaseRow,
    "debtors": DebtorRow,
    "address_claims": AddressClaimRow,
    "geocoded": PlaceRow,
    "outcomes": OutcomeRow,
    "leads": LeadRow,
    "stations": StationRow,
    "checkpoints": CheckpointRow,
    "teams": TeamRow,
    "liaisons": GridLiaisonRow,
    "duties": DutyRow,
    "areas": AreaRow,
    "gazetteer_entries": GazetteerEntryRow,
    "actions": ActionRow,
    "accounts": AccountRow,
    "quarantined_rows": QuarantinedRowRow,
    "audit_entries": AuditEntryRow,
}


class _UndoneError(Exception):
    """Ends a transaction that was a rehearsal."""


class Store:
    """Implements ``CaseStore``, ``FieldStore`` and ``PlanStore`` of :mod:`routes.ports`."""

    def __init__(self, database: Database, *, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self.audit = AuditLog(database)
        self.accounts = Accounts(database, hasher=hasher)
        self.audit_checkpoints = AuditCheckpoints(database)
        self.changes = Changes(database)
        self.check_answers = CheckAnswers(database)
        self.closures = Closures(database)
        self.column_maps = ColumnMaps(database)
        self.jobs = Jobs(database)
        self.locating_fits = LocatingFits(database)
        self.measures = Measures(database)
        self.namesake_decisions = NamesakeDecisions(database)
        self.place_decisions = PlaceDecisions(database)
        self.register = Register(database)
        self.replans = Replans(database)
        self.restrictions = Restrictions(database)
        self.second_factor = SecondFactor(database)
        self.shares = Shares(database)
        self.sign_in_failures = SignInFailures(database)
        self.sign_offs = SignOffs(database)
        self.since = Since(database)
        self.support_requests = SupportRequests(database)
        self.devices = FieldDevices(database)
        self.check_ins = CheckIns(database)
        self.alarm_notes = AlarmNotes(database)
        self.team_messages = TeamMessages(database)
        self.tips = Tips(database)
        self.tokens = Tokens(database)
        self.travel_times = TravelTimes(database)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        clock: Clock,
        url: str | None = None,
        keys: Keys | None = None,
        create: bool = False,
        operator: str = TERMINAL,
        hasher: PasswordHasher | None = None,
    ) -> Store:
        """Open the store of a folder, bringing its tables up to date.

        Parameters
        ----------
        data_dir
            Folder of the key file, and of the database where no address names another.
        clock
            Tells the time, aware.
        url
            Address of a PostgreSQL database that holds the tables instead of a file.
        keys
            In the place of the key file, which is neither read nor made then.
        create
            Make the folder, key and tables where they are missing.
        operator
            How the audit names who is at the terminal.
        hasher
            Hashes passwords; by default as slowly as its library advises.

        Raises
        ------
        StoreError
            If there is no store, it cannot be reached, or it was made by a newer version.
        KeyFileError
            If the key is missing, open to others, damaged or another store's.
        StoreFullError
            If the disk is full.
        """
        key_path = data_dir / KEY_NAME
        backend = Sqlite(data_dir / DATABASE_NAME) if url is None else Postgres.at(url)
        there = backend.has_store()
        if not there and not create:
            raise _no_store(data_dir, url)
        if create:
            _make_folder(data_dir)
        if keys is not None:
            held, key_file = keys, None
        elif create and not there and not key_path.exists():
            held, key_file = create_key_file(key_path), key_path
        else:
            held, key_file = read_key_file(key_path), key_path
        database = open_database(
            backend, FieldCipher.of(held), clock, operator=operator, key_path=key_file
        )
        try:
            _bring_up_to_date(database, create=create)
            _check_key(database)
            _index_names(database)
        except BaseException:
            database.close()
            raise
        return cls(database, hasher=hasher)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @property
    def cipher(self) -> FieldCipher:
        """Derives the identifiers of cases, debtors and claims."""
        return self._database.cipher

    @property
    def backend(self) -> Backend:
        """The kind of database that holds the tables."""
        return self._database.backend

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        return self._database.clock

    def write(self) -> AbstractContextManager[Work]:
        """Yield one transaction for several steps; see :meth:`data.work.Database.write`."""
        return self._database.write()

    def read(self) -> AbstractContextManager[Connection]:
        """Yield one state of the store to read from; see :meth:`data.work.Database.read`."""
        return self._database.read()

    @contextmanager
    def rehearse(self) -> Iterator[tuple[Work, Connection]]:
        """Yield a transaction that is undone at its end, and the store as it was before it.

        Others who write wait meanwhile.
        """
        with (
            self._database.read() as before,
            suppress(_UndoneError),
            self._database.write() as work,
        ):
            yield work, before
            raise _UndoneError

    # Cases

    def cases(self) -> tuple[Case, ...]:
        """Return all cases in the order of their numbers."""
        with self._database.read() as connection:
            return cases.read_cases(connection)

    def case(self, case_id: CaseId) -> Case | None:
        """Return one case."""
        with self._database.read() as connection:
            return next(iter(cases.read_cases(connection, case_id)), None)

    def case_lines(self, wanted: CaseFilter, *, first: int, count: int) -> CaseLines:
        """Return some of the cases that are wanted, in the order of their numbers."""
        with self._database.read() as connection:
            return case_lists.case_lines(connection, wanted, first=first, count=count)

    def case_points(self) -> tuple[CasePoint, ...]:
        """Return all cases with their surest places, in the order of their numbers."""
        with self._database.read() as connection:
            return tuple(case_lists.case_points(connection))

    def case_place(self, case_id: CaseId) -> CasePlace | None:
        """Return where a case stands in the order of the numbers; None where it is not stored."""
        with self._database.read() as connection:
            return case_lists.case_place(connection, case_id)

    def points_after(
        self, place: CasePlace | None, *, count: int
    ) -> tuple[tuple[CasePoint, ...], CasePlace | None]:
        """Return some cases that stand after a place, and the place of the last."""
        with self._database.read() as connection:
            return case_lists.points_after(connection, place, count=count)

    def case_table(self, *, on: date, numbers: StepNumbers) -> CaseTable:
        """Return all cases as a map has them, with their age and first step of a day."""
        with self._database.read() as connection:
            return read_case_table(connection, on=on, numbers=numbers)

    def debtors(self, case_id: CaseId | None = None) -> tuple[Debtor, ...]:
        """Return the debtors of one case or of all."""
        with self._database.read() as connection:
            return cases.read_debtors(connection, *(() if case_id is None else (case_id,)))

    def claims(self, case_id: CaseId | None = None) -> tuple[AddressClaim, ...]:
        """Return the address claims of one case or of all."""
        with self._database.read() as connection:
            return cases.read_claims(connection, case_id)

    def claim(self, claim_id: ClaimId) -> AddressClaim | None:
        """Return one address claim."""
        with self._database.read() as connection:
            case_id = cases.case_of_claim(connection, claim_id)
            found = () if case_id is None else cases.read_claims(connection, case_id)
        return next((one for one in found if one.id == claim_id), None)

    def known_columns(
        self, wanted: Container[CaseId], *, tell: Callable[[float], None]
    ) -> KnownColumns:
        """Return the debtors of many cases with what is known of where they are, as columns."""
        from data.claim_columns import read_known_columns  # loads the model

        with self._database.read() as connection:
            return read_known_columns(connection, self.cipher, wanted=wanted, tell=tell)

    def people(self, debtor_ids: Iterable[str], *, claim_ids: Iterable[str] = ()) -> People:
        """Return these debtors, as far as they are stored, with their cases and claims.

        And these claims, whoever's they are now.
        """
        with self._database.read() as connection:
            return read_people(connection, debtor_ids, claim_ids=claim_ids)

    def people_of(self, case_ids: Iterable[CaseId]) -> People:
        """Return the debtors of these cases, as far as they are stored, with cases and claims."""
        with self._database.read() as connection:
            return read_people_of(connection, case_ids)

    def case_names(self, debtor_ids: Iterable[str]) -> Mapping[DebtorId, CaseName]:
        """Return the cases of these debtors, as far as they are stored; nothing is decrypted."""
        with self._database.read() as connection:
            return read_case_names(connection, debtor_ids)

    def outcomes(self, case_id: CaseId | None = None) -> tuple[Outcome, ...]:
        """Return the outcomes of one case or of all, the oldest first."""
        with self._database.read() as connection:
            return cases.read_outcomes(connection, case_id)

    def visited_since(self, at: datetime) -> frozenset[ClaimId]:
        """Return the claims that were visited from a moment on; withdrawn visits do not count."""
        with self._database.read() as connection:
            return read_visited_since(connection, at)

    def outcomes_of_day(self, day: date) -> tuple[DayOutcome, ...]:
        """Return what visits of a day found, the oldest first; withdrawn ones are left out."""
        with self._database.read() as connection:
            return read_day_outcomes(connection, day)

    def outcome_records(
        self, outcomes: Iterable[Outcome]
    ) -> Mapping[str, tuple[Mapping[str, Any], tuple[KeptFile, ...]]]:
        """Return what devices put on record beside outcomes, by outcome id."""
        with self._database.read() as connection:
            return read_records(connection, [one.id for one in outcomes])

    def outcome_notes(self, outcomes: Iterable[Outcome]) -> Mapping[str, SecretText]:
        """Return what was noted at visits, by outcome id."""
        with self._database.read() as connection:
            return cases.read_notes(connection, [one.id for one in outcomes])

    def outcome_file(self, file_id: str) -> tuple[CaseId, OutcomeFile, str | None] | None:
        """Return a picture of an outcome, with its case and team; None where it is not kept."""
        with self._database.read() as connection:
            return read_file(connection, file_id)

    def leads(self, case_id: CaseId | None = None) -> tuple[Lead, ...]:
        """Return the leads of one case or of all, the oldest first."""
        with self._database.read() as connection:
            return cases.read_leads(connection, case_id)

    def answers(self, case_id: CaseId | None = None) -> tuple[CheckAnswer, ...]:
        """Return what checks of places brought, of one case or of all; none that was withdrawn."""
        with self._database.read() as connection:
            return read_answers(connection, case_id)

    def property_answers(self, case_id: CaseId) -> tuple[PropertyAnswer, ...]:
        """Return what was answered of the property of a case's debtors, the newest first."""
        with self._database.read() as connection:
            return read_property_answers(connection, case_id)

    def find_cases(self, text: str) -> tuple[CaseId, ...]:
        """Return cases by case number, debtor's name or identity number."""
        with self._database.read() as connection:
            return cases.find_cases(connection, self.cipher, text)

    def find_numbers(self, text: str) -> tuple[CaseId, ...]:
        """Return cases by their number or its end alone; nobody's name is looked at."""
        with self._database.read() as connection:
            return cases.find_ends(connection, text)

    def persons_named(self, name: str, id_number: str) -> tuple[DebtorId, ...]:
        """Return the debtors of this name and identity number, in every case."""
        from data import subject_access

        return subject_access.persons_named(self._database, name, id_number)

    def held_about(self, debtors: Iterable[DebtorId]) -> HeldAbout:
        """Return all that is kept about some debtors; see :mod:`data.subject_access`."""
        from data import subject_access

        return subject_access.held_about(self._database, debtors)

    def answer_case(
        self, case_id: CaseId, answers: CaseAnswers, *, by: str = TERMINAL
    ) -> tuple[str, ...]:
        """Keep what people answered of a case; see :func:`data.case_answers.keep_answers`."""
        with self._database.write() as work:
            return case_answers.keep_answers(work, case_id, answers, by=by)

    def set_places(self, places: Mapping[ClaimId, Place], *, by: str = TERMINAL) -> None:
        """Write geocoded places to their claims.

        Raises
        ------
        StoreError
            If a claim is not stored; then none is written.
        """
        if not places:
            return
        with self._database.write() as work:
            claim_places.set_places(work, places)
            work.record(by, "places.set", "store:-", {"claims": len(places)})

    def places_in(
        self,
        west_lon: float,
        south_lat: float,
        east_lon: float,
        north_lat: float,
        *,
        limit: int | None = None,
    ) -> tuple[tuple[ClaimId, Place], ...]:
        """Return claims with their places in a box, edges included, in the order of their ids.

        Parameters
        ----------
        west_lon, south_lat, east_lon, north_lat
            Edges of the box in WGS84 degrees.
        limit
            How many at most; None for all.

        Raises
        ------
        BoxError
            If an edge is no coordinate, or the box is inside out, as one across the antimeridian.
        """
        box = claim_places.Box(west_lon, south_lat, east_lon, north_lat)
        with self._database.read() as connection:
            return claim_places.places_in(connection, self._database.backend, box, limit=limit)

    def queued_claims(self, *, least: float, today: date, limit: int) -> tuple[QueuedClaim, ...]:
        """Return the first addresses whose place is unsure; see :mod:`data.desk_queue`."""
        with self._database.read() as connection:
            return desk_queue.queued(connection, least=least, today=today, limit=limit)

    def queued_claim(self, claim_id: ClaimId, *, least: float, today: date) -> QueuedClaim | None:
        """Return one address whose place is unsure, None where it is not."""
        with self._database.read() as connection:
            return desk_queue.queued_claim(connection, claim_id, least=least, today=today)

    def count_queued(self, *, least: float, today: date) -> Mapping[Unsure, int]:
        """Return how many addresses' places are unsure, by why."""
        with self._database.read() as connection:
            return desk_queue.count_queued(connection, least=least, today=today)

    # Field

    def teams(self) -> tuple[Team, ...]:
        """Return the teams."""
        with self._database.read() as connection:
            return field.read_teams(connection)

    def shifts(self, day: date) -> tuple[Shift, ...]:
        """Return the shifts that weekly hours set for this day, rest days not considered."""
        with self._database.read() as connection:
            return field.read_shifts(connection, day)

    def weekly_shifts(self) -> dict[str, list[EscortHours]]:
        """Return the weekly hours of each team, by its id."""
        with self._database.read() as connection:
            return field.read_weekly_shifts(connection)

    def duties(self, day: date) -> tuple[Duty, ...]:
        """Return the duties of this day whose place is known, at checkpoints and elsewhere."""
        with self._database.read() as connection:
            return field.read_duties(connection, day)

    def entered_duties(self, days: Collection[date] | None = None) -> tuple[EnteredDuty, ...]:
        """Return hearings and the like of some days or all as entered, withdrawn ones too."""
        with self._database.read() as connection:
            return duties.read_entered(connection, days)

    def duty_cases(self, entered: Sequence[EnteredDuty]) -> Mapping[CaseId, str]:
        """Return the numbers of the cases for which entered duties are held."""
        with self._database.read() as connection:
            return duties.case_numbers(connection, entered)

    def unplaced_duties(self, *, since: date) -> tuple[EnteredDuty, ...]:
        """Return the entered duties from a day on whose address has no position yet."""
        with self._database.read() as connection:
            return duties.unplaced(connection, since=since)

    def set_duty_places(self, points: Mapping[str, Point], *, by: str = "cli") -> None:
        """Keep where the addresses of entered duties are, by their ids."""
        with self._database.write() as work:
            duties.set_duty_places(work, points)
            work.record(by, "duties.geocode", "store:-", {"located": len(points)})

    def stations(self) -> tuple[Station, ...]:
        """Return the police stations with their escort hours."""
        with self._database.read() as connection:
            return field.read_stations(connection)

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return the checkpoints."""
        with self._database.read() as connection:
            return field.read_checkpoints(connection)

    def liaisons(self) -> tuple[Liaison, ...]:
        """Return the grids' liaison persons."""
        with self._database.read() as connection:
            return field.read_liaisons(connection)

    # Both, written

    def put(
        self,
        *,
        cases_: Iterable[Case] = (),
        debtors: Iterable[Debtor] = (),
        claims: Sequence[AddressClaim] = (),
        outcomes: Iterable[Outcome] = (),
        leads: Iterable[Lead] = (),
        stations: Sequence[Station] = (),
        checkpoints: Sequence[Checkpoint] = (),
        duty_hours: Mapping[str, Sequence[EscortHours]] | None = None,
        duty_basis: Mapping[str, DutyBasis] | None = None,
        teams: Sequence[Team] = (),
        shifts: Mapping[str, Sequence[EscortHours]] | None = None,
        liaisons: Iterable[Liaison] = (),
        duties_: Iterable[EnteredDuty] = (),
        by: str = "cli",
    ) -> PutCounts:
        """Add or replace objects by their ids in one transaction.

        Raises
        ------
        StoreError
            If an object refers to one that is not stored; then nothing is written.
        """
        with self._database.write() as work:
            counts = (
                cases.put_all(work, cases_, debtors, claims)
                + cases.put_outcomes(work, outcomes)
                + cases.put_leads(work, leads)
                + field.put_stations(work, stations)
                + field.put_checkpoints(
                    work, checkpoints, duty_hours=duty_hours, duty_basis=duty_basis
                )
                + field.put_teams(work, teams, shifts=shifts)
                + field.put_liaisons(work, liaisons)
                + duties.put_duties(work, duties_)
            )
            detail = {"added": counts.added, "changed": counts.changed}
            work.record(by, "store.put", "store:-", detail)
        return counts

    # Areas, names, days

    def areas(self) -> tuple[Area, ...]:
        """Return the areas in the order in which they were given."""
        from data.reference import read_areas

        with self._database.read() as connection:
            return read_areas(connection)

    def replace_areas(self, areas: Sequence[Area], *, by: str = "cli") -> PutCounts:
        """Put these areas in the place of all that are stored."""
        from data.reference import replace_areas

        with self._database.write() as work:
            counts = replace_areas(work, areas)
            work.record(by, "areas.replace", "store:-", {"areas": len(areas)})
        return counts

    def gazetteer_entries(self) -> tuple[GazetteerEntry, ...]:
        """Return the place names that the court added."""
        from data.reference import read_gazetteer_entries

        with self._database.read() as connection:
            return read_gazetteer_entries(connection)

    def calendar_days(self) -> tuple[CalendarDay, ...]:
        """Return the days whose kind a signed notice sets."""
        from data.reference import read_calendar_days

        with self._database.read() as connection:
            return read_calendar_days(connection)

    # Plans

    def save(
        self,
        action_id: ActionId,
        problem: Problem,
        plan: Plan,
        *,
        made_at: datetime,
        by: str = "cli",
        job: Job | None = None,
    ) -> None:
        """Keep a checked plan under a new action; see :func:`data.plans.save`.

        Parameters
        ----------
        job
            What made it; the plan is its result from now on, see :func:`data.jobs.keep_result`.
        """
        from data import plans

        with self._database.write() as work:
            plans.save(work, action_id, problem, plan, made_at=made_at, by=by)
            if job is not None:
                keep_result(work, job, {"action": action_id})

    def save_branches(
        self,
        unapproved: tuple[Problem, Plan],
        approved: tuple[Problem, Plan],
        *,
        approval_by: datetime,
        made_at: datetime,
        by: str = "cli",
        branch_on: BranchOn = BranchOn.APPROVAL,
        job: Job | None = None,
    ) -> None:
        """Keep two plans around an answer, each under its problem's id; both or none.

        The latest is the one that holds for now: without an approval, or with the support that
        is asked for.

        Parameters
        ----------
        job
            What made them; the latest is its result from now on, with the ``other`` one.
        """
        from data import plans

        with self._database.write() as work:
            pairs = (approved, unapproved)
            for problem, plan in pairs if branch_on is BranchOn.APPROVAL else reversed(pairs):
                plans.save(work, ActionId(problem.id), problem, plan, made_at=made_at, by=by)
            ids = ActionId(unapproved[0].id), ActionId(approved[0].id)
            plans.join(work, *ids, approval_by=approval_by, branch_on=branch_on)
            if job is not None:
                other, latest = ids if branch_on.on_stations else reversed(ids)
                keep_result(work, job, {"action": latest, "other": other})

    def plan(self, action_id: ActionId) -> Plan | None:
        """Return an action's plan."""
        from data import plans

        with self._database.read() as connection:
            return plans.read_plan(connection, action_id)

    def problem(self, action_id: ActionId) -> Problem | None:
        """Return an action's problem."""
        from data import plans

        with self._database.read() as connection:
            return plans.read_problem(connection, action_id)

    def action(self, action_id: ActionId) -> Action | None:
        """Return when and by whom an action was made and released."""
        from data import plans

        with self._database.read() as connection:
            return plans.read_action(connection, action_id)

    def plan_briefs(self, action_ids: Iterable[ActionId]) -> Mapping[ActionId, PlanBrief]:
        """Return in brief what actions plan; those past their time of keeping are left out."""
        from data import plans

        with self._database.read() as connection:
            return plans.briefs(connection, action_ids)

    def release(
        self,
        action_id: ActionId,
        *,
        by: str,
        warnings: Mapping[str, int] | None = None,
        override_reason: str | None = None,
    ) -> None:
        """Release an action; see :func:`data.plans.release`."""
        from data import plans

        with self._database.write() as work:
            plans.release(
                work, action_id, by=by, warnings=warnings, override_reason=override_reason
            )

    def withdraw(self, action_id: ActionId, *, by: str) -> None:
        """Take a release back; see :func:`data.plans.withdraw`."""
        from data import plans

        with self._database.write() as work:
            plans.withdraw(work, action_id, by=by)

    def action_ids(self) -> tuple[ActionId, ...]:
        """Return the actions, the first saved first."""
        from data import plans

        with self._database.read() as connection:
            return plans.action_ids(connection)

    def released_since(self, first: date) -> tuple[ActionId, ...]:
        """Return the released actions that last until a day or beyond, the latest first."""
        from data import plans

        with self._database.read() as connection:
            return plans.released_since(connection, first)

    def latest(self) -> ActionId | None:
        """Return the action that was saved last, but for those that were undone."""
        undone = self.replans.undone()
        return next((one for one in reversed(self.action_ids()) if one not in undone), None)

    # The store itself

    def quarantined_row(self, row_id: str) -> QuarantinedRow | None:
        """Return one row that waits to be mended, or None."""
        with self._database.read() as connection:
            return next(iter(read_quarantined(connection, row_id)), None)

    def quarantined_rows(self, limit: int | None = None) -> tuple[QuarantinedRow, ...]:
        """Return the rows that wait to be mended, or the first of them."""
        with self._database.read() as connection:
            return read_quarantined(connection, limit=limit)

    def waiting_rows(self) -> int:
        """Return how many rows wait to be mended."""
        with self._database.read() as connection:
            return count_quarantined(connection)

    def counts(self) -> Counts:
        """Return how many of each the store holds."""
        query = select(
            *(
                select(func.count()).select_from(row).scalar_subquery().label(name)
                for name, row in _COUNTED.items()
            )
        )
        with self._database.read() as connection:
            return Counts(**connection.execute(query).one()._mapping)


def _no_store(data_dir: Path, url: str | None) -> StoreError:
    if url is None:
        return StoreError(
            "文件夹 %(folder)s 中没有数据库；请先运行 fieldwrit init", folder=data_dir.name
        )
    return StoreError("数据库中还没有 Fieldwrit 的表；请先运行 fieldwrit init")


def _make_folder(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        full = error.errno in DISK_FULL_ERRNOS
        raise StoreError(
            "数据文件夹 %(folder)s 无法建立（%(why)s）；请检查磁盘空间与权限",
            folder=data_dir.name,
            why="磁盘空间不足" if full else error.strerror or type(error).__name__,
        ) from error


def _bring_up_to_date(database: Database, *, create: bool) -> None:
    with database.read() as connection:
        revision = migrations.current_revision(connection)
    if revision == migrations.HEAD:
        return
    if revision is None and not create:
        raise StoreError(
            "库文件是空的；原来有数据的，请从备份恢复（fieldwrit backup restore），"
            "新建的目录请再运行一次 fieldwrit init"
        )
    if revision is not None and revision not in migrations.EARLIER:
        raise StoreError(
            "数据库的版本 %(found)s 不为本程序所识；请使用建立它的较新版本", found=revision
        )
    backend = database.backend
    with translated(backend), backend.writing(database.engine) as connection:
        backend.prepare(connection)
        migrations.upgrade(connection)


def _index_names(database: Database) -> None:
    """Keep the parts of names where an earlier version kept none."""
    debtors, parts = table_of(DebtorRow), table_of(NamePartRow)
    with database.read() as connection:
        named = connection.scalar(select(debtors.c.id).where(debtors.c.name_hash != "").limit(1))
        known = connection.scalar(select(parts.c.name_hash).limit(1))
    if named is not None and known is None:
        from data.name_search import index_all

        with database.write() as work:
            index_all(work)


def _check_key(database: Database) -> None:
    """Make sure that the key is the one with which the store was made."""
    expected = database.cipher.chain_hash("key check")
    query = select(SettingRow.value).where(SettingRow.name == KEY_CHECK)
    with database.read() as connection:
        found = connection.scalar(query)
        check_field_key(connection, database.cipher)
    if found is None:
        with database.write() as work:
            work.connection.execute(insert(SettingRow).values(name=KEY_CHECK, value=expected))
    elif found != expected:
        raise KeyFileError(
            "密钥文件 %(file)s 不属于这个数据库；请换回原来的密钥文件", file=KEY_NAME
        )
