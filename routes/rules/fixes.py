"""The smallest change that makes a visit lawful: another hour, crew, approval, record or court.

The search is exact over the changes and costs of :mod:`routes.rules.fix_changes`, and over every
hour at which a stored team is on shift. It rests on what the rules look at: those of the file
(case, debtor, address) see the day only, those of the crew the team only, those of the hours the
moment only. So each of these parts is cured by itself as cheaply as can be, days and teams are
gone through in rising cost, and the search stops where even the next free one would cost more.
What is returned was tried by the rules once more as a whole.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count

from geo.localtime import DAY_S, LOCAL_ZONE, moment_at
from geo.messages import message
from routes.calendar import WorkCalendar
from routes.errors import CalendarError
from routes.model import Finding, Shift, Team, Verdict
from routes.rules import (
    check_case,
    check_claim,
    check_crew,
    check_district,
    check_hours,
    lawful_windows,
    visit_needs,
)
from routes.rules.fix_changes import (
    COST_MIN,
    NEW_TEAM,
    Cost,
    Fix,
    FixKind,
    VisitAsk,
    changes_of,
    entrusted,
    new_team,
    other_team,
)
from routes.rules.profile import RuleProfile

__all__ = [
    "Fix",
    "FixKind",
    "LawfulVisit",
    "NoLawfulVisit",
    "VisitAsk",
    "cheapest_fix",
    "first_start",
    "open_findings",
]

_SECOND = timedelta(seconds=1)
_SEARCHED_D = 14  # days after which only the days named by the file itself are tried
_OF_OUR_VISIT = frozenset({"A9", "A10", "E3"})  # what does not bind another court or institution


@dataclass(frozen=True, slots=True)
class LawfulVisit:
    """A visit as it is lawful, and the changes that made it so; none where it was."""

    ask: VisitAsk
    fixes: tuple[Fix, ...]

    @property
    def cost_min(self) -> int:
        """Cost of all changes, minutes."""
        return sum(fix.cost_min for fix in self.fixes)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Cost, how many changes presume something, how many there are; less is better."""
        return self.cost_min, sum(fix.presumes for fix in self.fixes), len(self.fixes)

    @property
    def presumes(self) -> bool:
        """Whether it is lawful only if what is to be checked turns out well."""
        return any(fix.presumes for fix in self.fixes)


@dataclass(frozen=True, slots=True)
class NoLawfulVisit:
    """What stands against a visit that no known change makes lawful; at least one finding."""

    barred: tuple[Finding, ...]

    @property
    def only_calendar(self) -> bool:
        """Whether nothing is wrong but a day that no calendar knows (T3)."""
        return all(one.rule == "T3" for one in self.barred)


def open_findings(
    ask: VisitAsk, *, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Return what still stands against a visit: blocks, and sign-offs that nobody gave."""
    said = _of_file(ask, profile)
    if not ask.entrusted:
        said += _of_crew(ask, profile) + _of_hours(ask, calendar, profile) + _of_place(ask, profile)
    return _standing(ask, said)


def first_start(
    ask: VisitAsk,
    *,
    calendar: WorkCalendar,
    profile: RuleProfile,
    shifts: Callable[[date], Sequence[Shift]] | None = None,
    now: datetime | None = None,
) -> datetime | None:
    """Return the first moment of a visit's day at which its team is on shift and may be there.

    Parameters are those of :func:`cheapest_fix`. None where no lawful hour of the day is left.
    """
    court = _Court(calendar, profile, (), shifts, now)
    early = _at(ask, moment_at(ask.day, 0))
    starts = (_at(ask, starts_at) for starts_at in _starts(early, court))
    return min(
        (one.starts_at for one in starts if not _of_hours(one, calendar, profile)), default=None
    )


def cheapest_fix(
    ask: VisitAsk,
    *,
    calendar: WorkCalendar,
    profile: RuleProfile,
    teams: Sequence[Team] = (),
    shifts: Callable[[date], Sequence[Shift]] | None = None,
    now: datetime | None = None,
) -> LawfulVisit | NoLawfulVisit:
    """Return the cheapest known changes that make a visit lawful.

    Of several that cost the same, the one that presumes less, then the one of fewer changes.

    Parameters
    ----------
    teams
        Others that could go instead.
    shifts
        The stored shifts of a day: whoever goes at another hour, or instead, is on shift then.
        Not looked at where None.
    now
        Aware; another hour lies after it.
    """
    court = _Court(calendar, profile, tuple(teams), shifts, now)
    crews = () if ask.entrusted else tuple(_crews(ask, court))
    asked = (*_of_file(ask, profile), *_of_hours(ask, calendar, profile))
    before = tuple(one.rule for one in _standing(ask, asked))
    best: LawfulVisit | None = None
    for days, day in _days(ask, profile):
        most_min = math.inf if best is None else best.cost_min
        if days * COST_MIN[Cost.LATER_BY_A_DAY] > most_min:
            break
        for found in _on_day(ask, day, crews, before, court, most_min=most_min):
            if (best is None or found.rank < best.rank) and not open_findings(
                found.ask, calendar=calendar, profile=profile
            ):
                best = found
    return NoLawfulVisit(_barred(ask, court)) if best is None else best


@dataclass(frozen=True, slots=True)
class _Court:
    """What all tries share."""

    calendar: WorkCalendar
    profile: RuleProfile
    teams: tuple[Team, ...]
    shifts: Callable[[date], Sequence[Shift]] | None
    now: datetime | None


_Findings = tuple[Finding, ...]
_Fixes = tuple[Fix, ...]


# What the rules say, by what they look at


def _of_file(ask: VisitAsk, profile: RuleProfile) -> _Findings:
    """Return what is said of case, debtor and address; of the visit it sees the day only.

    Whoever acts for the court is bound by what bars the case and the use of the address. Papers
    that an institution hands over need no address.
    """
    said = check_case(ask.case, ask.debtor, (ask.claim,), on=ask.day, profile=profile)
    if not (ask.entrusted and ask.in_institution):
        said += check_claim(ask.case, ask.debtor, ask.claim, on=ask.day, profile=profile)
    if ask.entrusted:
        said = tuple(one for one in said if one.rule not in _OF_OUR_VISIT)
    return said


def _of_crew(ask: VisitAsk, profile: RuleProfile) -> _Findings:
    return check_crew(ask.debtor, ask.team, profile=profile, visit_id=ask.claim.id)


def _of_hours(ask: VisitAsk, calendar: WorkCalendar, profile: RuleProfile) -> _Findings:
    return check_hours(
        ask.case,
        ask.claim,
        starts_at=ask.starts_at,
        ends_at=ask.ends_at,
        calendar=calendar,
        profile=profile,
        visit_id=ask.claim.id,
    )


def _of_place(ask: VisitAsk, profile: RuleProfile) -> _Findings:
    return check_district(
        ask.claim.id, inside=ask.inside, other_province=ask.other_province, profile=profile
    )


def _standing(ask: VisitAsk, said: Iterable[Finding]) -> _Findings:
    return tuple(
        dict.fromkeys(
            one
            for one in said
            if one.verdict is Verdict.BLOCK
            or (one.verdict is Verdict.SIGN_OFF and one.digest not in ask.signed)
        )
    )


# The search


def _cured(
    ask: VisitAsk, said: Callable[[VisitAsk], Iterable[Finding]], most_min: float = math.inf
) -> tuple[VisitAsk, _Fixes] | None:
    """Return the cheapest changes of record, crew and signature after which nothing stands.

    Dijkstra's search: whatever is lawful in the end has a change that lifts the finding looked
    at, and every such change is followed. A finding with none comes first and ends the search,
    then one with a single change.
    """
    tick = count()  # the first found of equal cost goes first
    queue: list[tuple[int, int, int, VisitAsk, _Fixes]] = [(0, 0, next(tick), ask, ())]
    done: set[VisitAsk] = set()
    while queue:
        cost_min, presumed, _, tried, fixes = heapq.heappop(queue)
        if cost_min > most_min:
            break
        if tried in done:
            continue
        done.add(tried)
        standing = _standing(tried, said(tried))
        if not standing:
            return tried, fixes
        lifting = (tuple(changes_of(tried, one)) for one in standing)
        for fix, after in min(lifting, key=lambda changes: min(len(changes), 2)):
            entry = (cost_min + fix.cost_min, presumed + fix.presumes, next(tick), after)
            heapq.heappush(queue, (*entry, (*fixes, fix)))
    return None


def _days(ask: VisitAsk, profile: RuleProfile) -> Iterator[tuple[int, date]]:
    """Yield how many days later, and the day: the next ones, then those that the file names."""
    first = ask.day
    yield from ((n, first + timedelta(days=n)) for n in range(_SEARCHED_D + 1))
    case, grace_d = ask.case, profile.instalment_grace_d
    ends = [(case.performance_due_on, 1), (case.basis_served_on, 0), (case.paused_until, 1)]
    ends += [(one.due_on, grace_d + 1) for one in case.instalments]
    named = {day + timedelta(days=after_d) for day, after_d in ends if day is not None}
    yield from (
        ((day - first).days, day) for day in sorted(named) if (day - first).days > _SEARCHED_D
    )


def _crews(ask: VisitAsk, court: _Court) -> Iterator[tuple[VisitAsk, _Fixes]]:
    """Yield who could go, with the changes that complete each crew."""
    said = _standing(ask, _of_crew(ask, court.profile))
    changed: list[tuple[_Fixes, VisitAsk]] = [((), ask)]
    if said:
        rule = said[0].rule
        changed += [
            ((other_team(team, rule),), replace(ask, team=team))
            for team in court.teams
            if team != ask.team
        ]
        if ask.team is None:
            needs = visit_needs(ask.case, ask.debtor, ask.claim, court.profile)
            fix, after = new_team(ask, rule, skills=needs.skills, officers=needs.min_officers)
            changed.append(((fix,), after))
    for fixes, after in changed:
        cured = _cured(after, lambda tried: _of_crew(tried, court.profile))
        if cured is not None:
            yield cured[0], fixes + cured[1]


def _on_day(
    ask: VisitAsk,
    day: date,
    crews: Sequence[tuple[VisitAsk, _Fixes]],
    before: Sequence[str],
    court: _Court,
    *,
    most_min: float,
) -> Iterator[LawfulVisit]:
    """Yield the cheapest ways to make the visit lawful on one day, one for each crew and hour.

    ``before`` holds the rules that stand against file and hours as asked. What already costs
    more than ``most_min`` is left out.
    """
    moved = _at(ask, ask.starts_at + (day - ask.day))

    def of_file(tried: VisitAsk) -> _Findings:
        return _of_file_then(tried, ask.day, court)

    def of_hours(tried: VisitAsk) -> _Findings:
        return _of_hours(tried, court.calendar, court.profile)

    handed = _handed_over(ask, moved, of_file, most_min)
    if handed is not None:
        yield handed
    wait_min = (day - ask.day).days * COST_MIN[Cost.LATER_BY_A_DAY]
    file = None if ask.entrusted else _cured(moved, of_file, most_min - wait_min)
    if file is None:
        return
    place = _cured(file[0], lambda tried: _of_place(tried, court.profile))
    if place is None:
        return
    standing = _standing(moved, of_file(moved))
    for crew, of_crew in crews:
        if wait_min + sum(fix.cost_min for fix in (*file[1], *place[1], *of_crew)) > most_min:
            continue
        here = replace(place[0], team=crew.team)
        as_asked = (ask.starts_at,) if day == ask.day and _same(crew.team, ask.team) else ()
        for starts_at in dict.fromkeys((*as_asked, *_starts(here, court))):
            timed = _at(here, starts_at)
            hours = _cured(timed, of_hours)
            if hours is None:
                continue
            of_hour: _Fixes = ()
            if starts_at != ask.starts_at:
                still = {one.rule for one in (*standing, *of_hours(timed))}
                lifted = [rule for rule in before if rule not in still]
                lifted += [fix.rule for fix in of_crew[:1]]
                if not lifted:
                    continue  # another moment is no gain
                of_hour = (_moved(lifted[0], starts_at, (day - ask.day).days),)
            yield LawfulVisit(hours[0], (*of_hour, *of_crew, *file[1], *place[1], *hours[1]))


def _handed_over(
    ask: VisitAsk,
    moved: VisitAsk,
    of_file: Callable[[VisitAsk], _Findings],
    most_min: float,
) -> LawfulVisit | None:
    """Return how another court or institution acts on that day; None where it may not."""
    change = None if ask.entrusted else entrusted(moved)
    if change is None and not ask.entrusted:
        return None
    fixes, after = ((), moved) if change is None else ((change[0],), change[1])
    if moved.day > ask.day:
        standing = _standing(ask, of_file(replace(ask, entrusted=True)))
        if not standing:
            return None  # nothing to wait for
        text = message("等到 %(day)s 再办", day=moved.day.isoformat())
        cost_min = (moved.day - ask.day).days * COST_MIN[Cost.LATER_BY_A_DAY]
        fixes = (Fix(FixKind.DAY, standing[0].rule, text, cost_min), *fixes)
    cured = _cured(after, of_file, most_min - sum(fix.cost_min for fix in fixes))
    if cured is None:
        return None
    return LawfulVisit(cured[0], fixes + cured[1])


def _of_file_then(ask: VisitAsk, since: date, court: _Court) -> _Findings:
    """Return what is said of the file on a day to come, instalments kept until then or not.

    An instalment that falls due after ``since`` is not taken for missed: the plan runs on until
    its end, and nobody waits for the debtor to fail.
    """
    said = _of_file(ask, court.profile)
    grace = timedelta(days=court.profile.instalment_grace_d)
    kept = tuple(
        replace(one, received_on=one.due_on)
        if one.received_on is None and one.due_on + grace >= since
        else one
        for one in ask.case.instalments
    )
    if ask.day == since or kept == ask.case.instalments:
        return said
    return said + _of_file(replace(ask, case=replace(ask.case, instalments=kept)), court.profile)


def _starts(ask: VisitAsk, court: _Court) -> Iterator[datetime]:
    """Yield when a team could begin on a day, as near as can be to the moment asked for.

    One moment for each pair of a shift and a window of lawful hours, and one for each shift
    whatever the hour, for which a signature may be had. None of a day that no calendar knows.
    """
    day, midnight = ask.day, moment_at(ask.day, 0)
    try:
        windows = lawful_windows(
            ask.case, ask.claim, day, calendar=court.calendar, profile=court.profile
        )
    except CalendarError:
        return
    wanted_s = (ask.starts_at - midnight) / _SECOND
    lasts_s = max(1.0, (ask.ends_at - ask.starts_at) / _SECOND)
    now_s = 0.0 if court.now is None else (court.now - midnight) / _SECOND
    for on_s, off_s in _on_shift(ask.team, day, court):
        for open_s, close_s in (*windows, (0, DAY_S)):
            earliest_s = 60.0 * math.ceil(max(open_s, on_s, now_s) / 60.0)
            latest_s = min(close_s, off_s) - lasts_s
            if earliest_s <= latest_s:
                yield moment_at(day, int(min(max(wanted_s, earliest_s), latest_s)))


def _on_shift(team: Team | None, day: date, court: _Court) -> Iterator[tuple[float, float]]:
    """Yield the shifts of a team on a day, seconds after midnight.

    The whole day where shifts are not looked at, or the team is one to be put together.
    """
    if court.shifts is None or team is None or team.id == NEW_TEAM:
        yield 0.0, float(DAY_S)
        return
    midnight = moment_at(day, 0)
    for shift in court.shifts(day):
        if shift.team_id == team.id:
            yield (shift.starts_at - midnight) / _SECOND, (shift.ends_at - midnight) / _SECOND


def _same(team: Team | None, other: Team | None) -> bool:
    return (team and team.id) == (other and other.id)


def _moved(rule: str, starts_at: datetime, days: int) -> Fix:
    local = starts_at.astimezone(LOCAL_ZONE)
    hour = local.strftime("%H:%M")
    if days == 0:
        text = message("改在 %(time)s 开始", time=hour)
        return Fix(FixKind.HOUR, rule, text, COST_MIN[Cost.OTHER_HOUR])
    text = message("改在 %(day)s %(time)s 走访", day=local.date().isoformat(), time=hour)
    return Fix(FixKind.DAY, rule, text, days * COST_MIN[Cost.LATER_BY_A_DAY])


def _at(ask: VisitAsk, starts_at: datetime) -> VisitAsk:
    return replace(ask, starts_at=starts_at, ends_at=starts_at + (ask.ends_at - ask.starts_at))


def _barred(ask: VisitAsk, court: _Court) -> _Findings:
    """Return the blocks that no entry, crew or signature lifts; all that stands where none is."""
    change = entrusted(ask)
    tried = ask if change is None else change[1]
    standing = open_findings(tried, calendar=court.calendar, profile=court.profile)
    hard = tuple(one for one in standing if next(changes_of(tried, one), None) is None)
    return hard or standing
