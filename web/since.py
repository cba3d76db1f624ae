"""What changed since the reader was last here, as the overview tells it; numbers, no names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from data.model import PlanBrief
from data.rights import Right
from data.since import Change, ChangeKind
from routes.model import ActionId
from routes.rules import RULES
from web.formats import day_text, moment_text
from web.labels import label, say
from web.security import account, has_right, own_team, session_begun, session_idle
from web.services import Services

__all__ = ["since_json"]

_OF_PLANS = frozenset({ChangeKind.RELEASE, ChangeKind.REPLAN})
_WORDS = {
    ChangeKind.OUTCOME: "outcome",
    ChangeKind.TIP: "tip_state",
    ChangeKind.CLAIM: "claim_source",
    ChangeKind.CHECK: "check_answer",
    ChangeKind.NAMESAKE: "namesake",
    ChangeKind.SUPPORT: "support_state",
}


def since_json(here: Services) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what changed since the session before, by right, and the cases that it names."""
    since = here.store.since.last_here(account().id, before=session_begun(), idle=session_idle())
    if since is None:
        return {"since": None, "counts": [], "newest": []}, ()
    found = here.store.since.changes(since, _kinds())
    plans = [one.action_id for one in found.newest if one.action_id is not None]
    briefs = here.store.plan_briefs(plans)
    told = {
        "since": moment_text(since),
        "counts": [
            {"kind": kind.value, "text": label("change", kind.value), "count": count}
            for kind, count in found.counts.items()
        ],
        "newest": [_line(one, briefs) for one in found.newest],
    }
    return told, tuple(one.case_id for one in found.newest if one.case_id is not None)


def _kinds() -> frozenset[ChangeKind]:
    """Return what the reader may be told of; what stations answer is not for a single team."""
    left_out = set()
    if not has_right(Right.TIP_USE):
        left_out.add(ChangeKind.TIP)
    if not has_right(Right.PLAN_READ):
        left_out |= _OF_PLANS
    if not has_right(Right.PLAN_READ) or own_team() is not None:
        left_out.add(ChangeKind.SUPPORT)
    return frozenset(ChangeKind) - left_out


def _line(change: Change, briefs: Mapping[ActionId, PlanBrief]) -> dict[str, Any]:
    text, url = label("change", change.kind.value), None
    notes = [text, _said(change), moment_text(change.at)]
    if change.case_id is not None:
        text = change.number or ""
        if has_right(Right.CASE_READ):
            url = url_for("cases.page", case_id=change.case_id)
    elif change.action_id is not None and change.action_id in briefs:
        days = briefs[change.action_id].days
        ends = map(day_text, sorted({min(days), max(days)}))
        text = _("计划 %(days)s", days=" – ".join(ends))
        url = url_for("plans.page", action_id=change.action_id)
    else:
        notes = notes[1:]
        if change.kind is ChangeKind.TIP:
            url = url_for("tips.page")
    return {"text": text, "notes": [one for one in notes if one], "url": url}


def _said(change: Change) -> str:
    """Return what a change says: of persons to whom may read them, of visits to no single team."""
    if change.withdrawn:
        return str(_("已撤回"))
    if change.kind is ChangeKind.SIGN_OFF:
        rule = RULES.get(change.code)
        return change.code if rule is None else say(rule.title)
    of_plan = change.kind is ChangeKind.SUPPORT
    if change.kind not in _WORDS or not (of_plan or has_right(Right.PERSON_READ)):
        return ""
    if change.kind is ChangeKind.OUTCOME and own_team() is not None:
        return ""
    return label(_WORDS[change.kind], change.code)
