"""What limits a debtor: consumption orders, exemptions, breaches, lists, alerts on a vehicle.

Source: 最高人民法院关于限制被执行人高消费及有关消费的若干规定 (2015) article 3: soft sleepers of
trains (item 1), all seats of trains numbered G, and first class or above of other multiple units
(item 9). Everything else is lawful, such as second class of a D or C train.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from geo.messages import Message, message
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.model import DebtorId, SecretText

__all__ = [
    "SEATS",
    "BreachFlag",
    "ConsumptionOrder",
    "DishonestEntry",
    "Exemption",
    "ExemptionReason",
    "Observation",
    "Seat",
    "TrainClass",
    "VehicleAlert",
    "VehicleSeizure",
    "is_barred",
]


class TrainClass(StrEnum):
    """Kind of train by the letter of its number."""

    G = "g"  # 高速动车组
    OTHER_EMU = "other_emu"  # D、C、S 字头等其他动车组
    ORDINARY = "ordinary"  # Z、T、K 字头及四位数车次

    @property
    def label(self) -> Message:
        """Return the kind as it is shown."""
        return _TRAINS[self]


class Seat(StrEnum):
    """Class of a seat or berth."""

    BUSINESS = "business"  # 商务座
    PREMIUM = "premium"  # 特等座
    FIRST = "first"  # 一等座、优选一等座
    SECOND = "second"  # 二等座
    STANDING = "standing"  # 无座
    FIRST_SLEEPER = "first_sleeper"  # 一等卧、动卧、高级动卧
    SECOND_SLEEPER = "second_sleeper"  # 二等卧
    SOFT_SLEEPER = "soft_sleeper"  # 软卧、高级软卧
    HARD_SLEEPER = "hard_sleeper"  # 硬卧
    SOFT_SEAT = "soft_seat"  # 软座
    HARD_SEAT = "hard_seat"  # 硬座

    @property
    def label(self) -> Message:
        """Return the class as it is shown."""
        return _SEATS[self]


_TRAINS = {
    TrainClass.G: message("G 字头动车组列车"),
    TrainClass.OTHER_EMU: message("其他动车组列车"),
    TrainClass.ORDINARY: message("普通列车"),
}

_SEATS = {
    Seat.BUSINESS: message("商务座"),
    Seat.PREMIUM: message("特等座"),
    Seat.FIRST: message("一等座"),
    Seat.SECOND: message("二等座"),
    Seat.STANDING: message("无座"),
    Seat.FIRST_SLEEPER: message("一等卧（动卧）"),
    Seat.SECOND_SLEEPER: message("二等卧"),
    Seat.SOFT_SLEEPER: message("软卧"),
    Seat.HARD_SLEEPER: message("硬卧"),
    Seat.SOFT_SEAT: message("软座"),
    Seat.HARD_SEAT: message("硬座"),
}

_EMU_SEATS = (
    Seat.BUSINESS,
    Seat.PREMIUM,
    Seat.FIRST,
    Seat.SECOND,
    Seat.STANDING,
    Seat.FIRST_SLEEPER,
    Seat.SECOND_SLEEPER,
    Seat.SOFT_SLEEPER,
)

SEATS: Mapping[tuple[TrainClass, Seat], bool] = MappingProxyType(
    {(TrainClass.G, seat): True for seat in _EMU_SEATS}
    | {
        (TrainClass.OTHER_EMU, Seat.BUSINESS): True,
        (TrainClass.OTHER_EMU, Seat.PREMIUM): True,
        (TrainClass.OTHER_EMU, Seat.FIRST): True,
        (TrainClass.OTHER_EMU, Seat.SECOND): False,
        (TrainClass.OTHER_EMU, Seat.STANDING): False,
        (TrainClass.OTHER_EMU, Seat.FIRST_SLEEPER): True,
        (TrainClass.OTHER_EMU, Seat.SECOND_SLEEPER): False,
        (TrainClass.OTHER_EMU, Seat.SOFT_SLEEPER): True,
        (TrainClass.ORDINARY, Seat.SOFT_SLEEPER): True,
        (TrainClass.ORDINARY, Seat.HARD_SLEEPER): False,
        (TrainClass.ORDINARY, Seat.SOFT_SEAT): False,
        (TrainClass.ORDINARY, Seat.HARD_SEAT): False,
        (TrainClass.ORDINARY, Seat.STANDING): False,
    }
)
"""Whether a seat is barred to a debtor under the limits; what is not here does not exist."""


def is_barred(train: TrainClass, seat: Seat) -> bool | None:
    """Return whether a seat is barred, None where no such train has such seats.

    Examples
    --------
    >>> is_barred(TrainClass.OTHER_EMU, Seat.SECOND), is_barred(TrainClass.G, Seat.SECOND)
    (False, True)
    """
    return SEATS.get((train, seat))


_LONGEST_NUMBER = 60
_LONGEST_TEXT = 200
_LONGEST_ALERT_D = 30
"""Days after it was seen for which a vehicle's alert may be kept. Policy (LAW.md L7, P5)."""


def _check_number(number: str, *, of: Message) -> None:
    if not 0 < len(number.strip()) <= _LONGEST_NUMBER:
        raise ValueRangeError(
            "请填写%(paper)s的文号（不超过 %(limit)d 字）", paper=of, limit=_LONGEST_NUMBER
        )


@dataclass(frozen=True, slots=True)
class ConsumptionOrder:
    """An order that limits the debtor's consumption (限制消费令).

    It holds from the day it is served; without ``ends_on`` until it is lifted. ``served_on`` is
    None where it is not served yet.
    """

    document: str
    issued_on: date
    served_on: date | None = None
    ends_on: date | None = None

    def __post_init__(self) -> None:
        _check_number(self.document, of=message("限制消费令"))
        if self.served_on is not None and self.served_on < self.issued_on:
            raise ValueRangeError("限制消费令的送达日期早于作出日期，请核对")
        if self.ends_on is not None and self.ends_on < self.issued_on:
            raise ValueRangeError("限制消费令的截止日期早于作出日期，请核对")


@dataclass(frozen=True, slots=True)
class DishonestEntry:
    """An entry on the list of dishonest debtors; without ``ends_on`` until it is taken off."""

    document: str
    listed_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        _check_number(self.document, of=message("纳入失信名单决定书"))
        if self.ends_on is not None and self.ends_on < self.listed_on:
            raise ValueRangeError("失信名单的截止日期早于纳入日期，请核对")


@dataclass(frozen=True, slots=True)
class VehicleSeizure:
    """A vehicle of the debtor under a seizure ruling with a term."""

    ruling: Document
    plate: SecretText

    def __post_init__(self) -> None:
        _check_number(self.ruling.number, of=message("查封裁定"))
        if self.ruling.kind is not DocumentKind.SEIZURE_RULING:
            raise ValueRangeError("登记查封车辆须有查封、扣押裁定书")
        if self.ruling.approved_on is None or self.ruling.expires_on is None:
            raise ValueRangeError("请填写查封裁定的作出日期和查封期限届满日")
        if not 0 < len(self.plate.reveal().strip()) <= 12:
            raise ValueRangeError("请填写一辆车的号牌")


@dataclass(frozen=True, slots=True)
class VehicleAlert:
    """One written notice that a seized vehicle was seen: once, where, and until when it is kept.

    Parameters
    ----------
    seizure_id
        The record of the vehicle under seizure.
    notice
        Number of the notice of the office that saw it.
    place
        Where; no earlier place is kept.
    ends_on
        Last day on which it may be used, at most 30 days later; it is deleted afterwards.
    """

    seizure_id: str
    notice: str
    on: date
    place: SecretText
    ends_on: date

    def __post_init__(self) -> None:
        _check_number(self.notice, of=message("车辆预警告知书"))
        if not 0 < len(self.place.reveal().strip()) <= _LONGEST_TEXT:
            raise ValueRangeError(
                "请填写发现车辆的一处地点（不超过 %(limit)d 字）", limit=_LONGEST_TEXT
            )
        if self.ends_on < self.on:
            raise ValueRangeError("车辆预警的截止日期早于预警日期，请核对")
        if self.ends_on - self.on > timedelta(days=_LONGEST_ALERT_D):
            raise ValueRangeError(
                "车辆预警最多保存 %(days)d 天，请把截止日期改早", days=_LONGEST_ALERT_D
            )


class ExemptionReason(StrEnum):
    """Why the limits are lifted for a while."""

    ILLNESS = "illness"  # 本人或近亲属重大疾病就医
    FUNERAL = "funeral"  # 近亲属丧葬
    OFFICIAL_DUTY = "official_duty"  # 执行或配合执行公务
    EXAM = "exam"  # 参加外事活动或重要考试
    GRACE = "grace"  # 宽限期

    @property
    def label(self) -> Message:
        """Return the reason as it is shown."""
        return _REASONS[self]

    @property
    def most_months(self) -> int:
        """Longest time in months (法发〔2019〕35号 items 15 and 17)."""
        return 3 if self is ExemptionReason.GRACE else 1

    @property
    def least_months(self) -> int:
        """Shortest time in months; only a period of grace has one."""
        return 1 if self is ExemptionReason.GRACE else 0


_REASONS = {
    ExemptionReason.ILLNESS: message("重大疾病就医"),
    ExemptionReason.FUNERAL: message("近亲属丧葬"),
    ExemptionReason.OFFICIAL_DUTY: message("执行或配合执行公务"),
    ExemptionReason.EXAM: message("外事活动或重要考试"),
    ExemptionReason.GRACE: message("宽限期"),
}


@dataclass(frozen=True, slots=True)
class Exemption:
    """Days on which the limits are lifted, both counted; ``approved_by`` None where unsigned."""

    reason: ExemptionReason
    starts_on: date
    ends_on: date
    approved_by: Approver | None
    document: str | None = None

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise ValueRangeError("豁免的结束日期早于开始日期，请核对")

    @property
    def approved(self) -> bool:
        """Whether the president approved it by a paper with a number."""
        return self.approved_by is Approver.PRESIDENT and bool((self.document or "").strip())

    def covers(self, on: date) -> bool:
        """Whether a day lies inside."""
        return self.starts_on <= on <= self.ends_on


class Observation(StrEnum):
    """How somebody learned of a journey."""

    SELF_STATED = "self_stated"  # 被执行人自述、自交材料
    OFFICIAL_REPLY = "official_reply"  # 有权机关的书面答复
    SEEN_AT_STATION = "seen_at_station"  # 在车站见到
    OTHER = "other"

    @property
    def label(self) -> Message:
        """Return the way as it is shown."""
        return _OBSERVATIONS[self]


_OBSERVATIONS = {
    Observation.SELF_STATED: message("被执行人自述或自交材料"),
    Observation.OFFICIAL_REPLY: message("有权机关的书面答复"),
    Observation.SEEN_AT_STATION: message("在车站见到"),
    Observation.OTHER: message("其他书面材料"),
}


@dataclass(frozen=True, slots=True)
class BreachFlag:
    """A proposed note that a debtor broke the limits on trains.

    Parameters
    ----------
    order_document, order_served_on
        The order that limits the debtor; None where it is not on record.
    order_ends_on
        Its last day; None where it holds until it is lifted.
    train, seat
        What was used; None where nobody knows.
    evidence
        Number of the document that shows the seat.
    """

    id: str
    debtor_id: DebtorId
    on: date
    observation: Observation
    order_document: str | None = None
    order_served_on: date | None = None
    order_ends_on: date | None = None
    train: TrainClass | None = None
    seat: Seat | None = None
    evidence: str | None = None
    exemptions: tuple[Exemption, ...] = ()
