"""Steps and an item that every rule lets pass, and what a rule says of a changed one."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from geo.messages import message
from routes.decisions import Decision
from routes.documents import Approver, Document, DocumentKind
from routes.items import AssetKind, Holder, Item, ItemUse, ThirdPartyClaim
from routes.measures import (
    Act,
    ActKind,
    Arrangement,
    Attendee,
    Deputy,
    Measure,
    MeasureKind,
    PoliceGear,
    Recipient,
    RecipientRole,
    StepId,
    Target,
    TargetRole,
)
from routes.model import CaseId, Debtor, DebtorId, DebtorKind, Finding, Verdict
from routes.rules import RULES, check_item, check_step
from routes.step_files import StepFile, decided_about, decided_on

from .samples import DEBTOR, LOCAL, PROFILE

AT = datetime(2026, 11, 25, 10, 0, tzinfo=LOCAL)
ON = AT.date()
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
TARGET = Target(TargetRole.DEBTOR, date(1980, 1, 1), frozenset(), Deputy.NO)
TOLD = frozenset({Attendee.DEBTOR_OR_ADULT_FAMILY, Attendee.GRASSROOTS_DELEGATE})


def paper(kind: DocumentKind, by: Approver = Approver.PRESIDENT, **changes: Any) -> Document:
    return replace(Document(kind, "（2026）示例1号", by, ON - DAY), **changes)


def acts(*kinds: ActKind, at: datetime = AT - HOUR) -> tuple[Act, ...]:
    return tuple(Act(kind, at) for kind in kinds)


def step(kind: MeasureKind, **content: Any) -> Measure:
    decision = Decision("step:S1", "u1", AT - DAY, "拒不履行", (message("多次未找到"),))
    usual = {"decision": decision, "police_gear": PoliceGear.NONE}
    return Measure(StepId("S1"), kind, CaseId("C1"), DebtorId("D1"), **(usual | content))


SUMMONS = step(
    MeasureKind.SUMMONS,
    target=TARGET,
    documents=(
        paper(DocumentKind.SUMMONS_PROOF, Approver.OFFICER),
        paper(DocumentKind.SUMMONS_WARRANT),
    ),
    acts=acts(ActKind.CONSEQUENCES_TOLD),
    absence_unjustified=True,
    inside_district=True,
)
DETENTION = step(
    MeasureKind.DETENTION,
    target=TARGET,
    documents=(paper(DocumentKind.DETENTION_DECISION),),
    acts=acts(ActKind.DETAINED, ActKind.FAMILY_NOTIFIED, ActKind.RECONSIDERATION_TOLD),
    inside_district=True,
    detention_days=15,
    new_act=True,
)
SEARCH = step(
    MeasureKind.SEARCH,
    documents=(
        paper(DocumentKind.HANDOVER_ORDER, Approver.OFFICER),
        paper(DocumentKind.SEARCH_WARRANT),
    ),
    notified=TOLD,
    arrangements=frozenset({Arrangement.UNIFORM_AND_CARDS, Arrangement.CORDON}),
    acts=acts(ActKind.HANDOVER_REFUSED),
    forced_opening=False,
    woman_searched=False,
)
SEIZURE = step(
    MeasureKind.SEIZURE,
    documents=(
        paper(DocumentKind.SEIZURE_RULING, Approver.PANEL),
        paper(DocumentKind.INVENTORY, Approver.OFFICER),
    ),
    notified=TOLD,
    acts=acts(ActKind.INVENTORY_SIGNED, ActKind.INVENTORY_COPY_GIVEN),
    forced_opening=False,
)
EVICTION = step(
    MeasureKind.EVICTION,
    documents=(paper(DocumentKind.EVICTION_NOTICE, approved_on=ON - 3 * DAY),),
    notified=TOLD,
    arrangements=frozenset({Arrangement.TRANSPORT, Arrangement.STORAGE}),
    notice_ends_on=ON - DAY,
    forced_opening=False,
)
SERVICE = step(
    MeasureKind.SERVICE,
    recipient=Recipient(RecipientRole.ADDRESSEE, adult=True),
    mediation_statement=False,
)
ITEM = Item(
    "I1",
    AssetKind.MOVABLE,
    ItemUse.ORDINARY,
    10_000.0,
    Holder.DEBTOR,
    Holder.NOT_REGISTRABLE,
    third_party_claim=ThirdPartyClaim.NONE,
    seized_on=ON,
)


def decided(file: StepFile) -> StepFile:
    """Return a step as its file stands, decided upon; one that nobody decided stays so."""
    decision = file.step.decision
    if decision is None:
        return file
    rests = replace(decision, rests_on=decided_on(file), about=decided_about(file))
    return replace(file, step=replace(file.step, decision=rests))


def of_step(
    measure: Measure,
    debtor_kind: DebtorKind = DebtorKind.PERSON,
    *,
    at: datetime = AT,
    now: datetime | None = None,
    number_born_on: date | None = None,
    closing: bool = False,
    **changes: Any,
) -> tuple[Finding, ...]:
    changed = replace(measure, **changes)
    if closing:
        signed = acts(ActKind.RECORD_SIGNED, at=at)
        changed = replace(changed, acts=changed.acts + signed)
    return check_step(
        changed,
        debtor_kind,
        at=at,
        now=now,
        number_born_on=number_born_on,
        profile=PROFILE,
        closing=closing,
    )


def of_item(
    *,
    step_kind: MeasureKind = MeasureKind.SEIZURE,
    debtor: Debtor = DEBTOR,
    debt_yuan: float | None = 9_000.0,
    costs_yuan: float | None = 1_000.0,
    recorded_yuan: float | None = 9_000.0,
    held_yuan: float | None = 0.0,
    in_operation: bool | None = None,
    on: date = ON,
    **changes: Any,
) -> tuple[Finding, ...]:
    return check_item(
        replace(ITEM, **changes),
        step_kind,
        debtor,
        debt_yuan=debt_yuan,
        costs_yuan=costs_yuan,
        recorded_yuan=recorded_yuan,
        held_yuan=held_yuan,
        in_operation=in_operation,
        on=on,
        profile=PROFILE,
    )


def verdicts(rule: str, found: tuple[Finding, ...]) -> list[Verdict]:
    said = [finding for finding in found if finding.rule == rule]
    assert all(finding.subject in ("step:S1", "item:I1") for finding in said)
    assert all(finding.verdict in RULES[finding.rule].verdicts for finding in found)
    return [finding.verdict for finding in said]
