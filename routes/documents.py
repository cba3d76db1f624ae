"""Papers that a step of enforcement rests on, and the offices that sign them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geo.messages import Message, message
from routes.errors import ValueRangeError

__all__ = ["Approver", "Document", "DocumentKind", "last_signed"]


class Approver(StrEnum):
    """Office that signs a document; never a person's name."""

    PRESIDENT = "president"
    BUREAU_DIRECTOR = "bureau_director"
    PANEL = "panel"
    OFFICER = "officer"
    CONGRESS = "congress"
    OTHER_COURT = "other_court"
    THIRD_PARTY = "third_party"

    @property
    def label(self) -> Message:
        """Return the office as it is shown."""
        return _APPROVERS[self]


_APPROVERS = {
    Approver.PRESIDENT: message("院长"),
    Approver.BUREAU_DIRECTOR: message("执行局局长"),
    Approver.PANEL: message("合议庭"),
    Approver.OFFICER: message("执行员"),
    Approver.CONGRESS: message("人大主席团或常务委员会"),
    Approver.OTHER_COURT: message("当地人民法院"),
    Approver.THIRD_PARTY: message("第三人"),
}


class DocumentKind(StrEnum):
    """Papers a step rests on."""

    SERVICE_RECEIPT = "service_receipt"
    SUMMONS_PROOF = "summons_proof"
    SUMMONS_WARRANT = "summons_warrant"
    LONG_QUESTIONING = "long_questioning"
    DETENTION_DECISION = "detention_decision"
    ASSISTANCE_LETTER = "assistance_letter"
    CONGRESS_PERMISSION = "congress_permission"
    HANDOVER_ORDER = "handover_order"
    SEARCH_WARRANT = "search_warrant"
    SEIZURE_RULING = "seizure_ruling"
    INVENTORY = "inventory"
    OWNER_CONFIRMATION = "owner_confirmation"
    HOUSING_SAFEGUARD = "housing_safeguard"
    EVICTION_NOTICE = "eviction_notice"

    @property
    def label(self) -> Message:
        """Return the document's name as it is shown."""
        return _DOCUMENTS[self]

    @property
    def filled_in_there(self) -> bool:
        """Whether it is taken along blank and filled in among those present."""
        return self in (DocumentKind.SERVICE_RECEIPT, DocumentKind.INVENTORY)


_DOCUMENTS = {
    DocumentKind.SERVICE_RECEIPT: message("送达回证"),
    DocumentKind.SUMMONS_PROOF: message("依法传唤的送达证明"),
    DocumentKind.SUMMONS_WARRANT: message("拘传票"),
    DocumentKind.LONG_QUESTIONING: message("延长调查询问时间的批准"),
    DocumentKind.DETENTION_DECISION: message("拘留决定书"),
    DocumentKind.ASSISTANCE_LETTER: message("请当地人民法院协助执行的函"),
    DocumentKind.CONGRESS_PERMISSION: message("对人大代表采取措施的许可"),
    DocumentKind.HANDOVER_ORDER: message("责令交出财产通知书"),
    DocumentKind.SEARCH_WARRANT: message("搜查令"),
    DocumentKind.SEIZURE_RULING: message("查封、扣押裁定书"),
    DocumentKind.INVENTORY: message("查封、扣押财产清单"),
    DocumentKind.OWNER_CONFIRMATION: message("第三人确认财产属于被执行人的书面材料"),
    DocumentKind.HOUSING_SAFEGUARD: message("最低居住保障安排"),
    DocumentKind.EVICTION_NOTICE: message("强制迁出公告"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A paper with the office that signed it; ``expires_on`` is its last day, if it has one.

    Raises
    ------
    ValueRangeError
        If it expires before it was signed.
    """

    kind: DocumentKind
    number: str
    approved_by: Approver | None = None
    approved_on: date | None = None
    expires_on: date | None = None

    def __post_init__(self) -> None:
        if self.approved_on and self.expires_on and self.expires_on < self.approved_on:
            raise ValueRangeError("文书有效期早于签发日期，请核对文书日期")


def last_signed(documents: Iterable[Document], kind: DocumentKind) -> Document | None:
    """Return the document of a kind that was signed last, None where there is none.

    Of several that were signed on one day the one entered last.
    """
    found: Document | None = None
    for each in documents:
        if each.kind is kind and (
            found is None or (each.approved_on or date.min) >= (found.approved_on or date.min)
        ):
            found = each
    return found
