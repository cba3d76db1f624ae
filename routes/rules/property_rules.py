"""Rules about search, seizure, single items and eviction (LAW.md S, Z and E)."""

from __future__ import annotations

from collections.abc import Iterator

from geo.localtime import local_day
from geo.messages import message
from routes.documents import Approver, DocumentKind
from routes.facts import fact_text
from routes.items import ASSET_YEARS, AssetKind, Holder, ItemUse
from routes.measures import ActKind, Arrangement, MeasureKind
from routes.model import DebtorKind, Verdict
from routes.rules.citations import cite
from routes.rules.clocks import seizure_ends_on
from routes.rules.measure_facts import (
    ItemFacts,
    StepFacts,
    document_fault,
    item_facts,
    lacks_document,
    not_told,
)
from routes.rules.registry import Rule, Said, rule

__all__ = ["EVICTION_RULES", "ITEM_RULES", "SEARCH_RULES", "SEIZURE_RULES"]

_UNREGISTERED = frozenset({AssetKind.MOVABLE, AssetKind.OTHER_RIGHT})
"""Kinds of property of which some are in no register."""


def _item_document(facts: ItemFacts, kind: DocumentKind, verdict: Verdict) -> Iterator[Said]:
    fault = document_fault(facts.item.document(kind), kind, by=None, on=facts.on)
    if fault is not None:
        yield verdict, facts.subject, fault


def _not_arranged(facts: StepFacts, *needed: Arrangement) -> Iterator[Said]:
    for arrangement in needed:
        if arrangement not in facts.step.arrangements:
            yield (
                Verdict.BLOCK,
                facts.subject,
                message("没有安排：%(arrangement)s，请安排并登记", arrangement=arrangement.label),
            )


@rule(
    "S1",
    message("搜查有院长签发的搜查令，且已责令交出而拒不交出"),
    Verdict.BLOCK,
    cites=(cite("CPL", 259), cite("CPI", 494)),
)
def search_warrant(facts: StepFacts) -> Iterator[Said]:
    """No search without a warrant and a refused order to hand over."""
    step = facts.step
    if step.kind is not MeasureKind.SEARCH:
        return
    yield from lacks_document(facts, DocumentKind.SEARCH_WARRANT, Approver.PRESIDENT)
    yield from lacks_document(facts, DocumentKind.HANDOVER_ORDER, None)
    if step.first(ActKind.HANDOVER_REFUSED, until=facts.at) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未登记拒不交出的情况，请先责令交出隐匿的财产或资料，被拒绝并记明后再搜查"),
        )


@rule(
    "S2",
    message("搜查时着装出示搜查令和证件，通知到场，禁止无关人员进入"),
    Verdict.BLOCK,
    cites=(cite("CPI", 495, 496),),
)
def search_presence(facts: StepFacts) -> Iterator[Said]:
    """A search is shown, closed to outsiders, and told to those whom the law names."""
    if facts.step.kind is MeasureKind.SEARCH:
        yield from _not_arranged(facts, Arrangement.UNIFORM_AND_CARDS, Arrangement.CORDON)
        yield from not_told(facts)


@rule(
    "S3",
    message("责令开启被拒绝后方可强制开启"),
    Verdict.BLOCK,
    cites=(cite("INV", 14),),
)
def forced_opening(facts: StepFacts) -> Iterator[Said]:
    """Nothing is opened by force before the order to open it was refused.

    Where doors or boxes may be shut, somebody says beforehand whether they are to be opened.
    """
    step = facts.step
    opened_at = step.first(ActKind.OPENED_BY_FORCE)
    if step.kind.may_open and step.forced_opening is None and opened_at is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实是否须强制开启，请核实后登记"),
        )
    if not step.forced_opening and opened_at is None:
        return
    before = facts.at if opened_at is None else opened_at
    refused_at = step.first(ActKind.OPENING_REFUSED, until=before)
    if refused_at is None or step.first(ActKind.OPENING_ORDERED, until=refused_at) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("强制开启前须先责令开启并记明拒不配合，请补正程序后再开启"),
        )


@rule("Z1", message("查封、扣押有裁定书"), Verdict.BLOCK, cites=(cite("SEZ", 1),))
def seizure_ruling(facts: StepFacts) -> Iterator[Said]:
    """No seizure without a ruling."""
    if facts.step.kind.seizes:
        yield from lacks_document(facts, DocumentKind.SEIZURE_RULING, None)


@rule(
    "Z2",
    message("查封、扣押通知被执行人或成年家属（单位负责人）到场，基层组织派人参加"),
    Verdict.BLOCK,
    cites=(cite("CPL", 256),),
)
def seizure_presence(facts: StepFacts) -> Iterator[Said]:
    """A seizure is told to those whom the law names."""
    if facts.step.kind.seizes:
        yield from not_told(facts)


@rule(
    "Z3",
    message("查封、扣押造具清单，在场人签名，交一份"),
    Verdict.BLOCK,
    cites=(cite("CPL", 256), cite("COMP", 9)),
)
def seizure_inventory(facts: StepFacts) -> Iterator[Said]:
    """The record is not closed before the inventory is signed and a copy handed over."""
    if not facts.step.kind.seizes or not facts.closing:
        return
    yield from lacks_document(facts, DocumentKind.INVENTORY, None, on=local_day(facts.now))
    if facts.step.first(ActKind.INVENTORY_SIGNED) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("清单未经在场人签名或盖章，请补签；拒签的记明情况，否则由法院承担举证责任"),
        )
    if facts.step.first(ActKind.INVENTORY_COPY_GIVEN) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("清单没有交付，请交被执行人（或成年家属）一份并登记"),
        )


@rule(
    "Z4",
    message("生活必需品、必需费用、义务教育用品等不得查封"),
    Verdict.BLOCK,
    cites=(cite("CPL", 254, 255), cite("SEZ", 3)),
)
def exempt_item(facts: ItemFacts) -> Iterator[Said]:
    """What the debtor and the family need to live is left to them."""
    if facts.item.use is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实财产用途，请核实是否为生活必需、义务教育、医疗辅助等用品后登记"),
        )
    elif facts.item.use.exempt:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("属于依法不得查封的财产，请从清单中去掉并留给被执行人"),
        )


@rule(
    "Z5",
    message("生活必需的居住房屋可查封，处置须有居住保障"),
    Verdict.SIGN_OFF,
    cites=(cite("SEZ", 4, 5),),
    rests_on=lambda facts: (
        facts.step_kind,
        *item_facts(facts.item),
        fact_text(facts.item.document(DocumentKind.HOUSING_SAFEGUARD)),
    ),
)
def essential_home(facts: ItemFacts) -> Iterator[Said]:
    """An essential home may be seized; it is sold only with safeguards."""
    if facts.item.use is ItemUse.ESSENTIAL_HOME and facts.item.to_be_sold:
        yield from _item_document(facts, DocumentKind.HOUSING_SAFEGUARD, Verdict.SIGN_OFF)


@rule(
    "Z6",
    message("不得明显超标的额查封；在营企业先用活封"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    Verdict.WARN,
    cites=(cite("CPL", 253), cite("SEZ", 10, 19), cite("GOODFAITH")),
    parameters=("seizure.excess_share", "seizure.costs_share"),
    rests_on=lambda facts: (
        facts.step_kind,
        *item_facts(facts.item),
        *map(fact_text, (facts.debt_yuan, facts.costs_yuan, facts.recorded_yuan)),
        *map(fact_text, (facts.held_yuan, facts.in_operation)),
    ),
)
def proportion(facts: ItemFacts) -> Iterator[Said]:
    """Seize no more than debt and costs, and let a working company go on working.

    What is held already counts. "Clearly" above is a share of debt and costs that the profile
    sets. Of the debt that was typed and the one on the case's record the lesser counts, and costs
    beyond a share of it are signed for, so that what is at risk is never made to look small. Things
    that a company in operation produces with are put under live seizure first.
    """
    item, subject = facts.item, facts.subject
    amounts = (item.value_yuan, facts.debt_yuan, facts.costs_yuan, facts.held_yuan)
    value, debt, costs, held = amounts
    if debt is not None:
        yield from _against_record(facts, debt)
        debt = debt if facts.recorded_yuan is None else min(debt, facts.recorded_yuan)
    if debt is not None and costs is not None:
        yield from _costs_too_high(facts, debt, costs)
    if value is None or debt is None or costs is None or held is None:
        yield (
            Verdict.BLOCK,
            subject,
            message("缺少财产估值、债权余额、执行费用或已查封价值，请补录后核对是否超标的额"),
        )
    elif held + value > (debt + costs) * (1.0 + facts.profile.seizure_excess_share):
        if item.indivisible and item.nothing_else:
            yield (
                Verdict.SIGN_OFF,
                subject,
                message("价值超过债权及费用，因不可分割且无其他财产可供执行，须签批理由"),
            )
        else:
            yield (
                Verdict.BLOCK,
                subject,
                message(
                    "连同已查封财产，价值明显超过债权及费用，请改查较小的财产、分割查封或先解除超出部分"
                ),
            )
    if (
        facts.step_kind is MeasureKind.SEIZURE
        and facts.debtor.kind is DebtorKind.COMPANY
        and facts.in_operation is not False
        and item.use in (ItemUse.PRODUCTION, None)
    ):
        yield (
            Verdict.SIGN_OFF,
            subject,
            message(
                "企业在营（或未核实），生产经营财产请先用活封：指定其保管并允许继续使用；"
                "确不适宜的，签批理由"
            ),
        )


def _costs_too_high(facts: ItemFacts, debt_yuan: float, costs_yuan: float) -> Iterator[Said]:
    """Ask for a signature on typed costs that the debt does not bear out.

    Nothing on record checks them, and each yuan of them lets more be seized.
    """
    share = facts.profile.seizure_costs_share
    if costs_yuan > debt_yuan * share:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message(
                "登记的执行费用超过债权余额的 %(percent)d%%，请核对申请执行费、评估、保管等费用"
                "的票据后更正；确有必要的，签批理由",
                percent=round(share * 100.0),
            ),
        )


def _against_record(facts: ItemFacts, debt_yuan: float) -> Iterator[Said]:
    """Ask where the debt that was typed is not the one on the case's record."""
    if facts.recorded_yuan is None:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message("案件没有登记执行标的额，登记的债权余额无从核对；请补录标的额，否则须签批"),
        )
    elif debt_yuan != facts.recorded_yuan:
        yield (
            Verdict.WARN,
            facts.subject,
            message(
                "登记的债权余额与案件的执行标的额不同，按较小的计算；请核对已收款项和利息，"
                "标的额有变化的先更正案件"
            ),
        )


@rule(
    "Z7",
    message("第三人占有或登记的财产须经其书面确认"),
    Verdict.BLOCK,
    cites=(cite("SEZ", 2),),
)
def third_party(facts: ItemFacts) -> Iterator[Said]:
    """What another holds or is registered for is seized on written confirmation only.

    Land, houses and deposits are in somebody's name: "in no register" then means that nobody
    looked, or that papers of title must say whose they are.
    """
    owners = (facts.item.held_by, facts.item.registered_to)
    if Holder.NOT_REGISTRABLE is facts.item.registered_to and facts.item.asset not in _UNREGISTERED:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "该种财产应有登记或户名（未登记财产种类的亦同），请查询后登记权利人；"
                "未登记的房屋、土地，请依审批文件等证据核实权利人后登记"
            ),
        )
    if None in owners or facts.item.held_by is Holder.NOT_REGISTRABLE:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实占有人或登记权利人，请查询登记并核实占有情况后登记"),
        )
    elif Holder.THIRD_PARTY in owners:
        yield from _item_document(facts, DocumentKind.OWNER_CONFIRMATION, Verdict.BLOCK)


@rule(
    "Z8",
    message("查封期限：存款一年，动产两年，不动产和其他财产权三年"),
    Verdict.TIMER,
    cites=(cite("CPI", 485),),
    parameters=("seizure.alert_d",),
)
def seizure_expiry(facts: ItemFacts) -> Iterator[Said]:
    """Name the day on which a seizure lapses unless it is renewed before."""
    item = facts.item
    if item.asset is None:
        yield (
            Verdict.TIMER,
            facts.subject,
            message("未登记财产种类，查封期限暂按最短的一年计算，请补录"),
        )
    last = seizure_ends_on(item)
    if last is None:
        if item.asset is not None:
            yield (
                Verdict.TIMER,
                facts.subject,
                message("查封期限最长 %(years)d 年，自查封之日登记", years=ASSET_YEARS[item.asset]),
            )
    elif facts.on <= last:
        yield (
            Verdict.TIMER,
            facts.subject,
            message("查封至 %(day)s 届满，请在届满前办理续行手续", day=last.isoformat()),
        )
    else:
        yield (
            Verdict.TIMER,
            facts.subject,
            message("查封已于 %(day)s 届满失效，请重新办理查封", day=last.isoformat()),
        )


@rule(
    "E1",
    message("强制迁出有院长签发的公告，且期限已过"),
    Verdict.BLOCK,
    cites=(cite("CPL", 261),),
)
def eviction_notice(facts: StepFacts) -> Iterator[Said]:
    """No eviction without the president's notice, nor before its last day has passed.

    The notice orders the debtor out within a time: one that ends with its own day leaves none.
    """
    step = facts.step
    if step.kind is not MeasureKind.EVICTION:
        return
    yield from lacks_document(facts, DocumentKind.EVICTION_NOTICE, Approver.PRESIDENT)
    notice = step.document(DocumentKind.EVICTION_NOTICE)
    noticed_on = None if notice is None else notice.approved_on
    if step.notice_ends_on is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("没有登记公告指定的履行期限，请补录期限届满日"),
        )
    elif step.notice_ends_on >= facts.on:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "公告期限至 %(day)s 尚未届满，请改在次日以后",
                day=step.notice_ends_on.isoformat(),
            ),
        )
    elif noticed_on is not None and step.notice_ends_on <= noticed_on:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "公告期限届满日 %(day)s 不晚于公告签发日期，没有留给被执行人履行的时间，"
                "请核对公告后更正",
                day=step.notice_ends_on.isoformat(),
            ),
        )


@rule(
    "E2",
    message("强制迁出通知到场，并备好搬运和存放"),
    Verdict.BLOCK,
    cites=(cite("CPL", 261),),
)
def eviction_presence(facts: StepFacts) -> Iterator[Said]:
    """An eviction is told to those whom the law names; the goods have a way and a place."""
    if facts.step.kind is MeasureKind.EVICTION:
        yield from not_told(facts)
        yield from _not_arranged(facts, Arrangement.TRANSPORT, Arrangement.STORAGE)


SEARCH_RULES: tuple[Rule[StepFacts], ...] = (search_warrant, search_presence, forced_opening)
"""Rules about search; the last one holds for every step that opens by force."""

SEIZURE_RULES: tuple[Rule[StepFacts], ...] = (seizure_ruling, seizure_presence, seizure_inventory)
"""Rules about a seizure as a whole."""

ITEM_RULES: tuple[Rule[ItemFacts], ...] = (
    exempt_item,
    essential_home,
    proportion,
    third_party,
    seizure_expiry,
)
"""Rules about one item of a seizure."""

EVICTION_RULES: tuple[Rule[StepFacts], ...] = (eviction_notice, eviction_presence)
"""Rules about eviction."""
