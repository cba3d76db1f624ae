"""Rules about handing over papers (LAW.md R)."""

from __future__ import annotations

from collections.abc import Iterator

from geo.messages import message
from routes.measures import ActKind, MeasureKind, RecipientRole
from routes.model import DebtorKind, Verdict
from routes.rules.citations import cite
from routes.rules.measure_facts import StepFacts
from routes.rules.registry import Rule, Said, rule

__all__ = ["SERVICE_RULES"]

_PROOF = (ActKind.WITNESS_SIGNED, ActKind.FILMED)
_WRONG_FOR = {
    DebtorKind.PERSON: (RecipientRole.OTHER, RecipientRole.COMPANY_RECEPTION),
    DebtorKind.COMPANY: (RecipientRole.OTHER, RecipientRole.FAMILY_LIVING_THERE),
}


@rule(
    "R1",
    message("送达同住成年家属，或留置并有见证、录像"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("CPL", 88, 89),),
)
def recipient(facts: StepFacts) -> Iterator[Said]:
    """Papers go to an adult whom the law names, or are left with witness or film.

    Before the step this is a guide; a minor, or somebody unknown when the record is closed,
    is no recipient.
    """
    step, subject = facts.step, facts.subject
    if step.kind is not MeasureKind.SERVICE:
        return
    left = step.first(ActKind.PAPERS_LEFT) is not None
    if step.recipient is None and not left:
        if facts.closing:
            yield Verdict.BLOCK, subject, message("没有登记签收人，请补录签收人或留置情况")
        else:
            yield (
                Verdict.CHECKLIST,
                subject,
                message(
                    "直接送交本人；本人不在的交同住成年家属签收；拒收的可邀请基层组织代表见证，"
                    "或拍照录像后留置住所"
                ),
            )
        return
    if left and all(step.first(kind) is None for kind in _PROOF):
        yield (
            Verdict.BLOCK if facts.closing else Verdict.CHECKLIST,
            subject,
            message("留置送达须有见证人签名或拍照录像，请补办并登记"),
        )
    if step.recipient is None:
        return
    role, adult = step.recipient.role, step.recipient.adult
    if role in _WRONG_FOR[facts.debtor_kind]:
        yield Verdict.BLOCK, subject, message("签收人不是法律规定的代收人，请重新送达")
    if adult is not True:
        yield Verdict.BLOCK, subject, message("签收人未成年或未核实成年，请重新送交成年人")


@rule(
    "R2",
    message("可在住所以外送达，拒签的录像；调解书不得留置"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("CPI", 131, 133),),
)
def place_of_service(facts: StepFacts) -> Iterator[Said]:
    """Service away from home is filmed on refusal; a mediation statement is never left."""
    step, subject = facts.step, facts.subject
    if step.kind is not MeasureKind.SERVICE:
        return
    left = step.first(ActKind.PAPERS_LEFT) is not None
    if left and step.mediation_statement is not False:
        yield (
            Verdict.BLOCK,
            subject,
            message("调解书须送达本人，不得留置（未核实文书种类的视为调解书），请改为直接送达"),
        )
    filmed = step.first(ActKind.FILMED) is not None
    if step.away_from_home and not filmed:
        refused = step.first(ActKind.SERVICE_REFUSED) is not None
        yield (
            Verdict.BLOCK if refused and facts.closing else Verdict.CHECKLIST,
            subject,
            message("在住所以外送达的，拒签时须拍照或录像记录送达过程，并在送达回证上注明"),
        )


SERVICE_RULES: tuple[Rule[StepFacts], ...] = (recipient, place_of_service)
"""Rules about service of papers."""
