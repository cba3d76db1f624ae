"""What the online enforcement-control system answered of a debtor's property (网络查控).

An answer is no right: what is found is frozen or seized by a ruling first. It says what to do next,
a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from geo.messages import Message, message
from routes.errors import ValueRangeError
from routes.model import DebtorId, SecretText

__all__ = ["PropertyAnswer", "PropertyKind", "property_step"]


class PropertyKind(StrEnum):
    """Kinds of property that the system answers of."""

    BANK = "bank"
    ONLINE = "online"  # accounts of payment companies
    VEHICLE = "vehicle"
    REAL = "real"  # land and buildings
    SHARES = "shares"  # shares of companies
    SECURITIES = "securities"
    OTHER = "other"
    NOTHING = "nothing"  # asked, and there is none


_MONEY = frozenset({PropertyKind.BANK, PropertyKind.ONLINE})


@dataclass(frozen=True, slots=True)
class PropertyAnswer:
    """One answer about one debtor; who holds it and what it is stay out of ``repr``.

    Parameters
    ----------
    holder
        Who answered for it: a bank, a registry.
    detail
        What it is: account, plate, address of a house, name of a company.
    amount_yuan
        Balance or worth, where it was told.
    """

    id: str
    debtor_id: DebtorId
    kind: PropertyKind
    holder: SecretText = field(repr=False)
    answered_on: date
    detail: SecretText | None = field(default=None, repr=False)
    amount_yuan: float | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.amount_yuan is not None and not self.amount_yuan >= 0.0:
            raise ValueRangeError("金额不能为负数")

    @property
    def can_be_taken(self) -> bool:
        """Whether there is something to freeze or seize; an empty account is nothing."""
        if self.kind in _MONEY:
            return bool(self.amount_yuan)
        return self.kind is not PropertyKind.NOTHING


def property_step(answers: Sequence[PropertyAnswer], *, on: date, stale_d: int) -> Message | None:
    """Return what the answers ask for next; None where nobody asked the system.

    Parameters
    ----------
    stale_d
        Age in days from which an answer says nothing any more (LAW.md P4).
    """
    if not answers:
        return None
    fresh = [one for one in answers if (on - one.answered_on).days < stale_d]
    if not fresh:
        return message("查控答复已满 %(days)d 天，请重新查询后再用", days=stale_d)
    gone = {  # an institution that says later that there is nothing takes its word back
        (one.debtor_id, one.holder.reveal()): one.answered_on
        for one in sorted(fresh, key=lambda each: each.answered_on)
        if one.kind is PropertyKind.NOTHING
    }
    found = sum(
        one.can_be_taken
        and one.answered_on > gone.get((one.debtor_id, one.holder.reveal()), date.min)
        for one in fresh
    )
    if found:
        return message(
            "查控有可供执行的财产 %(count)d 项：请先裁定冻结、查封或扣押，再决定是否走访",
            count=found,
        )
    return message("查控没有可供执行的财产，须实地查找人和财产")
