"""The findings of a plan that wait for a signature, by rule, as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routes.planning.problem import PlanFinding, Problem
from routes.rules import RULES
from routes.rules.signoffs import Role
from web.formats import clock_text, day_text
from web.labels import say
from web.plan_board import PlanPage

__all__ = ["SignGroup", "SignItem", "sign_groups"]


@dataclass(frozen=True, slots=True)
class SignItem:
    """One finding, or several of one rule and subject. ``where`` are the stops it speaks of."""

    key: str
    texts: tuple[str, ...]
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignGroup:
    """What one rule asks to be signed, and the offices that may, the lowest first."""

    rule: str
    title: str
    citation: str
    roles: tuple[tuple[str, str], ...]
    items: tuple[SignItem, ...]


def sign_groups(
    page: PlanPage, waiting: Iterable[PlanFinding], problem: Problem
) -> tuple[SignGroup, ...]:
    """Return the waiting findings by rule, in the order of the plan."""
    where: dict[PlanFinding, list[str]] = {}
    for route in page.routes:
        for stop in route.stops:
            place = f"{day_text(route.day)} {clock_text(stop.start_s)} {stop.case_number}"
            for finding in stop.findings:
                where.setdefault(finding, []).append(place)
    for duty in problem.duties:
        duty_place = f"{day_text(duty.day)} {clock_text(duty.window_start_s)} {duty.label}"
        where |= {one: [duty_place] for one in page.findings if one.subject == f"duty:{duty.id}"}
    grouped: dict[str, dict[str, list[PlanFinding]]] = {}
    for one in waiting:
        grouped.setdefault(one.rule, {}).setdefault(one.subject, []).append(one)
    return tuple(
        SignGroup(
            rule,
            say(RULES[rule].title),
            RULES[rule].citation,
            tuple(
                (role.value, say(role.label))
                for role in Role
                if role.may_sign_for(RULES[rule].signed_by)
            ),
            tuple(
                SignItem(
                    f"{rule}|{subject}",
                    tuple(each.text for each in found),
                    tuple(dict.fromkeys(place for each in found for place in where.get(each, ()))),
                )
                for subject, found in subjects.items()
            ),
        )
        for rule, subjects in grouped.items()
    )
