"""Rules about an address claim or a lead: may this record be used (LAW.md N, P)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from geo.messages import message
from routes.model import Identifier, Verdict
from routes.namesake import Gate, count_independent
from routes.rules.case_rules import military
from routes.rules.citations import cite
from routes.rules.profile import RuleProfile
from routes.rules.registry import ClaimFacts, LeadFacts, Rule, Said, rule

__all__ = ["CLAIM_RULES", "LEAD_RULES", "count_identifiers", "gate_of"]


def _claim(facts: ClaimFacts) -> str:
    return f"claim:{facts.claim.id}"


def count_identifiers(identifiers: Collection[Identifier], profile: RuleProfile) -> int:
    """Count independent identifiers: a name is none, dependent ones count once together."""
    gate = gate_of(profile)
    return count_independent(
        identifiers, never_counted=gate.never_counted, dependent=gate.dependent
    )


def gate_of(profile: RuleProfile) -> Gate:
    """Return how a court counts identifiers, for :func:`routes.namesake.compare`."""
    return Gate(
        profile.identifiers_required,
        profile.identifiers_never_counted,
        profile.identifiers_dependent,
    )


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
def namesake_gate(facts: ClaimFacts) -> Iterator[Said]:
    """Two independent identifiers over debtor and claim, one of them for the address itself."""
    profile = facts.profile
    own = facts.claim.identifiers
    both = count_identifiers(own | facts.debtor.identifiers, profile)
    at_address = count_identifiers(own, profile)
    if at_address < profile.identifiers_required_on_claim:
        yield (
            Verdict.BLOCK,
            _claim(facts),
            message(
                "该地址未核对姓名以外的标识（须至少 %(needed)d 项），可能是同名他人，"
                "请核对证件号码、亲属等后补录",
                needed=profile.identifiers_required_on_claim,
            ),
        )
    elif both < profile.identifiers_required:
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
        yield Verdict.BLOCK, subject, message("线索提供人已撤回，不得使用")
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
