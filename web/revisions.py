"""Which texts that a rule cites were revised since they were read, and who entered a signature."""

from __future__ import annotations

from flask import g
from flask_babel import gettext as _

from geo.localtime import local_day
from routes.rules import RULES
from web.services import services

__all__ = ["account_name", "revised"]


def revised(rule_id: str) -> tuple[str, ...]:
    """Return a sentence for each instrument of a rule of which a newer text is in force today."""
    today = local_day(services().clock())
    rule = RULES.get(rule_id)
    return tuple(
        _(
            "%(title)s已有新文本（%(newest)s，%(day)s 起施行），"
            "本规则仍按%(version)s，请核对后适用",
            title=each.instrument.title,
            newest=each.instrument.newest_version,
            day=each.instrument.newest_on.isoformat(),
            version=each.instrument.version,
        )
        for each in (() if rule is None else rule.cites)
        if each.instrument.revised_by(today)
    )


def account_name(account_id: str) -> str:
    """Return an account's name with its user name; the id where it is not stored any more."""
    known: dict[str, str] = g.setdefault("account_names", {})
    if account_id not in known:
        found = services().store.accounts.get(account_id)
        known[account_id] = (
            account_id if found is None else f"{found.display_name}（{found.username}）"
        )
    return known[account_id]
