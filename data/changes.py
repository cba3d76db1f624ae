"""Whether anything of the cases was written since: the end of the audit chain, readings left out.

Every write is in the chain, whichever process made it. A few acts are known to change nothing
of cases, places, outcomes, leads and decisions; each act that is not known counts as a change.
"""

from __future__ import annotations

from threading import Lock

from sqlalchemy import case, func, select

from data.schema import AuditEntryRow
from data.upsert import table_of
from data.work import Database

__all__ = ["UNTOUCHING", "Changes"]

UNTOUCHING = frozenset(
    [
        "account.tour",
        "alarm.take_on",
        "audit.verify",
        "campaign.list",
        "case.json",
        "cases.list",
        "cases.map",
        "certificate.fetch",
        "check_in.add",
        "check_in.agree",
        "check_in.withdraw",
        "desk.read",
        "export.fetch",
        "field.pack",
        "heat.map",
        "account.rehash",
        "job.add",
        "job.end",
        "job.take",
        "liaison.read",
        "live.open",
        "locating.check",
        "locating.explain",
        "locating.fairness",
        "locating.history",
        "locating.next",
        "login",
        "login.failed",
        "namesake.compare",
        "namesake.list",
        "network.fetch",
        "outcome.file",
        "person.read",
        "person.search",
        "places.read",
        "plan.map",
        "plan.why",
        "quarantine.read",
        "register.read",
        "restriction.list",
        "retention.read",
        "share.list",
        "share.map",
        "share.read",
        "step.list",
        "step.read",
        "support_request.list",
        "team_message.read",
        "team_message.send",
        "tip.read",
        "token.use",
        "what_if.page",
    ]
)
"""Acts that leave what maps show of cases as it was."""

_TABLE = table_of(AuditEntryRow)


class Changes:
    """Tells the number of the last entry that may have changed cases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._seen = (0, "")
        self._last = 0

    def last(self) -> int:
        """Return the number; the same twice means that nothing was written in between.

        Only entries that are new since the last question are read. Where the chain went back,
        as after a restored backup, it is read from its start.
        """
        with self._lock, self._database.read() as connection:
            seq, digest = self._seen
            held = connection.scalar(select(_TABLE.c.hash).where(_TABLE.c.seq == seq))
            if held != digest:
                seq, self._last = 0, 0
            touching = case((_TABLE.c.act.not_in(UNTOUCHING), _TABLE.c.seq))
            newest, last = connection.execute(
                select(func.max(_TABLE.c.seq), func.max(touching)).where(_TABLE.c.seq > seq)
            ).one()
            if newest is not None:
                end = connection.scalar(select(_TABLE.c.hash).where(_TABLE.c.seq == newest))
                self._seen = (newest, str(end))
            self._last = max(self._last, last or 0)
            return self._last
