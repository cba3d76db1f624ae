"""A step of enforcement as people read it: what it needs, what is there, what presses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.measures import KeptItem, KeptStep, StepState
from data.namesake_decisions import KeptNamesakeDecision
from data.sign_offs import KeptSignOff
from geo.localtime import local_day
from geo.messages import Message, message
from routes.items import ItemUse
from routes.measures import ActKind, MeasureKind
from routes.model import Case, CaseId, DebtorKind, Finding, Verdict
from routes.papers import needed_papers
from routes.rules import RULES
from routes.rules.clocks import Clock, is_over
from routes.rules.signoffs import Role
from routes.step_files import StepFile, running_clocks
from web.labels import label, say
from web.measure_forms import ACTS, Control, item_controls, step_controls
from web.measure_labels import MEASURE_LABELS
from web.step_factors import factors_of, shown_digest, warned
from web.step_records import RuleSources, read_files
from web.step_standing import Standing, has_begun, is_barred, kept_items, standing

__all__ = [
    "CaseStep",
    "ClockView",
    "MeasurePage",
    "build_measure_page",
    "case_steps",
    "clocks_of",
    "time_left",
]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a step needs; ``note`` tells what is wrong with it."""

    text: str
    there: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClockView:
    """A limit that runs, with the time that is left."""

    rule: str
    text: str
    due_at: datetime
    left: str
    presses: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in the reader's language; ``roles`` may sign it, where it waits."""

    rule: str
    verdict: str
    text: str
    citation: str
    subject: str
    digest: str
    roles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemView:
    """A piece of property with its form, what the rules say of it, and whose it was found to be."""

    kept: KeptItem
    number: int
    controls: tuple[Control, ...]
    findings: tuple[FindingView, ...]
    decisions: tuple[KeptNamesakeDecision, ...]


@dataclass(frozen=True, slots=True)
class RevisionView:
    """Who made a revision of a step, when and why."""

    kept: KeptStep
    who: str


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step in the list of a case's steps.

    ``barred`` tells the first thing that forbids one that is scheduled and has not begun. Papers,
    people and what comes ``next`` are told of steps that are open.
    """

    kept: KeptStep
    barred: str
    blocks: int
    waiting: int
    clocks: tuple[ClockView, ...]
    documents: tuple[Need, ...] = ()
    people: tuple[Need, ...] = ()
    next: str = ""

    @property
    def needs(self) -> tuple[tuple[Message, tuple[Need, ...], int], ...]:
        """Return papers and people with how many of each are there."""
        named = ((message("文书"), self.documents), (message("人员和安排"), self.people))
        return tuple((name, held, sum(one.there for one in held)) for name, held in named if held)


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """All that the page of a step shows.

    Parameters
    ----------
    milder
        Kinds of steps that reach less deep, the mildest first.
    factors, shown
        What is shown before a decision, and what stands for it.
    exempt
        Uses of goods that the law leaves to the debtor.
    minutes
        How long the step is planned to take.
    begun
        Whether it has begun, and can neither be moved nor given up.
    warnings, acknowledges
        What is to be acknowledged before it is scheduled, and what stands for it.
    """

    kept: KeptStep
    case: Case
    debtor_kind: DebtorKind
    claims: tuple[tuple[str, int], ...]
    teams: tuple[tuple[str, str], ...]
    stations: tuple[tuple[str, str], ...]
    findings: tuple[FindingView, ...]
    given: tuple[KeptSignOff, ...]
    documents: tuple[Need, ...]
    people: tuple[Need, ...]
    clocks: tuple[ClockView, ...]
    milder: tuple[MeasureKind, ...]
    live_first: bool
    factors: tuple[str, ...]
    shown: str
    controls: tuple[Control, ...]
    acts: tuple[ActKind, ...]
    items: tuple[ItemView, ...]
    new_item: tuple[Control, ...]
    exempt: tuple[ItemUse, ...]
    history: tuple[RevisionView, ...]
    minutes: int
    begun: bool
    warnings: tuple[str, ...]
    acknowledges: str

    @property
    def numbers(self) -> dict[str, int]:
        """Return, by subject, the number of each piece of property on the page."""
        return {f"item:{one.kept.item.id}": one.number for one in self.items}

    @property
    def blocked(self) -> bool:
        """Whether a rule forbids the step or a piece of its property."""
        of_items = (one for item in self.items for one in item.findings)
        return any(one.verdict == Verdict.BLOCK for one in (*self.findings, *of_items))


def build_measure_page(sources: RuleSources, kept: KeptStep) -> MeasurePage:
    """Read a step with everything that belongs to it.

    Raises
    ------
    MeasureError
        If its case or debtor are no longer stored.
    """
    store, step = sources.store, kept.step
    now = standing(sources, kept)
    file = now.file
    waiting = {one.digest for one in now.waiting}
    signable = {one.digest for one in now.signable}
    views = tuple(_finding(one, one.digest in signable) for one in now.findings)
    factors, warnings = factors_of(sources, now), warned(now)
    numbers = {claim.id: n for n, claim in enumerate(store.claims(step.case_id), start=1)}
    decided = [
        one for one in store.namesake_decisions.of_case(step.case_id) if one.withdrawn_at is None
    ]
    own = [claim for claim in store.claims(step.case_id) if claim.debtor_id == step.debtor_id]
    return MeasurePage(
        kept=kept,
        case=file.case,
        debtor_kind=file.debtor.kind,
        claims=tuple((claim.id, numbers[claim.id]) for claim in own),
        teams=tuple((team.id, team.name) for team in store.teams()),
        stations=tuple((station.id, station.name) for station in store.stations()),
        findings=tuple(one for one in views if not one.subject.startswith("item:")),
        given=tuple(one for one in now.given if one.sign_off.digest not in waiting),
        documents=_documents(file, sources.clock()),
        people=_people(file),
        clocks=clocks_of(sources, file),
        milder=_milder(step.kind),
        live_first=step.kind is MeasureKind.SEIZURE
        and file.debtor.kind is DebtorKind.COMPANY
        and step.in_operation is not False,
        factors=tuple(say(one) for one in factors),
        shown=shown_digest(factors),
        controls=step_controls(step),
        acts=(*ACTS[step.kind], ActKind.RECORD_SIGNED),
        items=tuple(
            ItemView(
                one,
                number,
                item_controls(one.item),
                tuple(each for each in views if each.subject == f"item:{one.item.id}"),
                tuple(each for each in decided if each.subject == f"item:{one.item.id}"),
            )
            for number, one in enumerate(kept_items(sources, kept), start=1)
        ),
        new_item=item_controls(),
        exempt=tuple(use for use in ItemUse if use.exempt),
        history=tuple(
            RevisionView(one, _who(sources, one.made_by))
            for one in reversed(store.measures.history(step.id))
        ),
        minutes=file.needs.service_s // 60,
        begun=has_begun(kept, sources.clock()),
        warnings=tuple(say(one) for one in warnings),
        acknowledges=shown_digest(warnings),
    )


def case_steps(sources: RuleSources, *case_ids: CaseId) -> tuple[CaseStep, ...]:
    """Return the steps of cases, or of all, that were not withdrawn, with what holds them up."""
    found = []
    for kept, file in read_files(sources, *case_ids):
        clocks = clocks_of(sources, file)
        if not kept.open:
            found.append(CaseStep(kept, "", 0, 0, clocks))
            continue
        now = standing(sources, kept, file=file)
        barred = ""
        if now.blocks and is_barred(sources, now, kept):
            barred = f"{now.blocks[0].rule} {say(now.blocks[0].message)}"
        papers, people = _documents(file, sources.clock()), _people(file)
        then = say(_then(sources, now, kept, papers, people))
        counts = len(now.blocks), len(now.waiting)
        found.append(CaseStep(kept, barred, *counts, clocks, papers, people, then))
    return tuple(found)


def _then(
    sources: RuleSources,
    now: Standing,
    kept: KeptStep,
    papers: Iterable[Need],
    people: Iterable[Need],
) -> Message:
    """Return what is to be done next for an open step, in the order in which it is done."""
    step = kept.step
    if has_begun(kept, sources.clock()):
        return message("登记现场情况，然后结束步骤")
    lacking = next((one.text for one in papers if not one.there), None)
    if lacking is not None:
        return message("取得并登记文书：%(what)s", what=lacking)
    if kept.starts_at is None or kept.team_id is None:
        return message("登记实施时间和小组")
    if step.kind.coercive and step.decision is None:
        return message("由人作出采取本措施的决定")
    if now.blocks:
        first = now.blocks[0]
        return message("处理禁止事项：%(rule)s %(what)s", rule=first.rule, what=first.message)
    lacking = next((one.text for one in people if not one.there), None)
    if now.waiting and lacking is not None:
        return message("落实人员和安排，或取得签批：%(what)s", what=lacking)
    if now.waiting:
        return message("取得签批：%(rule)s", rule=now.waiting[0].rule)
    return message("排期") if kept.state is StepState.DRAFT else message("按期实施")


def clocks_of(sources: RuleSources, file: StepFile) -> tuple[ClockView, ...]:
    """Return the limits of :func:`routes.step_files.running_clocks` as people read them."""
    now = sources.clock()
    running = running_clocks(file, now=now, calendar=sources.calendar, profile=sources.profile)
    return tuple(
        ClockView(
            one.rule, say(one.label), one.due_at, say(time_left(one, now)), now >= one.alert_at
        )
        for one in running
    )


def time_left(clock: Clock, now: datetime) -> Message:
    """Return how much of a limit is left: hours and minutes in its last two days, else days."""
    if is_over(clock, now):
        return message("已超过期限")
    left = clock.due_at - now
    if left >= timedelta(days=2):
        return message("剩余 %(days)d 日", days=left.days)
    minutes = int(left.total_seconds()) // 60
    return message("剩余 %(hours)d 小时 %(minutes)d 分", hours=minutes // 60, minutes=minutes % 60)


def _milder(kind: MeasureKind) -> tuple[MeasureKind, ...]:
    if not kind.coercive:
        return ()
    kinds = list(MeasureKind)
    return tuple(kinds[: kinds.index(kind)])


def _finding(found: Finding, waits: bool) -> FindingView:
    asked = RULES[found.rule].signed_by
    roles = [(role.value, say(role.label)) for role in Role if role.may_sign_for(asked)]
    return FindingView(
        found.rule,
        found.verdict.value,
        say(found.message),
        found.citation,
        found.subject,
        found.digest,
        tuple(roles) if waits else (),
    )


def _documents(file: StepFile, now: datetime) -> tuple[Need, ...]:
    found = []
    for one in needed_papers(file.step, file.needs, on=local_day(file.at(now))):
        name = say(one.kind.label)
        text = name if one.office is None else f"{name} · {say(one.office.label)}"
        found.append(Need(text, one.fault is None, "" if one.fault is None else say(one.fault)))
    return tuple(found)


def _people(file: StepFile) -> tuple[Need, ...]:
    needs, team = file.needs, file.team
    officers, units = (0, 0) if team is None else (team.officers, team.recorders)
    held = frozenset[str]() if team is None else team.skills
    count = message("至少 %(count)d 名执行人员", count=needs.officers)
    recording = message("记录设备 %(count)d 套", count=needs.recorders)
    found = [
        Need(say(count), officers >= needs.officers),
        Need(say(recording), "recorder" in held and units >= needs.recorders),
    ]
    found += [
        Need(label("skill", each), each in held) for each in sorted(needs.skills - {"recorder"})
    ]
    found += _told(sorted(needs.attendees), file.step.notified)
    found += _told(sorted(needs.arrangements), file.step.arrangements)
    return tuple(found)


def _told(needed: Iterable[str], there: frozenset[str]) -> list[Need]:
    words = {**MEASURE_LABELS["attendee"], **MEASURE_LABELS["arrangement"]}
    return [Need(say(words[each]), each in there) for each in needed]


def _who(sources: RuleSources, account_id: str) -> str:
    found = sources.store.accounts.get(account_id)
    return account_id if found is None else found.display_name
