"""Why this visit, why not that debtor, in words and as JSON, for the page and the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo.messages import Message
from routes.planning.at_hand import Entry
from routes.planning.problem import Plan, Problem
from routes.planning.why import Named, WhyVisit, why_not, why_visit
from routes.planning.why_minute import Limit
from routes.planning.why_relaxations import Relaxation
from routes.planning.why_search import Way
from web.labels import LABELS

__all__ = ["not_planned", "planned"]

Say = Callable[[Message], str]


def not_planned(
    problem: Problem, plan: Plan, ref: str, *, say: Say, option: Named = str
) -> dict[str, Any]:
    """Return why a debtor, a duty or an option is in no route.

    Parameters
    ----------
    option
        Names an option or a duty in the sentences.

    Returns
    -------
    dict
        ``lines`` for people; ``reason``, ``blocked`` by rules, and ``ways`` in which the visit
        would enter, the cheapest first.

    Raises
    ------
    PlanError
        If the plan breaks its problem, or does not leave out whom is asked about.
    """
    why = why_not(problem, plan, ref)
    return {
        "reason": str(why.reason),
        "label": say(LABELS["unassigned_reason"][why.reason]),
        "blocked": [
            {"rule": one.rule, "text": one.text, "citation": one.citation, "subject": one.subject}
            for one in why.blocked
        ],
        "ways": [_way(way) for way in why.ways],
        "lines": [say(one) for one in why.lines(problem, option=option, skill=_skill(say))],
    }


def planned(
    problem: Problem, plan: Plan, option_id: str, *, say: Say, option: Named = str
) -> dict[str, Any]:
    """Return why a visit is planned, and why at its minute.

    Raises
    ------
    PlanError
        If the plan breaks its problem or does not hold the visit.
    """
    why: WhyVisit = why_visit(problem, plan, option_id)
    return {
        "worth": _rounded(why.worth),
        "adds": _rounded(why.adds),
        "instead": list(why.instead),
        "other": None if why.other is None else _entry(why.other),
        "start_s": why.stop.start_s,
        "earliest": _limit(why.earliest),
        "latest": _limit(why.latest),
        "lines": [say(one) for one in why.lines(problem, option=option)],
    }


def _skill(say: Say) -> Named:
    def named(code: str) -> str:
        known = LABELS["skill"].get(code)
        return code if known is None else say(known)

    return named


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "option": entry.ref,
        "shift": entry.shift,
        "team": entry.team,
        "beside": entry.beside,
        "start_s": entry.start_s,
        "out": list(entry.out),
        "gain": round(entry.gain, 6),
        "moved_s": entry.moved_s,
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "relaxations": [
            {
                "lever": str(one.lever),
                "of": one.of,
                "size": one.size,
                "skills": sorted(one.skills),
                **_officer(one),
            }
            for one in way.relaxations
        ],
        **_entry(way.entry),
    }


def _officer(one: Relaxation) -> dict[str, Any]:
    """Return with which option an officer goes, and from when until when."""
    if not one.task:
        return {}
    return {"option": one.task, "start_s": one.start_s, "end_s": one.end_s}


def _limit(limit: Limit) -> dict[str, Any]:
    return {"at_s": limit.at_s, "bound": str(limit.bound), "of": limit.of}
