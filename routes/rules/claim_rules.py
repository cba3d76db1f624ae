"""Rules about an address claim, a property hit or a lead: may it be used (LAW.md N, P)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from geo.messages import message
from routes.errors import ValueRangeError
from routes.identity import credit_code, read_number
from routes.model import (
    ClaimSource,
    Debtor,
    DebtorKind,
    Identifier,
    NamesakeVerdict,
    Verdict,
)
from routes.namesake import Gate, count_independent
from routes.rules.case_rules import military
from routes.rules.citations import cite
from routes.rules.measure_facts import ItemFacts
from routes.rules.profile import RuleProfile
from routes.rules.registry import ClaimFacts, LeadFacts, Rule, Said, rule

__all__ = [
    "CLAIM_RULES",
    "LEAD_RULES",
    "count_identifiers",
    "gate_of",
    "namesake_gate",
    "number_is_readable",
]


def _claim(facts: ClaimFacts) -> str:
    return f"claim:{facts.claim.id}"


_ADDRESS_REGISTERS = frozenset({ClaimSource.HOUSEHOLD_REGISTER, ClaimSource.RESIDENCE_PERMIT})
"""Registers that address history is read from: an address from them agrees with itself."""


def gate_of(profile: RuleProfile, kind: DebtorKind = DebtorKind.PERSON) -> Gate:
    """Return how a court counts the identifiers of a person or company.

    A company's code tells nothing of a natural person.
    """
    never = profile.identifiers_never_counted
    if kind is DebtorKind.PERSON:
        never |= {Identifier.CREDIT_CODE}
    return Gate(profile.identifiers_required, never, profile.identifiers_dependent)


def number_is_readable(debtor: Debtor) -> bool:
    """Return whether the number on file can be right; so is one that is not on file."""
    if debtor.id_number is None:
        return True
    read = read_number if debtor.kind is DebtorKind.PERSON else credit_code
    try:
        read(debtor.id_number.reveal())
    except ValueRangeError:
        return False
    return True


def count_identifiers(debtor: Debtor, held: Collection[Identifier], *, profile: RuleProfile) -> int:
    """Count how many independent identifiers of a debtor agree; a number that cannot be right
    is none.
    """
    gate = gate_of(profile, debtor.kind)
    never = set(gate.never_counted)
    if not number_is_readable(debtor):
        never |= {Identifier.ID_NUMBER, Identifier.CREDIT_CODE}
    return count_independent(held, never_counted=never, dependent=gate.dependent)


def _counted(facts: ClaimFacts, held: Collection[Identifier]) -> int:
    """Count what agrees of some identifiers, without those that tell nothing of this address."""
    if facts.claim.source in _ADDRESS_REGISTERS:
        held = set(held) - {Identifier.ADDRESS_HISTORY}
    return count_identifiers(facts.debtor, held, profile=facts.profile)


@rule(
    "N1",
    message("同名核对：至少两项独立标识相符"),
    Verdict.BLOCK,
    cites=(
        cite("POLICY", "N1"),
        cite("PIPL", 8),
    ),
    parameters=(
        "identity.required",
        "identity.required_on_claim",
        "identity.never_counted",
        "identity.dependent",
    ),
)
def namesake_gate(facts: ClaimFacts | ItemFacts) -> Iterator[Said]:
    """Two independent identifiers over debtor and claim, one of them for the address itself.

    Property that a record says to be the debtor's needs both of that record.

    Once a person has decided on a comparison, only an address found to be the debtor's is used,
    and what then disagreed counts no longer, whatever the tables say.
    """
    if isinstance(facts, ItemFacts):
        yield from _owner_gate(facts)
        return
    profile, ruling = facts.profile, facts.claim.ruling
    own, of_debtor = facts.claim.identifiers, facts.debtor.identifiers
    if ruling is not None:
        own, of_debtor = (own - ruling.mismatched) | ruling.matched, of_debtor - ruling.mismatched
    if ruling is not None and ruling.verdict is not NamesakeVerdict.SAME:
        yield Verdict.BLOCK, _claim(facts), _RULED[ruling.verdict]
    elif _counted(facts, own) < profile.identifiers_required_on_claim:
        yield (
            Verdict.BLOCK,
            _claim(facts),
            message(
                "该地址未核对姓名以外的标识（须至少 %(needed)d 项），可能是同名他人，"
                "请核对证件号码、亲属等后补录",
                needed=profile.identifiers_required_on_claim,
            ),
        )
    elif (both := _counted(facts, own | of_debtor)) < profile.identifiers_required:
        yield (
            Verdict.BLOCK,
            _claim(facts),
            message(
                "独立标识只有 %(count)d 项相符（须至少 %(needed)d 项，姓名不计），"
                "请核对证件号码、出生日期、亲属等后补录",
                count=both,
                needed=profile.identifiers_required,
            ),
        )
    else:
        return
    if not number_is_readable(facts.debtor):
        yield Verdict.BLOCK, _claim(facts), _UNREADABLE


def _owner_gate(facts: ItemFacts) -> Iterator[Said]:
    item, ruling, needed = facts.item, facts.item.ruling, facts.profile.identifiers_required
    if ruling is not None and ruling.verdict is not NamesakeVerdict.SAME:
        yield Verdict.BLOCK, facts.subject, _OWNER_RULED[ruling.verdict]
        return
    if not item.found_by_record:
        return
    own = item.owner_identifiers
    if ruling is not None:
        own = (own - ruling.mismatched) | ruling.matched
    count = count_identifiers(facts.debtor, own, profile=facts.profile)
    if count >= needed:
        return
    yield (
        Verdict.BLOCK,
        facts.subject,
        message(
            "登记权利人与被执行人只有 %(count)d 项独立标识相符（须至少 %(needed)d 项，姓名不计），"
            "可能是同名他人的财产，不得查封；请与登记信息核对后补录",
            count=count,
            needed=needed,
        ),
    )
    if not number_is_readable(facts.debtor):
        yield Verdict.BLOCK, facts.subject, _UNREADABLE


_UNREADABLE = message("被执行人的号码校验不通过，未计为相符的标识；请核对原件后更正号码")
_OWNER_RULED = {
    NamesakeVerdict.DIFFERENT: message(
        "已认定该财产属同名他人，不得查封；请从清单中去掉，认定有误的撤销后重新比对"
    ),
    NamesakeVerdict.UNSURE: message(
        "比对结论为不能确定，不得查封；请再核对一项姓名以外的标识后重新认定"
    ),
}
_RULED = {
    NamesakeVerdict.DIFFERENT: message(
        "已认定该地址属同名他人，不得走访；认定有误的，请撤销后重新比对"
    ),
    NamesakeVerdict.UNSURE: message(
        "比对结论为不能确定，不得走访；请再核对一项姓名以外的标识后重新认定"
    ),
}


@rule(
    "N7",
    message("地址线索有来源和合法依据"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 6, 13),),
)
def claim_basis(facts: ClaimFacts) -> Iterator[Said]:
    """An address without the document that makes its use lawful is not used."""
    if not (facts.claim.basis or "").strip():
        yield (
            Verdict.BLOCK,
            _claim(facts),
            message("地址线索缺少合法依据（查询回执、送达地址确认书等文号），请补录"),
        )


@rule(
    "P4",
    message("地址有日期和可信度，不过旧"),
    Verdict.WARN,
    cites=(cite("PIPL", 8, 46),),
    parameters=("address.stale_d", "address.min_confidence"),
)
def address_quality(facts: ClaimFacts) -> Iterator[Said]:
    """Warn of a stale address, a date in the future, or a position nobody can trust."""
    claim, profile = facts.claim, facts.profile
    age_d = (facts.on - claim.seen_on).days
    if age_d < 0:
        yield (
            Verdict.WARN,
            _claim(facts),
            message("地址日期 %(day)s 在将来，请核对", day=claim.seen_on.isoformat()),
        )
    elif age_d >= profile.address_stale_d:
        yield (
            Verdict.WARN,
            _claim(facts),
            message(
                "地址日期 %(day)s 已逾 %(days)d 日，请先核实是否仍然有效",
                day=claim.seen_on.isoformat(),
                days=profile.address_stale_d,
            ),
        )
    if claim.place is None:
        yield Verdict.WARN, _claim(facts), message("地址尚未定位，请先定位或补录坐标")
    elif claim.place.confidence < profile.address_min_confidence:
        yield (
            Verdict.WARN,
            _claim(facts),
            message(
                "地址定位可信度 %(confidence).2f 偏低，请在地图上核对位置",
                confidence=claim.place.confidence,
            ),
        )


@rule(
    "N6",
    message("线索未到期、未撤回"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 15, 47),),
)
def lead_usable(facts: LeadFacts) -> Iterator[Said]:
    """A lead is used only until it expires and while its source agrees."""
    lead, subject = facts.lead, f"lead:{facts.lead.id}"
    if lead.withdrawn:
        yield Verdict.BLOCK, subject, message("线索提供人已撤回，不得使用；请删除或封存该线索")
    if lead.expires_at <= facts.at:
        yield Verdict.BLOCK, subject, message("线索已失效，不得使用；请重新征集并登记有效期")
    if lead.received_at > facts.at:
        yield Verdict.BLOCK, subject, message("线索收到时间在将来，请核对")
    if not lead.source.strip():
        yield Verdict.BLOCK, subject, message("线索缺少来源，请补录")


CLAIM_RULES: tuple[Rule[ClaimFacts], ...] = (
    namesake_gate,
    claim_basis,
    address_quality,
    military,
)
"""Rules that :func:`routes.rules.check_claim` runs, in this order."""

LEAD_RULES: tuple[Rule[LeadFacts], ...] = (lead_usable,)
"""Rules that :func:`routes.rules.check_lead` runs."""
