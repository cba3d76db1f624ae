"""Fixed words of the exported files, as messages that a catalogue can translate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geo.messages import Message, message
from geo.model import Datum
from routes.model import OutcomeKind, Verdict
from routes.planning.problem import StopKind, UnassignedReason

__all__ = [
    "DATUM_WORDS",
    "OUTCOME_WORDS",
    "REASON_WORDS",
    "STOP_KIND_WORDS",
    "VERDICT_WORDS",
    "WORDS",
]

STOP_KIND_WORDS: Mapping[StopKind, Message] = MappingProxyType(
    {
        StopKind.VISIT: message("走访"),
        StopKind.DUTY: message("勤务"),
        StopKind.BREAK: message("休息"),
        StopKind.PICK_UP: message("到派出所接人"),
    }
)

OUTCOME_WORDS: Mapping[OutcomeKind, Message] = MappingProxyType(
    {
        OutcomeKind.FOUND: message("找到"),
        OutcomeKind.LIVES_HERE_ABSENT: message("在此居住未遇"),
        OutcomeKind.MOVED: message("已搬走"),
        OutcomeKind.NO_SUCH_ADDRESS: message("查无此址"),
        OutcomeKind.NAMESAKE: message("同名非本人"),
        OutcomeKind.REFUSED: message("拒绝开门"),
        OutcomeKind.CLOSED: message("关门歇业"),
        OutcomeKind.WRONG_BAND: message("时段不符"),
    }
)

REASON_WORDS: Mapping[UnassignedReason, Message] = MappingProxyType(
    {
        UnassignedReason.BLOCKED: message("规则禁止"),
        UnassignedReason.NO_HOUR: message("班次内没有合法时段"),
        UnassignedReason.NO_SKILL: message("没有具备条件的小组"),
        UnassignedReason.NO_ESCORT: message("没有可用的警力协助时段"),
        UnassignedReason.TOO_FAR: message("班次内无法往返"),
        UnassignedReason.CLOSED: message("道路封闭，班次内无法往返"),
        UnassignedReason.OUTBID: message("让位于价值更高的走访"),
    }
)

VERDICT_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        Verdict.BLOCK.value: message("禁止"),
        Verdict.SIGN_OFF.value: message("须签批"),
        Verdict.WARN.value: message("注意"),
        Verdict.TIMER.value: message("期限"),
        Verdict.CHECKLIST.value: message("清单"),
        Verdict.ROUTE.value: message("流转"),
    }
)

DATUM_WORDS: Mapping[Datum, Message] = MappingProxyType(
    {
        Datum.WGS84: message("坐标系：WGS84"),
        Datum.GCJ02: message("坐标系：GCJ-02（国测局）"),
        Datum.BD09: message("坐标系：BD-09（百度）"),
        Datum.CGCS2000: message("坐标系：CGCS2000"),
    }
)

WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "address": message("地址"),
        "again": message("再次走访：前次找到则取消"),
        "arrival": message("到达"),
        "break": message("休息"),
        "case_number": message("案号"),
        "day": message("日期"),
        "debtor": message("被执行人"),
        "departure": message("离开"),
        "detail": message("说明"),
        "documents": message("携带文书"),
        "escort": message("协助派出所"),
        "findings": message("规则提示"),
        "hazards": message("注意事项"),
        "kind": message("类型"),
        "lat": message("纬度"),
        "leaves": message("出发"),
        "length_km": message("里程（公里）"),
        "lon": message("经度"),
        "made_at": message("制作时间"),
        "navigation": message("导航"),
        "number": message("序号"),
        "officers_sign": message("执行人员签名"),
        "outcome": message("走访结果"),
        "citation": message("依据"),
        "page": message("页"),
        "plan": message("走访方案"),
        "private": message("含个人信息，仅供办案使用，用后按规定收回销毁"),
        "reason": message("原因"),
        "ref": message("编号"),
        "remarks": message("备注"),
        "returns": message("返回"),
        "route": message("行车路线"),
        "rule": message("规则"),
        "start": message("开始"),
        "stops": message("站点"),
        "team": message("小组"),
        "text": message("内容"),
        "title": message("名称"),
        "unassigned": message("未排入"),
        "verdict": message("结论"),
    }
)
