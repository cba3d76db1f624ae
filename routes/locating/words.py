"""Words of the explanations, by code."""

from __future__ import annotations

from collections.abc import Sequence

from geo.messages import Message, message
from geo.model import Precision
from routes.locating.parameters import DayType
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "BAND_WORDS",
    "DAY_TYPE_WORDS",
    "OUTCOME_WORDS",
    "PLACE_WORDS",
    "PRECISION_WORDS",
    "SOURCE_WORDS",
    "listed",
]

SOURCE_WORDS: dict[ClaimSource, Message] = {
    ClaimSource.APPLICANT: message("申请人提供"),
    ClaimSource.JUDGMENT: message("裁判文书"),
    ClaimSource.HOUSEHOLD_REGISTER: message("户籍"),
    ClaimSource.RESIDENCE_PERMIT: message("居住证"),
    ClaimSource.LEASE: message("租赁备案"),
    ClaimSource.COMPANY_REGISTER: message("市场主体登记"),
    ClaimSource.SOCIAL_INSURANCE: message("社保缴纳单位"),
    ClaimSource.VEHICLE_REGISTER: message("车辆登记"),
    ClaimSource.UTILITY: message("水电气账户"),
    ClaimSource.LIAISON: message("网格联络员"),
    ClaimSource.DELIVERY_CONFIRMED: message("送达地址确认书"),
    ClaimSource.PROPERTY_REGISTER: message("不动产登记"),
    ClaimSource.OTHER: message("其他"),
}
OUTCOME_WORDS: dict[OutcomeKind, Message] = {
    OutcomeKind.FOUND: message("找到"),
    OutcomeKind.LIVES_HERE_ABSENT: message("在此居住未遇"),
    OutcomeKind.MOVED: message("已搬走"),
    OutcomeKind.NO_SUCH_ADDRESS: message("查无此址"),
    OutcomeKind.NAMESAKE: message("同名非本人"),
    OutcomeKind.REFUSED: message("拒绝开门"),
    OutcomeKind.CLOSED: message("关门歇业"),
    OutcomeKind.WRONG_BAND: message("时段不符"),
}
BAND_WORDS: dict[VisitBand, Message] = {
    VisitBand.DAWN: message("清晨"),
    VisitBand.MORNING: message("上午"),
    VisitBand.MIDDAY: message("午间"),
    VisitBand.AFTERNOON: message("下午"),
    VisitBand.EVENING: message("傍晚"),
}
DAY_TYPE_WORDS: dict[DayType, Message] = {
    DayType.WORKDAY: message("工作日"),
    DayType.REST_DAY: message("休息日"),
    DayType.FESTIVAL: message("节假日"),
}
PLACE_WORDS: dict[PlaceKind, Message] = {
    PlaceKind.HOME: message("住所"),
    PlaceKind.WORK: message("工作单位"),
    PlaceKind.BUSINESS: message("经营场所"),
    PlaceKind.REGISTERED: message("登记地址"),
}
PRECISION_WORDS: dict[Precision, Message] = {
    Precision.DOOR: message("门牌"),
    Precision.INTERPOLATED: message("门牌推算"),
    Precision.POI: message("地点"),
    Precision.ROAD: message("道路"),
    Precision.VILLAGE: message("村"),
    Precision.TOWNSHIP: message("乡镇"),
    Precision.COUNTY: message("区县"),
    Precision.NONE: message("未定位"),
}


def listed(items: Sequence[Message]) -> Message:
    """Return messages as a list in the reader's language; there must be one at least."""
    joined = items[-1]
    for item in items[-2::-1]:
        joined = message("%(first)s、%(rest)s", first=item, rest=joined)
    return joined
