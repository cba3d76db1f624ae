"""The cheapest lawful fix against all subsets of the changes, tried one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.localtime import moment_at
from routes.calendar import WorkCalendar
from routes.model import (
    AddressClaim,
    Case,
    CaseKind,
    CaseStatus,
    DebtorKind,
    Finding,
    Grade,
    Identifier,
    Instalment,
    NamesakeRuling,
    NamesakeVerdict,
    Shift,
    Situation,
    Team,
    TeamId,
    Verdict,
)
from routes.rules import RULES, check_case, check_claim, check_district, check_visit
from routes.rules.fix_changes import COST_MIN, SIGN_MIN, Cost
from routes.rules.fixes import (
    FixKind,
    LawfulVisit,
    NoLawfulVisit,
    VisitAsk,
    cheapest_fix,
    first_start,
    open_findings,
)
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, LOCAL, POINT, PROFILE, TEAM, TODAY

CALENDAR = WorkCalendar()
OTHER = Team(TeamId("T2"), "执行二组", 2, frozenset({"licence", "recorder"}), "car", POINT)
LASTS = timedelta(minutes=30)
HOURS = (6.0, 7.0, 9.5, 12.0)  # a start of each shift, and of the lawful hours
DAYS = 5
Rosters = dict[str, tuple[float, float]]
INSTITUTIONS = (
    Situation.IMPRISONED,
    Situation.COMPULSORY_EDUCATION,
    Situation.MILITARY_SERVICE,
)
SHIFTS = st.sampled_from([(7.0, 12.0), (9.5, 17.5), (12.0, 22.5), (6.0, 7.0)])


def _cost(*costs: Cost) -> int:
    return sum(COST_MIN[one] for one in costs)


def _rosters(hours: Rosters) -> Callable[[date], Sequence[Shift]]:
    return lambda day: tuple(
        Shift(TeamId(team), moment_at(day, int(start * 3600)), moment_at(day, int(end * 3600)))
        for team, (start, end) in sorted(hours.items())
    )


# The oracle


def _cases(case: Case, day: date) -> Iterator[tuple[int, Case]]:
    """Yield the case after every subset of entries that make sense for it."""
    entries: list[tuple[int, Callable[[Case], Case]]] = []
    if not (case.basis_document or "").strip():
        entries.append((_cost(Cost.ENTRY), lambda one: replace(one, basis_document="文书")))
    if case.basis_served_on is None:
        entries.append((_cost(Cost.ENTRY), lambda one: replace(one, basis_served_on=TODAY)))
    if case.performance_due_on is None:
        yesterday = TODAY - timedelta(days=1)
        entries.append((_cost(Cost.ENTRY), lambda one: replace(one, performance_due_on=yesterday)))
    entries.append((_cost(Cost.CALL), lambda one: replace(one, contact_logged_on=day)))
    active = CaseStatus.ACTIVE
    if case.status in (CaseStatus.STAYED, CaseStatus.SETTLED):
        entries.append((_cost(Cost.RESUMPTION), lambda one: replace(one, status=active)))
    over = case.paused_until is None or case.paused_until < day
    if case.status is CaseStatus.PAUSED and over:
        entries.append((_cost(Cost.ENTRY), lambda one: replace(one, status=active)))
    for some in chain.from_iterable(combinations(entries, n) for n in range(len(entries) + 1)):
        changed = case
        for _, entry in some:
            changed = entry(changed)
        yield sum(cost for cost, _ in some), changed


def _claims(claim: AddressClaim, day: date) -> Iterator[tuple[int, AddressClaim]]:
    known = (Identifier.ID_NUMBER, Identifier.KIN, Identifier.PHONE_TAIL)
    more = [one for one in known if one not in claim.identifiers]
    for found in chain.from_iterable(combinations(more, n) for n in range(3)):
        for sourced, renewed in product((False, True), repeat=2):
            changed = replace(claim, identifiers=claim.identifiers | frozenset(found))
            if sourced:
                changed = replace(changed, basis="回执")
            if renewed:
                changed = replace(changed, expires_on=None, seen_on=day)
            yield len(found) * _cost(Cost.IDENTIFIER) + (sourced + renewed) * 30, changed


def _crews(team: Team | None) -> Iterator[tuple[int, Team]]:
    bases = [(_cost(Cost.OTHER_TEAM), OTHER)]
    if team is not None:
        bases.append((0, team))
    else:
        skills = frozenset({"licence", "recorder", "female_officer"})
        yield _cost(Cost.NEW_TEAM), replace(TEAM, id=TeamId("new"), officers=2, skills=skills)
    skills_all = ("licence", "recorder", "female_officer")
    for (cost, base), officers, out in product(bases, range(2), (False, True)):
        for some in chain.from_iterable(combinations(skills_all, n) for n in range(4)):
            changed = replace(
                base,
                officers=base.officers + officers,
                skills=base.skills | frozenset(some),
                outsiders=0 if out else base.outsiders,
            )
            members = officers + out + len(some)
            yield cost + members * _cost(Cost.CREW_MEMBER), changed


def _moments(ask: VisitAsk) -> Iterator[tuple[int, datetime]]:
    yield 0, ask.starts_at
    for n, hour in product(range(DAYS), HOURS):
        at = moment_at(ask.day + timedelta(days=n), int(hour * 3600))
        if at != ask.starts_at:
            yield (n * _cost(Cost.LATER_BY_A_DAY) if n else _cost(Cost.OTHER_HOUR)), at


def _signing(said: Sequence[Finding], ask: VisitAsk) -> int | None:
    """Return what the signatures cost; None where something forbids."""
    cost = 0
    for one in dict.fromkeys(said):
        if one.verdict is Verdict.BLOCK:
            return None
        if one.verdict is Verdict.SIGN_OFF and one.digest not in ask.signed:
            cost += SIGN_MIN[RULES[one.rule].signed_by]
    return cost


def _files(ask: VisitAsk, day: date, *, entrusted: bool) -> Iterator[int]:
    """Yield the cost of every subset of entries after which no block of the file is left.

    Papers that an institution hands over need no address.
    """
    institution = entrusted and ask.debtor.situation in INSTITUTIONS
    of_others = ("A9", "A10", "E3") if entrusted else ()
    claims = []
    for claim_min, claim in [(0, ask.claim)] if institution else _claims(ask.claim, day):
        said = (
            () if institution else check_claim(ask.case, ask.debtor, claim, on=day, profile=PROFILE)
        )
        sign_min = _signing([one for one in said if one.rule not in of_others], ask)
        if sign_min is not None:
            claims.append(claim_min + sign_min)
    for case_min, case in _cases(ask.case, day):
        said = _unkept(case, ask, day)
        sign_min = _signing([one for one in said if one.rule not in of_others], ask)
        if sign_min is not None:
            yield from (case_min + sign_min + claim_min for claim_min in claims)


def _unkept(case: Case, ask: VisitAsk, day: date) -> Sequence[Finding]:
    """Return what is said of the case whether or not the instalments to come are paid."""
    paid = tuple(
        replace(one, received_on=one.due_on) if one.due_on >= ask.day else one
        for one in case.instalments
    )
    cases = (case,) if day == ask.day else (case, replace(case, instalments=paid))
    said = (check_case(one, ask.debtor, (ask.claim,), on=day, profile=PROFILE) for one in cases)
    return tuple(chain.from_iterable(said))


def _brute(ask: VisitAsk, hours: Rosters | None) -> int | None:
    """Return the least cost over all subsets of changes; None where no subset is lawful."""
    best: list[int] = []
    abroad = ask.inside is False or ask.claim.military_site or ask.debtor.situation in INSTITUTIONS
    least: dict[date, int | None] = {}
    for n in range(DAYS):
        day = ask.day + timedelta(days=n)
        file = tuple(_files(ask, day, entrusted=False))
        least[day] = min(file, default=None)
        if abroad:
            later_min = n * _cost(Cost.LATER_BY_A_DAY)
            best += [
                file_min + _cost(Cost.ENTRUSTING) + later_min
                for file_min in _files(ask, day, entrusted=True)
            ]
    place = check_district(
        ask.claim.id, inside=ask.inside, other_province=ask.other_province, profile=PROFILE
    )
    place_min = _signing(place, ask) or 0
    if ask.inside is None:  # a boundary is imported
        place_min = min(place_min, _cost(Cost.ENTRY))
    for (moment_min, at), (crew_min, team) in product(_moments(ask), _crews(ask.team)):
        own = ask.team is not None and team.id == ask.team.id
        if hours is not None and team.id != "new" and not (own and at == ask.starts_at):
            local = at.astimezone(LOCAL)
            begins = local.hour + local.minute / 60.0
            start, end = hours.get(team.id, (0.0, 0.0))
            if not (start <= begins and begins + 0.5 <= end):
                continue
        file_min = least[at.astimezone(LOCAL).date()]
        if file_min is None:
            continue
        said = check_visit(
            ask.case,
            ask.debtor,
            ask.claim,
            team,
            starts_at=at,
            ends_at=at + LASTS,
            calendar=CALENDAR,
            profile=PROFILE,
        )
        sign_min = _signing(said, ask)
        if sign_min is not None:
            best.append(moment_min + crew_min + file_min + sign_min + place_min)
    return min(best, default=None)


# The visits

_SOON = st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))


def _mostly(usual: object, other: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(usual), st.just(usual), other)


CASES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([CaseKind.LOAN, CaseKind.ADMINISTRATIVE, CaseKind.EVICTION]),
        "status": _mostly(
            CaseStatus.ACTIVE,
            st.sampled_from([one for one in CaseStatus if one is not CaseStatus.ACTIVE]),
        ),
        "basis_document": _mostly("文书", st.sampled_from(["", None])),
        "basis_served_on": _mostly(CASE.basis_served_on, st.none() | _SOON),
        "performance_due_on": _mostly(CASE.performance_due_on, st.none() | _SOON),
        "grade": st.sampled_from([Grade.NONE, Grade.NONE, Grade.WHITE, Grade.RED, Grade.BLACK]),
        "paused_until": _mostly(None, _SOON),
        "major_matter": st.booleans(),
        "objection_pending": st.booleans(),
        "vulnerable": st.sampled_from([(), (), ("elderly",)]),
        "instalments": _mostly(
            (), st.lists(_SOON, min_size=1, max_size=2).map(lambda d: tuple(map(Instalment, d)))
        ),
    }
)
CLAIMS = st.fixed_dictionaries(
    {
        "basis": _mostly("回执", st.just(" ")),
        "identifiers": st.frozensets(st.sampled_from([Identifier.KIN, Identifier.NAME])),
        "expires_on": _mostly(None, _SOON),
        "military_site": _mostly(False, st.just(True)),
    }
)
TEAMS = st.builds(
    lambda officers, skills, outsiders: replace(
        TEAM, officers=officers, skills=skills, outsiders=outsiders
    ),
    st.integers(1, 2),
    st.frozensets(st.sampled_from(["licence", "recorder", "female_officer"])),
    st.sampled_from([0, 0, 1]),
)
DEBTORS = st.fixed_dictionaries(
    {
        "identifiers": st.sampled_from([DEBTOR.identifiers, frozenset({Identifier.NAME})]),
        "needs_female_officer": st.booleans(),
        "situation": _mostly(Situation.ORDINARY, st.none() | st.sampled_from(Situation)),
    }
) | st.just(
    {
        "kind": DebtorKind.COMPANY,
        "id_number": None,
        "identifiers": frozenset({Identifier.NAME, Identifier.CREDIT_CODE}),
        "needs_female_officer": False,
        "situation": None,
    }
)
PLACES = st.sampled_from([(None, None), (True, None), (False, False), (False, True), (False, None)])
ROSTERS = st.none() | st.fixed_dictionaries({"T1": SHIFTS, "T2": SHIFTS})


@st.composite
def _asks(draw: st.DrawFn) -> VisitAsk:
    starts_at = datetime.combine(TODAY, time(draw(st.sampled_from([5, 10, 13, 20, 22]))), LOCAL)
    inside, other = draw(PLACES)
    return VisitAsk(
        replace(CASE, **draw(CASES)),
        replace(DEBTOR, **draw(DEBTORS)),
        replace(CLAIM, **draw(CLAIMS)),
        draw(st.none() | TEAMS),
        starts_at,
        starts_at + LASTS,
        inside=inside,
        other_province=other,
    )


@settings(deadline=None, max_examples=60)
@given(_asks(), ROSTERS)
def test_nothing_cheaper_is_lawful_among_all_subsets_of_changes(
    ask: VisitAsk, hours: Rosters | None
) -> None:
    found = cheapest_fix(
        ask,
        calendar=CALENDAR,
        profile=PROFILE,
        teams=(OTHER,),
        shifts=None if hours is None else _rosters(hours),
    )
    least = _brute(ask, hours)
    if isinstance(found, NoLawfulVisit):
        assert least is None
        assert found.barred
        return
    assert open_findings(found.ask, calendar=CALENDAR, profile=PROFILE) == ()
    assert found.cost_min == least
    _is_real(ask, found, hours)


def _is_real(ask: VisitAsk, found: LawfulVisit, hours: Rosters | None) -> None:
    """Who goes is stored and on shift, unless asked for so."""
    team, after = found.ask.team, found.ask
    if hours is None or after.entrusted or team is None or team.id == "-":
        return
    if ask.team is not None and (team.id, after.starts_at) == (ask.team.id, ask.starts_at):
        return
    start, end = hours[team.id]
    midnight = moment_at(after.day, 0)
    assert midnight + timedelta(hours=start) <= after.starts_at
    assert after.ends_at <= midnight + timedelta(hours=end)


def _ask(hour: int = 10, **changes: object) -> VisitAsk:
    starts_at = datetime.combine(TODAY, time(hour), LOCAL)
    ask = VisitAsk(CASE, DEBTOR, CLAIM, TEAM, starts_at, starts_at + LASTS, inside=True)
    return replace(ask, **changes)  # type: ignore[arg-type]


def _fixed(ask: VisitAsk, **more: object) -> LawfulVisit | NoLawfulVisit:
    return cheapest_fix(ask, calendar=CALENDAR, profile=PROFILE, **more)  # type: ignore[arg-type]


def test_another_court_is_tried_before_all_that_its_visit_needs_not() -> None:
    alone = replace(TEAM, officers=1, skills=frozenset())
    found = _fixed(_ask(5, team=alone, inside=False, other_province=True))
    assert isinstance(found, LawfulVisit)
    assert [(fix.kind, fix.rule) for fix in found.fixes] == [(FixKind.COURT, "A7")]


def test_who_was_asked_nothing_is_not_held_by_an_institution() -> None:
    unasked = replace(DEBTOR, situation=None)
    matched = frozenset({Identifier.NAME, Identifier.KIN})
    ruling = NamesakeRuling(NamesakeVerdict.DIFFERENT, matched, frozenset({Identifier.ID_NUMBER}))
    other = _fixed(_ask(debtor=unasked, claim=replace(CLAIM, ruling=ruling)))
    assert isinstance(other, NoLawfulVisit)
    assert {one.rule for one in other.barred} == {"N1"}
    for debtor in (unasked, replace(DEBTOR, kind=DebtorKind.COMPANY, situation=None)):
        alone = replace(TEAM, officers=1, skills=frozenset())
        far = _fixed(_ask(5, debtor=debtor, team=alone, inside=False, other_province=True))
        assert isinstance(far, LawfulVisit)
        assert [(fix.kind, fix.rule) for fix in far.fixes] == [(FixKind.COURT, "A7")]


def test_a_day_that_no_calendar_knows_asks_for_the_calendar() -> None:
    late = datetime(2027, 3, 1, 10, tzinfo=LOCAL)
    found = _fixed(_ask(starts_at=late, ends_at=late + LASTS))
    assert isinstance(found, NoLawfulVisit)
    assert found.only_calendar
    assert "fieldwrit import calendar" in str(found.barred[0].message)
    red = _fixed(_ask(starts_at=late, ends_at=late + LASTS, case=replace(CASE, grade=Grade.RED)))
    assert isinstance(red, NoLawfulVisit)
    assert not red.only_calendar
    assert {one.rule for one in red.barred} == {"T3", "N2"}


def test_who_goes_at_another_hour_is_on_shift_and_the_hour_is_to_come() -> None:
    hours = _rosters({"T1": (13.0, 17.0), "T2": (8.0, 12.0)})
    found = _fixed(_ask(5), shifts=hours)
    assert isinstance(found, LawfulVisit)
    assert found.ask.starts_at == moment_at(TODAY, 13 * 3600)
    now = moment_at(TODAY, 15 * 3600 + 61)
    later = _fixed(_ask(5), shifts=hours, now=now)
    assert isinstance(later, LawfulVisit)
    assert later.ask.starts_at == moment_at(TODAY, 15 * 3600 + 120)
    nobody = _fixed(_ask(5), shifts=_rosters({}))
    assert isinstance(nobody, LawfulVisit)  # a signature for the night; nobody is on shift else
    assert [fix.kind for fix in nobody.fixes] == [FixKind.APPROVAL]


def test_the_first_start_lies_on_shift_in_the_lawful_hours_and_ahead() -> None:
    def first(now: datetime, **hours: tuple[float, float]) -> datetime | None:
        return first_start(
            _ask(), calendar=CALENDAR, profile=PROFILE, shifts=_rosters(hours), now=now
        )

    dawn = moment_at(TODAY, 0)
    assert first(dawn, T1=(6.0, 12.0)) == moment_at(TODAY, 7 * 3600)
    assert first(dawn, T1=(20.0, 23.0)) == moment_at(TODAY, 20 * 3600)
    assert first(dawn, T1=(20.75, 23.0)) is None
    assert first(dawn, T2=(8.0, 12.0)) is None
    assert first(moment_at(TODAY, 9 * 3600), T1=(8.0, 12.0)) == moment_at(TODAY, 9 * 3600)


def test_nobody_waits_for_an_instalment_to_fail() -> None:
    dues = [Instalment(TODAY + timedelta(days=days)) for days in (2, 30)]
    found = _fixed(_ask(case=replace(CASE, instalments=tuple(dues))))
    assert isinstance(found, LawfulVisit)
    assert found.ask.day == TODAY + timedelta(days=31)
    assert [(fix.kind, fix.rule) for fix in found.fixes] == [(FixKind.DAY, "N5")]


def test_a_signature_holds_for_the_hour_that_it_names() -> None:
    night = _ask(5)
    (asked,) = open_findings(night, calendar=CALENDAR, profile=PROFILE)
    assert asked.rule == "T1"
    signed = replace(night, signed=frozenset({asked.digest}))
    assert open_findings(signed, calendar=CALENDAR, profile=PROFILE) == ()
    earlier = night.starts_at - timedelta(hours=1)
    moved = replace(signed, starts_at=earlier, ends_at=earlier + LASTS)
    assert [one.rule for one in open_findings(moved, calendar=CALENDAR, profile=PROFILE)] == ["T1"]


def test_what_may_turn_out_otherwise_says_so() -> None:
    paper = _fixed(_ask(case=replace(CASE, basis_document=None)))
    assert isinstance(paper, LawfulVisit)
    assert paper.presumes
    hour = _fixed(_ask(5))
    assert isinstance(hour, LawfulVisit)
    assert not hour.presumes


def test_a_visit_with_many_faults_is_made_lawful() -> None:
    faulty = _ask(
        5,
        case=replace(
            CASE,
            basis_document=None,
            basis_served_on=None,
            status=CaseStatus.STAYED,
            grade=Grade.WHITE,
            paused_until=TODAY + timedelta(days=9),
            vulnerable=("elderly",),
        ),
        claim=replace(CLAIM, basis=None, identifiers=frozenset(), expires_on=TODAY),
        team=replace(TEAM, officers=1, skills=frozenset(), outsiders=2),
        inside=False,
        other_province=False,
    )
    teams = [replace(OTHER, id=TeamId(f"T{n}")) for n in range(2, 10)]
    hours = _rosters({team.id: (8.0, 18.0) for team in (TEAM, *teams)})
    found = _fixed(faulty, teams=teams, shifts=hours, now=faulty.starts_at)
    assert isinstance(found, LawfulVisit)
    assert open_findings(found.ask, calendar=CALENDAR, profile=PROFILE) == ()
    assert len(found.fixes) >= 5
