"""Property that a step may seize, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from routes.documents import Document, DocumentKind, last_signed
from routes.errors import ValueRangeError
from routes.model import Identifier, NamesakeRuling

__all__ = ["ASSET_YEARS", "AssetKind", "Holder", "Item", "ItemUse", "ThirdPartyClaim"]


class AssetKind(StrEnum):
    """Kinds of property by how long a seizure lasts."""

    DEPOSIT = "deposit"
    MOVABLE = "movable"
    REAL_ESTATE = "real_estate"
    OTHER_RIGHT = "other_right"


ASSET_YEARS: Mapping[AssetKind, int] = MappingProxyType(
    {
        AssetKind.DEPOSIT: 1,
        AssetKind.MOVABLE: 2,
        AssetKind.REAL_ESTATE: 3,
        AssetKind.OTHER_RIGHT: 3,
    }
)
"""Years that a seizure may last at most (适用民事诉讼法的解释 2022, article 485)."""


class ItemUse(StrEnum):
    """What an item is for; the first group may not be seized (查封规定 2020, article 3)."""

    DAILY_NECESSITY = "daily_necessity"
    LIVING_MONEY = "living_money"
    COMPULSORY_SCHOOL = "compulsory_school"
    UNPUBLISHED_WORK = "unpublished_work"
    MEDICAL_AID = "medical_aid"
    MEDAL = "medal"
    TREATY_EXEMPT = "treaty_exempt"
    OTHERWISE_EXEMPT = "otherwise_exempt"
    ESSENTIAL_HOME = "essential_home"
    PRODUCTION = "production"  # 生产经营所用
    ORDINARY = "ordinary"

    @property
    def exempt(self) -> bool:
        """Whether the law keeps it from seizure."""
        return self not in (ItemUse.ESSENTIAL_HOME, ItemUse.PRODUCTION, ItemUse.ORDINARY)


class Holder(StrEnum):
    """In whose hands an item is, or in whose name it is registered."""

    DEBTOR = "debtor"
    THIRD_PARTY = "third_party"
    NOT_REGISTRABLE = "not_registrable"


class ThirdPartyClaim(StrEnum):
    """Where a third party's objection or suit about an item stands."""

    NONE = "none"
    PENDING = "pending"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of property to be seized; what was not looked up is None.

    Parameters
    ----------
    held_by, registered_to
        Who has it; for a plain movable ``registered_to`` is ``NOT_REGISTRABLE``.
    to_be_sold
        Whether it is to be sold or taken in payment, not only seized.
    indivisible, nothing_else
        Whether it can't be parted, and whether the debtor owns nothing else that would do.
    seized_on
        Day of the seizure, or of its latest renewal; None before.
    third_party_claim
        Whether a third party objects or sues (案外人异议、异议之诉); None where nobody asked.
    expires_on
        Last day that the ruling itself names, where it names one.
    owner_identifiers
        Identifiers of the debtor that the record of the owner agrees in.
    ruling
        What a person decided last of that record; kept apart from the item.
    described
        What it is, in words; kept apart from the item. Free text: it is personal data.
    """

    id: str
    asset: AssetKind | None = None
    use: ItemUse | None = None
    value_yuan: float | None = None
    held_by: Holder | None = None
    registered_to: Holder | None = None
    documents: tuple[Document, ...] = ()
    to_be_sold: bool = False
    indivisible: bool = False
    nothing_else: bool = False
    third_party_claim: ThirdPartyClaim | None = None
    seized_on: date | None = None
    expires_on: date | None = None
    owner_identifiers: frozenset[Identifier] = frozenset()
    ruling: NamesakeRuling | None = None
    described: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.value_yuan is not None and not 0.0 <= self.value_yuan < float("inf"):
            raise ValueRangeError("财产价值不能为负数（财产编号 %(id)s）", id=self.id)

    @property
    def found_by_record(self) -> bool:
        """Whether only a record, such as a register's or a bank's, says whose it is.

        A plain movable is in somebody's hands; what a third party is registered for rests on
        that one's written confirmation. Unknown counts as a record.
        """
        plain = self.asset is AssetKind.MOVABLE and self.registered_to is Holder.NOT_REGISTRABLE
        return not plain and self.registered_to is not Holder.THIRD_PARTY

    def document(self, kind: DocumentKind) -> Document | None:
        """Return the document of this kind that was signed last, None where there is none."""
        return last_signed(self.documents, kind)
