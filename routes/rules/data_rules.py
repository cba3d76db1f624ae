"""Rules about records, shares, displays and decisions (LAW.md P; P4 stands with claims)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from geo.messages import message
from routes.data_types import DataType
from routes.facts import facts_of
from routes.model import Verdict
from routes.rules.citations import cite
from routes.rules.data_facts import (
    Audience,
    AuditFacts,
    DecisionFacts,
    DestinationFacts,
    DisplayFacts,
    Host,
    MapFacts,
    RecordFacts,
    SharedField,
    ShareFacts,
    VendorFacts,
)
from routes.rules.registry import Rule, Said, rule

__all__ = [
    "AUDIT_RULES",
    "DECISION_RULES",
    "DESTINATION_RULES",
    "DISPLAY_RULES",
    "LINK_RULES",
    "MAP_RULES",
    "RECORD_RULES",
    "SHARE_RULES",
    "UNRELATED_RULES",
    "VENDOR_RULES",
]

_ASSESSMENT_D = 3 * 365
"""Days after which an impact assessment is asked for anew; it is kept for three years."""

_UNRELATED = frozenset(
    {
        DataType.RELATIVE,
        DataType.NEIGHBOUR,
        DataType.RELIGION,
        DataType.ETHNICITY,
        DataType.POLITICS,
        DataType.BIOMETRICS,
    }
)

_FOR_PARTNERS = frozenset(
    {
        SharedField.PLACE,
        SharedField.TIME,
        SharedField.HAZARD,
        SharedField.ESCORT,
        SharedField.ANSWER,
    }
)

_OF_MINORS = frozenset({SharedField.NAME, SharedField.IMAGE, SharedField.HOME, SharedField.SCHOOL})


@rule(
    "P1",
    message("记录有法定目的并与案件相关联"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 6, 13, 34),),
)
def linked_to_case(facts: RecordFacts) -> Iterator[Said]:
    """A record without a task of the court, or that belongs to no such case, is not held."""
    if facts.linked is not True:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("%(type)s与本案没有关联，请核对后重新关联", type=facts.data_type.label),
        )
    if facts.purpose is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("%(type)s没有履行职责的目的，不得保存；请删去", type=facts.data_type.label),
        )


@rule(
    "P2",
    message("不收集与案件无关的信息"),
    Verdict.BLOCK,
    cites=(cite("INV", 25), cite("PIPL", 6)),
)
def unrelated_data(facts: RecordFacts) -> Iterator[Said]:
    """Block fields on relatives, neighbours, religion, origin, politics and biometrics."""
    if facts.data_type in _UNRELATED:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "%(type)s与执行无关，不得收集；请删去这一列（核对同名只记相符或不符）",
                type=facts.data_type.label,
            ),
        )


@rule(
    "P3",
    message("敏感个人信息加密、有影响评估"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    Verdict.WARN,
    cites=(cite("PIPL", 28, 51, 55, 56),),
    rests_on=lambda facts: facts_of(facts, but=("subject", "on", "expires_on", "purpose_done")),
)
def sensitive_data(facts: RecordFacts) -> Iterator[Said]:
    """Sensitive data are encrypted; an impact assessment no older than three years is there.

    Fields beside them that stay readable are named, so that the assessment weighs them.
    """
    if not facts.data_type.sensitive:
        return
    if facts.encrypted is not True:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("%(type)s未加密保存，请先启用加密", type=facts.data_type.label),
        )
    for each in facts.readable:
        yield (
            Verdict.WARN,
            facts.subject,
            message(
                "%(type)s中的%(field)s未加密，只凭去标识化和权限保护；请在影响评估中写明",
                type=facts.data_type.label,
                field=each,
            ),
        )
    made = facts.assessment
    if made is None or not made.document.strip() or made.made_on > facts.on:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message(
                "%(type)s是敏感个人信息，缺少影响评估；请评估并登记文号（报告至少保存三年）",
                type=facts.data_type.label,
            ),
        )
    elif facts.on - made.made_on >= timedelta(days=_ASSESSMENT_D):
        yield (
            Verdict.WARN,
            facts.subject,
            message("影响评估作于 %(day)s，已逾三年，请重新评估", day=made.made_on.isoformat()),
        )


@rule(
    "P5",
    message("记录未到期、目的未完成"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 19, 47),),
    parameters=(
        "retention.case_d",
        "retention.plan_d",
        "retention.record_d",
        "retention.quarantine_d",
        "retention.live_d",
    ),
)
def record_over(facts: RecordFacts) -> Iterator[Said]:
    """A record past its term or task is not used; the last day still counts."""
    if facts.expires_on is not None and facts.expires_on < facts.on:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "%(type)s已于 %(day)s 到期，不得使用；请删除或封存",
                type=facts.data_type.label,
                day=facts.expires_on.isoformat(),
            ),
        )
    if facts.purpose_done:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("%(type)s的使用目的已完成，不得再用；请删除或封存", type=facts.data_type.label),
        )


@rule(
    "P6",
    message("共享须登录、限于一次行动、到期失效、有水印，只含必要内容"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 25, 51), cite("DSL", 38), cite("CC", 1039)),
)
def share_limits(facts: ShareFacts) -> Iterator[Said]:
    """Block a share that is open, without end, of everything, or of more than a partner needs."""
    block, subject = Verdict.BLOCK, facts.subject
    if facts.public_link or not facts.needs_login:
        yield block, subject, message("共享须登录后查看，不得使用公开链接；请改为指定单位账户")
    if not (facts.action_id or "").strip():
        yield block, subject, message("共享须限于一次行动，请选择行动")
    if facts.expires_at is None:
        yield block, subject, message("共享须有失效时间，请填写")
    elif facts.expires_at <= facts.at:
        yield block, subject, message("共享的失效时间须晚于现在，请重新填写或另建共享")
    if not facts.watermarked:
        yield block, subject, message("共享页面须有水印，请启用")
    for each in sorted(facts.shows - _FOR_PARTNERS):
        yield (
            block,
            subject,
            message("协作单位不得看到%(field)s，请从共享内容中去掉", field=each.label),
        )


@rule(
    "P7",
    message("不显示未成年人的姓名、影像、住所和学校"),
    Verdict.BLOCK,
    cites=(cite("MIN", 103),),
)
def minors_unseen(facts: DisplayFacts) -> Iterator[Said]:
    """Outside the court nothing that leads to a minor is shown; unknown age counts as minor."""
    if facts.audience is Audience.COURT or facts.minor is False:
        return
    for each in sorted(facts.shows & _OF_MINORS):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "不得显示未成年人（或年龄不明的人）的%(field)s；请去掉，或先核对年龄",
                field=each.label,
            ),
        )


@rule(
    "P8",
    message("强制措施由人决定，排序不作决定"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 24),),
)
def person_decides(facts: DecisionFacts) -> Iterator[Said]:
    """A coercive step has a person's decision on this step, with the factors that were shown."""
    if not facts.coercive:
        return
    decision = facts.decision
    if decision is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("强制措施须由承办人决定并写明理由，系统排序不作决定；请登记决定"),
        )
        return
    if decision.subject != facts.subject:
        yield Verdict.BLOCK, facts.subject, message("登记的决定不是针对这一步骤，请重新决定")
    if not decision.factors:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("作决定时没有显示依据的因素，请查看后重新决定"),
        )


@rule(
    "P9",
    message("数据和底图不出境"),
    Verdict.BLOCK,
    cites=(cite("PIPL", 36),),
)
def stays_in_the_country(facts: DestinationFacts) -> Iterator[Said]:
    """Block servers elsewhere, but for roads by a district's name beside no cases."""
    if facts.host in (Host.OWN, Host.DOMESTIC):
        return
    if not facts.roads_by_name:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("不得使用境外或来源不明的底图、地理编码和网页资源；请改用本院服务器"),
        )
        return
    if facts.beside_cases is not False:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "数据目录中已有案件数据，不能按地名下载道路（数据不出境）；"
                "请用 --data-dir 指定空目录"
            ),
        )
    if not facts.by_administrator:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("按地名下载道路须由管理员进行，请联系管理员"),
        )


@rule(
    "P10",
    message("向社会公开的地图须经审核"),
    Verdict.BLOCK,
    cites=(cite("MAP", 15),),
)
def map_reviewed(facts: MapFacts) -> Iterator[Said]:
    """A map for the public carries the number of its review."""
    if facts.audience is Audience.PUBLIC and not (facts.review or "").strip():
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("公开的地图没有审图号，不得公开；请先送审并登记审图号"),
        )


@rule(
    "P11",
    message("运维单位按约定处理数据，不留副本"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("DSL", 40), cite("PIPL", 21)),
    rests_on=facts_of,
)
def vendor_limits(facts: VendorFacts) -> Iterator[Said]:
    """A vendor keeps no copy, and works under an agreement that somebody signed for."""
    if facts.keeps_copies is not False:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("运维单位不得留存数据副本；请收回或删除副本并登记"),
        )
    contract = (facts.contract or "").strip()
    yield (
        Verdict.SIGN_OFF,
        facts.subject,
        message("运维单位处理数据须签批，并登记委托协议文号")
        if contract
        else message("运维单位没有数据处理协议，请先签订协议；须签批并登记文号"),
    )


@rule(
    "P12",
    message("查看、导出和越过提示的操作均有不可改的日志"),
    Verdict.WARN,
    Verdict.CHECKLIST,
    cites=(
        cite("PIPL", 54, 57),
        cite("CPL", 246),
        cite("COMP", 1, 2),
    ),
)
def audited(facts: AuditFacts) -> Iterator[Said]:
    """Remind always of the log and the workflow of leaks; warn where the log is not verified."""
    if facts.intact is not True:
        yield (
            Verdict.WARN,
            facts.subject,
            message("审计日志未通过核验，请运行核验命令并报告管理员"),
        )
    yield (
        Verdict.CHECKLIST,
        facts.subject,
        message("定期核验审计日志；发现泄露立即补救、上报并通知本人；备好检察监督和赔偿的导出"),
    )


LINK_RULES: tuple[Rule[RecordFacts], ...] = (linked_to_case,)
"""Rules that go before all others of a record."""

RECORD_RULES: tuple[Rule[RecordFacts], ...] = (
    linked_to_case,
    unrelated_data,
    sensitive_data,
    record_over,
)
"""Rules about a record that is held or used."""

UNRELATED_RULES: tuple[Rule[RecordFacts], ...] = (unrelated_data,)
"""Of these, what is said of a kind of data alone."""

SHARE_RULES: tuple[Rule[ShareFacts], ...] = (share_limits,)
"""Rules about a share with a partner."""

DISPLAY_RULES: tuple[Rule[DisplayFacts], ...] = (minors_unseen,)
"""Rules about what is shown of a person."""

DECISION_RULES: tuple[Rule[DecisionFacts], ...] = (person_decides,)
"""Rules about who decides a coercive step."""

DESTINATION_RULES: tuple[Rule[DestinationFacts], ...] = (stays_in_the_country,)
"""Rules about servers that are asked."""

MAP_RULES: tuple[Rule[MapFacts], ...] = (map_reviewed,)
"""Rules about maps that are given out."""

VENDOR_RULES: tuple[Rule[VendorFacts], ...] = (vendor_limits,)
"""Rules about vendors."""

AUDIT_RULES: tuple[Rule[AuditFacts], ...] = (audited,)
"""Rules about the log."""
