"""The rules as a lawyer reads them: values with unit and source, rules with their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from geo.messages import Message, message
from routes.rules import RULES, Rule, rule_ids
from routes.rules.citations import Citation, Verified
from routes.rules.floors import FLOORS, Floor, Kind, Tighter
from routes.rules.profile import profile_values
from web.labels import label, say

__all__ = ["RuleView", "ValueView", "rule_views", "value_of", "value_views"]

DEFAULT_NAME = message("默认参数")
"""The name of the values that come with the program, as its file has it."""

WORDS: Mapping[str, Message] = {
    "court.high_court": message("批准到省外办案的高级人民法院"),
    "crew.min_officers": message("每次走访和外勤至少几名法院人员"),
    "identity.required": message("上门前须核对相符的独立标识"),
    "identity.required_on_claim": message("其中须为这个地址本身核对的"),
    "identity.never_counted": message("不算作标识的"),
    "identity.dependent": message("只算一个的各组标识"),
    "hours.home": message("住所可走访的时段"),
    "hours.work": message("工作单位可走访的时段"),
    "hours.business": message("经营场所可走访的时段"),
    "hours.registered": message("登记地址可走访的时段"),
    "closed_days.civil": message("民事案件须签批才能走访的日子"),
    "closed_days.administrative": message("行政强制执行不得进行的日子"),
    "notice.due_d": message("立案后多久内发出执行通知"),
    "notice.after_measures_d": message("立即采取措施后多久内补发通知"),
    "notice.alert_d": message("执行通知到期前多久提醒"),
    "address.stale_d": message("地址多久没有再见到就算陈旧"),
    "address.min_confidence": message("定位可信度低于多少提醒，并排进定位台"),
    "contact.valid_d": message("一次电话或信函联系算多久"),
    "questioning.most_h": message("拘传后询问最长"),
    "questioning.long_most_h": message("案情复杂、可能拘留时询问最长"),
    "questioning.alert_h": message("询问多久以后提醒"),
    "detention.most_d": message("拘留最长"),
    "detention.family_notice_h": message("拘留后多久内通知家属"),
    "detention.adult_y": message("不满多少岁不拘留"),
    "detention.old_y": message("满多少岁不拘留"),
    "instalments.grace_d": message("分期款到期后几天内仍算按时"),
    "seizure.excess_share": message("查封价值超过债权和费用多少算明显超标的"),
    "seizure.costs_share": message("执行费用超过债权多少须签批"),
    "seizure.alert_d": message("查封失效前多久提醒"),
    "retention.case_d": message("结案后个人信息保存多久"),
    "retention.plan_d": message("计划最后一日后保存多久"),
    "retention.record_d": message("限制和认定结束后保存多久"),
    "retention.quarantine_d": message("未能导入的行保存多久"),
    "retention.live_d": message("平安报告与当日消息保存多久"),
    "live.silent_min": message("走访结束后多久没有音讯就示警"),
}
"""What each parameter of the profile means, by its key."""

_GROUPS: Mapping[str, Message] = {
    "court": message("本院"),
    "crew": message("人员"),
    "identity": message("身份核对"),
    "hours": message("时段"),
    "closed_days": message("日子"),
    "notice": message("执行通知"),
    "address": message("地址"),
    "contact": message("联系"),
    "questioning": message("拘传询问"),
    "detention": message("拘留"),
    "instalments": message("分期履行"),
    "seizure": message("查封扣押"),
    "retention": message("保存期限"),
    "live": message("现场"),
}

_FACTS: Mapping[str, Message] = {
    "CaseFacts": message("案件与被执行人"),
    "ClaimFacts": message("地址线索"),
    "LeadFacts": message("线索"),
    "CrewFacts": message("出行人员"),
    "VisitFacts": message("走访的时间"),
    "DistrictFacts": message("走访的地点"),
    "DutyFacts": message("查控勤务"),
    "StepFacts": message("执行措施"),
    "ItemFacts": message("查封扣押的财产"),
    "RecordFacts": message("保存和导入的数据"),
    "ShareFacts": message("共享给派出所的内容"),
    "DisplayFacts": message("页面上的显示"),
    "DecisionFacts": message("由人作出的决定"),
    "DestinationFacts": message("数据送往的地方"),
    "MapFacts": message("公开的地图"),
    "VendorFacts": message("运维单位"),
    "AuditFacts": message("审计日志"),
    "BreachFacts": message("违反限制消费"),
    "TagFacts": message("失信名单标记"),
    "PlateFacts": message("车辆预警"),
}

_TIGHTER: Mapping[Tighter, Message] = {
    Tighter.HIGHER: message("越高越严"),
    Tighter.LOWER: message("越低越严"),
    Tighter.MORE: message("越多越严"),
    Tighter.INNER: message("越窄越严"),
    Tighter.TOGETHER: message("合并越多越严"),
    Tighter.NEITHER: message("无宽严之分"),
}


@dataclass(frozen=True, slots=True)
class ValueView:
    """A parameter.

    Parameters
    ----------
    value, default, statute
        With their units; ``statute`` is the loosest that any court may set, empty where nothing
        limits it.
    own
        Whether the court's own file has another value than the default.
    rules
        Ids of the rules that read it.
    """

    key: str
    group: str
    words: str
    value: str
    default: str
    own: bool
    statute: str
    source: str
    tighter: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """What a rule rests on, with the text that was read; ``newest`` is a later one, or blank."""

    citation: str
    version: str
    effective_on: str
    checked: str
    verified: bool
    newest: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule."""

    id: str
    words: str
    verdicts: tuple[str, ...]
    applies: tuple[str, ...]
    signed_by: str | None
    sources: tuple[SourceView, ...]
    parameters: tuple[str, ...]


def value_views(values: Mapping[str, Any]) -> list[ValueView]:
    """Return every parameter of the rules in use, in the order of the file."""
    defaults = profile_values()
    return [
        ValueView(
            key,
            say(_GROUPS[key.partition(".")[0]]),
            say(WORDS[key]),
            value_of(key, values),
            value_of(key, defaults),
            values[key] != defaults[key],
            _statute(key, FLOORS[key]),
            _source(FLOORS[key].citation),
            say(_TIGHTER[FLOORS[key].tighter]),
            tuple(one for one in rule_ids() if key in RULES[one].parameters),
        )
        for key in values
    ]


def rule_views() -> list[RuleView]:
    """Return every rule by letter and number."""
    return [_rule(RULES[one]) for one in rule_ids()]


def value_of(key: str, values: Mapping[str, Any]) -> str:
    """Return a parameter with its unit, as people read it."""
    return _shown(key, values[key])


def _rule(rule: Rule[Any]) -> RuleView:
    return RuleView(
        rule.id,
        say(rule.title),
        tuple(verdict.value for verdict in rule.verdicts),
        tuple(say(_FACTS[name]) for name in _facts_of(rule)),
        say(rule.signed_by.label) if "sign_off" in rule.verdicts else None,
        tuple(_told(each) for each in rule.cites),
        rule.parameters,
    )


def _facts_of(rule: Rule[Any]) -> list[str]:
    """Return the names of the kinds of facts that a rule looks at, as its function declares."""
    hint = next(one for name, one in get_type_hints(rule.check).items() if name != "return")
    return [one.__name__ for one in getattr(hint, "__args__", (hint,))]


def _told(citation: Citation) -> SourceView:
    instrument = citation.instrument
    return SourceView(
        str(citation),
        instrument.version,
        instrument.effective_on.isoformat(),
        label("verified", instrument.verified),
        instrument.verified in (Verified.TEXT, Verified.OWN),
        f"{instrument.newest_version}，{instrument.newest_on.isoformat()}"
        if instrument.has_newer
        else "",
    )


def _source(citation: Citation | None) -> str:
    return say(message("法律未规定，由本院自定")) if citation is None else str(citation)


def _statute(key: str, floor: Floor) -> str:
    if floor.statute is None:
        return ""
    statute: Any = floor.statute
    if isinstance(statute, frozenset):
        statute = sorted(statute) if floor.kind is Kind.CODES else [sorted(statute)]
    return _shown(key, statute)


def _shown(key: str, value: Any) -> str:
    kind = FLOORS[key].kind
    if kind is Kind.HOURS:
        return "–".join(value)
    if kind is Kind.SHARE:
        return f"{100.0 * value:g}%"
    if kind is Kind.CODES:
        return _listed(_code(key, one) for one in value) or say(message("无"))
    if kind is Kind.GROUPS:
        return say(message("；")).join(_listed(_code(key, one) for one in group) for group in value)
    if kind is Kind.WHOLE:
        return _unit(key, value)
    return str(value)


def _listed(words: Any) -> str:
    return say(message("、")).join(words)


def _code(key: str, code: str) -> str:
    return label("day_kind" if key.startswith("closed_days.") else "identifier", code)


def _unit(key: str, count: int) -> str:
    if key.endswith("_d"):
        return say(message("%(count)d 天", count=count))
    if key.endswith("_h"):
        return say(message("%(count)d 小时", count=count))
    if key.endswith("_min"):
        return say(message("%(count)d 分钟", count=count))
    if key.endswith("_y"):
        return say(message("%(count)d 岁", count=count))
    if key == "crew.min_officers":
        return say(message("%(count)d 人", count=count))
    return say(message("%(count)d 项", count=count))
