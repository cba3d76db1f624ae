"""What a rule is, and the facts that rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, TypeVar

from geo.messages import Message
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.measures import Measure
from routes.model import (
    AddressClaim,
    Case,
    CaseKind,
    Debtor,
    Duty,
    Finding,
    Lead,
    PlaceKind,
    Team,
    Verdict,
)
from routes.rules.citations import Citation
from routes.rules.profile import RuleProfile
from routes.rules.signoffs import Role

__all__ = [
    "RULES",
    "CaseFacts",
    "ClaimFacts",
    "CrewFacts",
    "DistrictFacts",
    "DutyFacts",
    "LeadFacts",
    "Rule",
    "Said",
    "VisitFacts",
    "rule",
    "rule_ids",
    "run",
]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case with one of its debtors, on a day.

    Parameters
    ----------
    step
        The step that is to be taken in the case; None where it is a visit.
    starts_at
        Aware; the planned start of the step, None where it has none.
    """

    case: Case
    debtor: Debtor
    on: date
    profile: RuleProfile
    step: Measure | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One address claim of a debtor, on a day."""

    case: Case
    debtor: Debtor
    claim: AddressClaim
    on: date
    profile: RuleProfile


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """A lead at a moment."""

    lead: Lead
    at: datetime
    profile: RuleProfile


@dataclass(frozen=True, slots=True)
class CrewFacts:
    """Who goes; ``team`` is None where none is named.

    ``debtor`` is None at a duty and at a step, ``step`` at a visit and at a duty. ``starts_at``
    is the planned start of a step, aware.
    """

    subject: str
    team: Team | None
    debtor: Debtor | None
    profile: RuleProfile
    step: Measure | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """When a visit, step or duty starts and ends; both local and aware, the end not before.

    ``claim`` is where it is; None at a duty, which then is ``duty``, and where a step has no place.
    ``case`` is None where a duty is for no case that is known.
    """

    subject: str
    case: Case | None
    claim: AddressClaim | None
    starts_at: datetime
    ends_at: datetime
    calendar: WorkCalendar
    profile: RuleProfile
    duty: Duty | None = None

    @property
    def case_kind(self) -> CaseKind | None:
        """Return the kind of the case, None where no case is known."""
        return None if self.case is None else self.case.kind

    @property
    def place_kind(self) -> PlaceKind:
        """Return whose hours hold: a duty is held at a public place, as a business is.

        Where nobody chose a place it may be a home.
        """
        if self.claim is not None:
            return self.claim.kind
        return PlaceKind.HOME if self.duty is None else PlaceKind.BUSINESS


@dataclass(frozen=True, slots=True)
class DistrictFacts:
    """Where the place of a visit lies.

    Parameters
    ----------
    inside
        Whether in the court's district; None where no boundary of it is stored, or no place.
    other_province
        Whether outside the court's province; None where that is not known.
    point
        The place itself, where the caller names it; what is signed holds for no other.
    step
        What is taken there; None where it is a visit.
    starts_at
        Aware; the planned start of the step, None where it has none.
    """

    subject: str
    inside: bool | None
    other_province: bool | None
    profile: RuleProfile
    point: Point | None = None
    step: Measure | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """A duty and the team that would hold it.

    ``named`` is the debtor whom its paper names, None where the store holds no such debtor.
    """

    duty: Duty
    team: Team | None
    named: Debtor | None
    profile: RuleProfile


Said = tuple[Verdict, str, Message]
"""Verdict, subject and sentence: what a rule yields; the registry adds id and citation."""

F = TypeVar("F")
F_contra = TypeVar("F_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Rule(Generic[F_contra]):
    """One rule of LAW.md.

    Parameters
    ----------
    id
        Key in LAW.md, such as ``A1``.
    title
        What the rule asks.
    verdicts
        Every verdict that the rule can give, in falling weight; empty for a rule that only
        orders work.
    cites
        What it rests on, the weightiest first.
    parameters
        Keys of the profile that it reads, such as ``notice.due_d``.
    signed_by
        Office that signs where it asks for a sign-off.
    check
        The function that looks at the facts.
    rests_on
        What of the facts a signature answers although the sentence does not tell it. A rule that
        can ask for a signature declares it.
    """

    id: str
    title: Message
    verdicts: tuple[Verdict, ...]
    cites: tuple[Citation, ...]
    parameters: tuple[str, ...]
    signed_by: Role
    check: Callable[[F_contra], Iterator[Said]]
    rests_on: Callable[[F_contra], tuple[str, ...]]

    @property
    def citation(self) -> str:
        """What findings show: instruments and articles."""
        return _text_of(self.cites)

    def findings(self, facts: F_contra) -> Iterator[Finding]:
        """Yield what the rule says of these facts."""
        for verdict, subject, text in self.check(facts):
            yield Finding(self.id, verdict, subject, text, self.citation, self.rests_on(facts))


@cache
def _text_of(cites: tuple[Citation, ...]) -> str:
    return "；".join(map(str, cites))  # the same for every finding of a rule


RULES: dict[str, Rule[Any]] = {}
"""Every rule by its id, in the order in which they are declared."""

_LETTERS = "ABCDSZERTLPN"  # in the order in which the table of the law has them


def rule_ids() -> list[str]:
    """Return the ids of all rules by letter and number."""
    return sorted(RULES, key=lambda each: (_LETTERS.index(each[0]), int(each[1:])))


def _nothing(_facts: object) -> tuple[str, ...]:
    return ()


def rule(
    rule_id: str,
    title: Message,
    *verdicts: Verdict,
    cites: tuple[Citation, ...],
    parameters: tuple[str, ...] = (),
    signed_by: Role = Role.DIRECTOR,
    rests_on: Callable[[Any], tuple[str, ...]] | None = None,
) -> Callable[[Callable[[F], Iterator[Said]]], Rule[F]]:
    """Declare a function as the rule of this id; an id is declared once.

    One that can ask for a signature names what the signature rests on: else it would outlive the
    facts that it was given for.
    """

    def declare(check: Callable[[F], Iterator[Said]]) -> Rule[F]:
        if rule_id in RULES or (Verdict.SIGN_OFF in verdicts and rests_on is None):
            raise RuntimeError(rule_id)
        rests = _nothing if rests_on is None else rests_on
        made = Rule(rule_id, title, verdicts, cites, parameters, signed_by, check, rests)
        RULES[rule_id] = made
        return made

    return declare


def run(rules: Iterable[Rule[F]], facts: F) -> tuple[Finding, ...]:
    """Return the findings of all rules, in the order of the rules."""
    return tuple(finding for each in rules for finding in each.findings(facts))
