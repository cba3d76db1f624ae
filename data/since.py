"""What changed in the court since an account was last here; no names and no address texts.

Nothing is kept for it about who looked at what. When an account was last here follows from the
audit, what changed from the moments that the rows have anyhow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, func, or_, select

from data.schema import (
    ActionRow,
    AddressClaimRow,
    ApiTokenRow,
    AuditEntryRow,
    CheckAnswerRow,
    DebtorRow,
    EnforcementCaseRow,
    LeadRow,
    NamesakeDecisionRow,
    OutcomeRow,
    ReplanRow,
    SignOffRow,
    SupportRequestRow,
    TipRow,
)
from data.upsert import held_values, table_of
from routes.model import ActionId, CaseId, SupportState

if TYPE_CHECKING:
    from data.work import Database

__all__ = ["Change", "ChangeKind", "Changes", "Since"]

_MOST_READ = 5_000
"""Entries of an account that are looked at: more than anybody makes in a day."""


class ChangeKind(StrEnum):
    """What there may be more of, or other than before."""

    OUTCOME = "outcome"
    TIP = "tip"
    LEAD = "lead"
    CLAIM = "claim"
    CHECK = "check"
    NAMESAKE = "namesake"
    SIGN_OFF = "sign_off"
    SUPPORT = "support"
    RELEASE = "release"
    REPLAN = "replan"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the case or the plan that it is of, where there is one.

    Parameters
    ----------
    code
        What it says: the code of an outcome, an answer, a verdict or a state; else empty.
    withdrawn
        Whether it holds no longer.
    number
        Of the case.
    """

    kind: ChangeKind
    at: datetime
    code: str = ""
    withdrawn: bool = False
    case_id: CaseId | None = None
    number: str | None = None
    action_id: ActionId | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """How many changes there are, of the kinds that have some, and the newest of them."""

    counts: Mapping[ChangeKind, int]
    newest: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where changes of a kind lie: a moment, and what a change tells besides.

    ``of`` is the column that leads to the case or the plan, and ``to`` how: ``claim``, ``debtor``,
    ``subject``, ``action`` or nothing. ``ended`` is the moment of its end, which is a change too.
    """

    at: Any
    to: str = ""
    of: Any = None
    code: Any = None
    withdrawn: Any = None
    ended: Any = None
    only: tuple[Any, ...] = ()
    join: tuple[Any, Any, Any] | None = None


_ANSWERS = (
    SupportState.CONFIRMED.value,
    SupportState.DECLINED.value,
    SupportState.OTHER_TIME_PROPOSED.value,
)
_SOURCES: Mapping[ChangeKind, _Source] = {
    ChangeKind.OUTCOME: _Source(
        OutcomeRow.written_at, "claim", OutcomeRow.claim_id, OutcomeRow.kind, OutcomeRow.withdrawn
    ),
    ChangeKind.TIP: _Source(TipRow.received_at, code=TipRow.state),
    ChangeKind.LEAD: _Source(
        LeadRow.written_at, "debtor", LeadRow.debtor_id, withdrawn=LeadRow.withdrawn
    ),
    ChangeKind.CLAIM: _Source(
        AddressClaimRow.written_at, "debtor", AddressClaimRow.debtor_id, AddressClaimRow.source
    ),
    ChangeKind.CHECK: _Source(
        CheckAnswerRow.entered_at,
        "claim",
        CheckAnswerRow.claim_id,
        CheckAnswerRow.answer,
        ended=CheckAnswerRow.withdrawn_at,
    ),
    ChangeKind.NAMESAKE: _Source(
        NamesakeDecisionRow.decided_at,
        "debtor",
        NamesakeDecisionRow.debtor_id,
        NamesakeDecisionRow.verdict,
        ended=NamesakeDecisionRow.withdrawn_at,
    ),
    ChangeKind.SIGN_OFF: _Source(
        SignOffRow.signed_at,
        "subject",
        SignOffRow.subject,
        SignOffRow.rule,
        ended=SignOffRow.withdrawn_at,
    ),
    ChangeKind.SUPPORT: _Source(
        SupportRequestRow.answered_at,
        "action",
        SupportRequestRow.action_id,
        SupportRequestRow.state,
        only=(SupportRequestRow.state.in_(_ANSWERS),),
    ),
    ChangeKind.RELEASE: _Source(ActionRow.released_at, "action", ActionRow.id),
    ChangeKind.REPLAN: _Source(
        ActionRow.made_at,
        "action",
        ActionRow.id,
        ended=ReplanRow.undone_at,
        join=(ReplanRow, ActionRow, ReplanRow.action_id == ActionRow.id),
    ),
}


class Since:
    """When an account was last here, and what changed since."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_here(self, account_id: str, *, before: datetime, idle: timedelta) -> datetime | None:
        """Return when the session of an account ended that came before a moment.

        It is the last thing that the session did: signing out, or else what nothing followed for
        as long as a session may lie idle. Where a program may have read in the account's name
        that day, it is the moment of signing in: rather too much is shown than too little.

        Parameters
        ----------
        before
            When the present session began.
        idle
            How long a session may lie idle.

        Returns
        -------
            None where there was no session before.
        """
        entry, token = table_of(AuditEntryRow), table_of(ApiTokenRow)
        query = (
            select(entry.c.at, entry.c.act)
            .where(entry.c.actor == account_id)
            .order_by(entry.c.seq.desc())
            .limit(_MOST_READ)
        )
        done: list[Any] = []
        with self._database.read() as connection:
            for row in connection.execute(query):
                if row.at < before:
                    done.append(row)
                    if row.act == "login":
                        break
            if not done:
                return None
            begun: datetime = done[-1].at
            used = select(func.count()).where(
                token.c.account_id == account_id, token.c.used_on >= begun.date().isoformat()
            )
            if connection.scalar(used):
                return begun
        return _end(reversed(done), begun, idle)

    def changes(self, since: datetime, kinds: Collection[ChangeKind], *, most: int = 10) -> Changes:
        """Return how many changes of some kinds came after a moment, and the newest ones.

        A moment itself is not after it: what an account did last is no news to it.
        """
        counts: Counter[ChangeKind] = Counter()
        found: list[tuple[Change, str, str]] = []
        with self._database.read() as connection:
            for kind in ChangeKind:
                if kind not in kinds:
                    continue
                source = _SOURCES[kind]
                count = connection.scalar(_after(source, since, func.count())) or 0
                if count:
                    counts[kind] = count
                    found += _newest(connection, kind, source, since, most)
            newest = nlargest(most, found, key=lambda one: one[0].at)
            return Changes(dict(counts), _placed(connection, newest))


def _end(done: Iterable[Any], begun: datetime, idle: timedelta) -> datetime:
    end = begun
    for row in done:
        if row.at - end > idle:
            break
        end = row.at
        if row.act == "logout":
            break
    return end


def _after(source: _Source, since: datetime, *columns: Any) -> Select[Any]:
    after = source.at > since
    if source.ended is not None:
        after = or_(after, source.ended > since)
    query = select(*columns).where(after, *source.only)
    if source.join is None:
        return query
    left, right, on = source.join
    return query.select_from(left).join(right, on)


def _newest(
    connection: Connection, kind: ChangeKind, source: _Source, since: datetime, most: int
) -> list[tuple[Change, str, str]]:
    """Return the newest of a kind, each with how and from where its case or plan is found."""
    ended = source.ended
    at = source.at if ended is None else func.coalesce(ended, source.at, type_=source.at.type)
    withdrawn = source.withdrawn if ended is None else ended
    wanted = {"of": source.of, "code": source.code, "withdrawn": withdrawn}
    columns = [column.label(name) for name, column in wanted.items() if column is not None]
    query = _after(source, since, at.label("at"), *columns)
    rows = connection.execute(query.order_by(at.desc()).limit(most))
    return [
        (
            Change(kind, row["at"], row.get("code") or "", bool(row.get("withdrawn"))),
            source.to,
            row.get("of") or "",
        )
        for row in rows.mappings()
    ]


def _placed(connection: Connection, found: Sequence[tuple[Change, str, str]]) -> tuple[Change, ...]:
    """Add to each change its case or its plan."""
    ways = [_way(to, of) for _change, to, of in found]
    claim, debtor, case = map(table_of, (AddressClaimRow, DebtorRow, EnforcementCaseRow))
    debtors = held_values(connection, claim.c.id, claim.c.debtor_id, _named("claim", ways))
    asked = {*_named("debtor", ways), *debtors.values()}
    cases = held_values(connection, debtor.c.id, debtor.c.case_id, asked)
    numbers = held_values(
        connection, case.c.id, case.c.number, {*_named("case", ways), *cases.values()}
    )
    placed = []
    for (change, _to, _of), (to, of) in zip(found, ways, strict=True):
        if to == "action":
            placed.append(replace(change, action_id=ActionId(of)))
            continue
        debtor_id = debtors.get(of, "") if to == "claim" else of
        case_id = of if to == "case" else cases.get(debtor_id, "")
        if case_id in numbers and to:
            change = replace(change, case_id=CaseId(case_id), number=numbers[case_id])
        placed.append(change)
    return tuple(placed)


def _way(to: str, of: str) -> tuple[str, str]:
    """Return of what kind an id is; a subject says it itself, before a colon."""
    if to != "subject":
        return to, of
    kind, _, key = of.partition(":")
    return (kind, key) if kind in ("action", "case", "claim", "debtor") else ("", "")


def _named(kind: str, ways: Iterable[tuple[str, str]]) -> set[str]:
    return {of for to, of in ways if to == kind}
