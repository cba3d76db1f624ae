"""What of a plan waits for a signature, by rule, and what is signed, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.sign_offs import KeptSignOff
from geo.messages import message
from routes.planning.problem import PlanDuty, PlanFinding, Problem
from routes.planning.step_stops import step_of_duty
from routes.rules import RULES
from routes.rules.signoffs import Role
from web.formats import clock_text, day_text
from web.labels import label, say
from web.plan_board import PlanPage
from web.signatures import Key, Signatures, key_of

__all__ = ["HeldView", "SignGroup", "SignItem", "held_views", "sign_groups"]


@dataclass(frozen=True, slots=True)
class SignItem:
    """One finding. ``where`` are the stops it speaks of.

    ``note`` tells why a signature that was given answers it no longer.
    """

    key: str
    text: str
    where: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SignGroup:
    """What one rule asks to be signed, and the offices that may, the lowest first."""

    rule: str
    title: str
    citation: str
    roles: tuple[tuple[str, str], ...]
    items: tuple[SignItem, ...]


@dataclass(frozen=True, slots=True)
class HeldView:
    """A signature that holds, and the stops of whose finding it speaks."""

    rule: str
    where: tuple[str, ...]
    kept: KeptSignOff


def sign_groups(page: PlanPage, signatures: Signatures, problem: Problem) -> tuple[SignGroup, ...]:
    """Return the waiting findings by rule, in the order of the plan."""
    where = _where(page, problem)
    grouped: dict[str, list[PlanFinding]] = {}
    for one in signatures.waiting:
        grouped.setdefault(one.rule, []).append(one)
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
                    "|".join(key_of(one)),
                    one.text,
                    where.get(key_of(one), ()),
                    _why_again(signatures.outdated.get(key_of(one))),
                )
                for one in found
            ),
        )
        for rule, found in grouped.items()
    )


def _why_again(kept: KeptSignOff | None) -> str | None:
    if kept is None:
        return None
    paper = kept.sign_off.document_no
    if not kept.sign_off.digest:
        return say(message("原签批 %(paper)s 没有记录所签内容，须重新签批", paper=paper))
    return say(message("原签批 %(paper)s 所签的内容已变化，须重新签批", paper=paper))


def held_views(
    page: PlanPage, given: Mapping[Key, KeptSignOff], problem: Problem
) -> tuple[HeldView, ...]:
    """Return the signatures that hold, in the order of the plan."""
    where = _where(page, problem)
    return tuple(HeldView(key[0], where.get(key, ()), kept) for key, kept in given.items())


def _where(page: PlanPage, problem: Problem) -> dict[Key, tuple[str, ...]]:
    """Return day, time and case or duty of the stops of which each finding speaks."""
    where: dict[Key, dict[str, None]] = {}
    for route in page.routes:
        for stop in route.stops:
            place = f"{day_text(route.day)} {clock_text(stop.start_s)} {stop.case_number}"
            for finding in stop.findings:
                where.setdefault(key_of(finding), {})[place] = None
    duties: dict[str, PlanDuty] = {}
    for duty in problem.duties:  # the step before its handover
        step_id = step_of_duty(duty.id)
        duties.setdefault(f"duty:{duty.id}" if step_id is None else f"step:{step_id}", duty)
    for finding in page.findings:
        of = duties.get(finding.subject)
        if of is not None:
            name = of.label or label("measure_kind", of.kind)
            place = f"{day_text(of.day)} {clock_text(of.window_start_s)} {name}"
            where.setdefault(key_of(finding), {})[place] = None
    return {key: tuple(places) for key, places in where.items()}
