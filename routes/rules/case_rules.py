"""Rules about a case and its debtor: may there be a field action at all (LAW.md A, E, N)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from geo.messages import message
from routes.case_steps import in_contact
from routes.facts import fact_text
from routes.items import ThirdPartyClaim
from routes.measures import MeasureKind
from routes.model import CaseKind, CaseStatus, DebtorKind, Grade, Situation, Verdict
from routes.rules.citations import cite
from routes.rules.measure_facts import ItemFacts, step_in_short
from routes.rules.registry import CaseFacts, ClaimFacts, Rule, Said, rule
from routes.rules.signoffs import Role

__all__ = ["CASE_RULES", "military", "objection"]


def _case(facts: CaseFacts) -> str:
    return f"case:{facts.case.id}"


def _asked(facts: CaseFacts) -> str:
    """Return for what a signature is asked: the step where one is to be taken, else the case."""
    return _case(facts) if facts.step is None else f"step:{facts.step.id}"


def _rests_on(facts: CaseFacts, *of_case: object) -> tuple[str, ...]:
    return (*map(fact_text, of_case), *step_in_short(facts.step, facts.starts_at))


def _objected_to(facts: CaseFacts | ItemFacts) -> tuple[str, ...]:
    if not isinstance(facts, CaseFacts):
        return ()  # of property nothing is signed here
    case = facts.case
    return _rests_on(facts, case.objection_pending, case.kind, case.claim_yuan)


@rule(
    "A1",
    message("有生效的执行依据，且已送达、履行期限已届满"),
    Verdict.BLOCK,
    cites=(
        cite("CPL", 235, 247),
        cite("COMP", 2),
    ),
)
def lawful_instrument(facts: CaseFacts) -> Iterator[Said]:
    """No visit without an effective instrument, served, whose performance date has passed."""
    case, subject = facts.case, _case(facts)
    if not (case.basis_document or "").strip():
        yield Verdict.BLOCK, subject, message("缺少执行依据文号，请补录生效法律文书文号")
    if case.basis_served_on is None:
        yield Verdict.BLOCK, subject, message("缺少执行依据的送达日期，请核对送达回证后补录")
    elif case.basis_served_on > facts.on:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "执行依据送达日期 %(day)s 晚于走访日期，请核对",
                day=case.basis_served_on.isoformat(),
            ),
        )
    if case.performance_due_on is None:
        yield (
            Verdict.BLOCK,
            subject,
            message("缺少履行期限届满日，请按法律文书补录（未定期限的填送达日）"),
        )
    elif case.performance_due_on >= facts.on:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "履行期限至 %(day)s 尚未届满，届满次日起方可执行",
                day=case.performance_due_on.isoformat(),
            ),
        )


@rule(
    "A2",
    message("执行通知已发出"),
    Verdict.WARN,
    Verdict.TIMER,
    cites=(
        cite("CPL", 251),
        cite("CPI", 480),
        cite("EPI", 22),
    ),
    parameters=("notice.due_d", "notice.after_measures_d", "notice.alert_d"),
)
def notice_sent(facts: CaseFacts) -> Iterator[Said]:
    """Warn and set a timer while the enforcement notice is not out; nobody need wait for it."""
    sent_on, profile = facts.case.notice_sent_on, facts.profile
    if sent_on is not None and sent_on <= facts.on:
        return
    due_on = facts.case.filed_on + timedelta(days=profile.notice_due_d)
    yield (
        Verdict.WARN,
        _case(facts),
        message(
            "执行通知尚未发出，应于 %(day)s 前（立案后 %(days)d 日内）发出",
            day=due_on.isoformat(),
            days=profile.notice_due_d,
        ),
    )
    yield (
        Verdict.TIMER,
        _case(facts),
        message(
            "如立即采取强制执行措施，应同时或自采取之日起 %(days)d 日内发出执行通知",
            days=profile.notice_after_measures_d,
        ),
    )


@rule(
    "A3",
    message("执行未中止、未终结、未和解"),
    Verdict.BLOCK,
    cites=(cite("CPL", 241, 242, 267, 268),),
)
def not_stayed(facts: CaseFacts) -> Iterator[Said]:
    """A stayed, settled or ended enforcement allows no visit until resumption is recorded."""
    texts = {
        CaseStatus.STAYED: message(
            "执行已中止或暂缓，恢复执行登记前不得走访；具备恢复条件的，请裁定恢复并登记"
        ),
        CaseStatus.SETTLED: message(
            "当事人已和解，恢复执行登记前不得走访；未按协议履行的，请登记恢复执行"
        ),
        CaseStatus.ENDED: message("执行已终结或结案，不得走访；确需恢复执行的，请另行立案"),
    }
    if (text := texts.get(facts.case.status)) is not None:
        yield Verdict.BLOCK, _case(facts), text


@rule("A4", message("被执行人未被受理破产"), Verdict.BLOCK, cites=(cite("BKR", 19),))
def not_bankrupt(facts: CaseFacts) -> Iterator[Said]:
    """Enforcement stops when the debtor's bankruptcy is accepted."""
    if facts.case.status is CaseStatus.BANKRUPTCY:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message(
                "被执行人的破产申请已受理，不得走访；请裁定中止执行，"
                "并告知申请执行人向管理人申报债权"
            ),
        )


@rule(
    "A5",
    message("没有未决的执行行为异议；案外人异议期间不处分该财产，异议成立的不再执行"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("CPL", 236, 238), cite("EPI", 9, 15, 16)),
    rests_on=_objected_to,
)
def objection(facts: CaseFacts | ItemFacts) -> Iterator[Said]:
    """Sign for going on under an objection to conduct; keep what a third party claims unsold.

    Whether a third party objects is asked of each piece of property: what nobody asked may be
    an objection that was upheld.
    """
    if isinstance(facts, CaseFacts):
        if facts.case.objection_pending is None:
            yield (
                Verdict.SIGN_OFF,
                _asked(facts),
                message("未核实有无执行行为异议，请向立案、审查部门询问后登记；未登记的须签批"),
            )
        elif facts.case.objection_pending:
            yield (
                Verdict.SIGN_OFF,
                _asked(facts),
                message("执行行为异议审查中，执行不停止；继续执行须签批，异议审结后请更新案件"),
            )
        return
    claim = facts.item.third_party_claim
    if claim is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实有无案外人异议，请询问在场人、核对异议登记，并登记有无及其进展"),
        )
    elif claim is ThirdPartyClaim.UPHELD:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("案外人异议成立，对该财产中止执行；请解除查封或等待审判监督、异议之诉的结果"),
        )
    elif claim is ThirdPartyClaim.PENDING and facts.item.to_be_sold:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("案外人异议或异议之诉未决，不得处分该财产；可以查封，审结后再处分"),
        )


@rule(
    "A6",
    message("重大事项经合议并报院长"),
    Verdict.SIGN_OFF,
    cites=(cite("ENF", 5),),
    signed_by=Role.PRESIDENT,
    rests_on=lambda facts: _rests_on(facts, facts.case.kind, facts.case.major_matter),
)
def major_matter(facts: CaseFacts) -> Iterator[Said]:
    """A major matter needs three officers to confer and the president's approval.

    An eviction is one by the court's list, whatever its entry says and whatever the case is about.
    What nobody looked into may be one.
    """
    evicting = facts.step is not None and facts.step.kind is MeasureKind.EVICTION
    if facts.case.major_matter or facts.case.kind is CaseKind.EVICTION or evicting:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message("重大事项：须三名以上执行员讨论，报院长批准，并登记批准文号"),
        )
    elif facts.case.major_matter is None:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message("未核实是否重大事项（群体性、媒体关注等），请核实后登记；未登记的须报院长批准"),
        )


@rule(
    "A9",
    message("不直接走访现役军人和军事场所"),
    Verdict.BLOCK,
    cites=(cite("POLICY", "A9"), cite("CPL", 92), cite("ENT", 3)),
)
def military(facts: CaseFacts | ClaimFacts) -> Iterator[Said]:
    """Papers for who serves go through the unit; nobody drives up to a military site."""
    if isinstance(facts, CaseFacts):
        if facts.debtor.situation is Situation.MILITARY_SERVICE:
            yield (
                Verdict.BLOCK,
                f"debtor:{facts.debtor.id}",
                message(
                    "被执行人是现役军人，不得直接走访；请经其所在部队团以上单位的政治机关转交文书，"
                    "并考虑委托军事法院"
                ),
            )
    elif facts.claim.military_site:
        yield (
            Verdict.BLOCK,
            f"claim:{facts.claim.id}",
            message("地址在军事场所，不得直接走访；请与该单位政治机关联系，并考虑委托军事法院"),
        )


@rule(
    "A10",
    message("不走访被监禁或被采取强制性教育措施的人"),
    Verdict.BLOCK,
    Verdict.WARN,
    cites=(cite("CPL", 93),),
)
def held(facts: CaseFacts) -> Iterator[Said]:
    """Papers for who is held go through the institution.

    Warn of a person of whom nobody asked it, nor whether the person serves (A9).
    """
    if facts.debtor.situation is None:
        if facts.debtor.kind is DebtorKind.PERSON:
            yield (
                Verdict.WARN,
                f"debtor:{facts.debtor.id}",
                message("未核实被执行人是否服现役、被监禁或被采取强制性教育措施，请查询后登记"),
            )
        return
    texts = {
        Situation.IMPRISONED: message("被执行人被监禁，不得走访；请经其所在监所转交文书"),
        Situation.COMPULSORY_EDUCATION: message(
            "被执行人被采取强制性教育措施，不得走访；请经其所在强制性教育机构转交文书"
        ),
    }
    if (text := texts.get(facts.debtor.situation)) is not None:
        yield Verdict.BLOCK, f"debtor:{facts.debtor.id}", text


@rule(
    "E3",
    message("特殊人员得到照护"),
    Verdict.SIGN_OFF,
    cites=(
        cite("ACC", 41),
        cite("POLICY", "E3"),
    ),
    rests_on=lambda facts: _rests_on(facts, frozenset(facts.case.vulnerable or ())),
)
def vulnerable_people(facts: CaseFacts) -> Iterator[Said]:
    """Vulnerable people at the address ask for a sign-off and care, never for less care.

    Where nobody asked, there may be some.
    """
    if facts.case.vulnerable is None:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message(
                "未核实地址有无特殊人员（未成年、老年、残疾、孕妇或重病），请询问当事人、"
                "网格联络员后登记；未登记的须签批"
            ),
        )
    elif facts.case.vulnerable:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message(
                "涉及特殊人员（未成年、老年、残疾、孕妇或重病）：须签批安置、医护、手语或无障碍车辆等"
                "安排，并避开考试日"
            ),
        )


@rule("N2", message("红名单不走访"), Verdict.BLOCK, cites=(cite("POLICY", "N2"),))
def red_list(facts: CaseFacts) -> Iterator[Said]:
    """Who performs in good faith is not visited."""
    if facts.case.grade is Grade.RED:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message("被执行人在红名单（守信履行），不得走访；不再守信履行的，请先移出红名单"),
        )


@rule(
    "N3",
    message("白名单先联系"),
    Verdict.SIGN_OFF,
    cites=(cite("POLICY", "N3"),),
    parameters=("contact.valid_d",),
    rests_on=lambda facts: _rests_on(facts, facts.case.grade, facts.case.contact_logged_on),
)
def white_list(facts: CaseFacts) -> Iterator[Said]:
    """The white list gets a call or letter first; one that is too old does not count."""
    contact_on, valid_d = facts.case.contact_logged_on, facts.profile.contact_valid_d
    if facts.case.grade is not Grade.WHITE or in_contact(contact_on, facts.on, valid_d=valid_d):
        return
    if contact_on is None or contact_on > facts.on:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message("白名单被执行人没有联系记录，请先电话或信函联系并登记，否则须签批"),
        )
    else:
        yield (
            Verdict.SIGN_OFF,
            _asked(facts),
            message(
                "白名单被执行人最近联系在 %(day)s，已超过 %(days)d 日，请重新联系，否则须签批",
                day=contact_on.isoformat(),
                days=valid_d,
            ),
        )


@rule("N4", message("黑名单只提高次序，不扩大权力"), cites=(cite("POLICY", "N4"),))
def black_list(_facts: CaseFacts) -> Iterator[Said]:
    """Say nothing: the black list orders work (the value of a visit) and gives no power."""
    yield from ()


@rule(
    "N5",
    message("承诺、信用修复、分期履行（蓄水养鱼）期内不走访"),
    Verdict.BLOCK,
    Verdict.WARN,
    cites=(
        cite("CPL", 241),
        cite("POLICY", "N5"),
    ),
    parameters=("instalments.grace_d",),
)
def promise_running(facts: CaseFacts) -> Iterator[Said]:
    """No visit while a promise, credit repair or instalment plan runs, or until it is closed.

    A plan of instalments runs until its last day while each came in by its day and the days
    of grace; the first that did not ends it. A term that was agreed beside it stands by itself.
    """
    case, until = facts.case, facts.case.paused_until
    missed_on = _missed_on(facts)
    if until is not None and until >= facts.on:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message("暂缓履行至 %(day)s，期内不得走访；请改在次日以后", day=until.isoformat()),
        )
    elif case.instalments and missed_on is None and _plan_ends_on(facts) >= facts.on:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message(
                "分期履行（蓄水养鱼）各期均按期收到，计划至 %(day)s，期内不得走访；"
                "有一期未按期收到的，登记后即可走访",
                day=_plan_ends_on(facts).isoformat(),
            ),
        )
    elif case.status is CaseStatus.PAUSED and until is not None:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message(
                "暂缓履行已于 %(day)s 到期而未登记恢复执行，请核实履行情况并更新案件状态",
                day=until.isoformat(),
            ),
        )
    elif missed_on is not None:
        yield (
            Verdict.WARN,
            _case(facts),
            message(
                "分期履行 %(day)s 到期的一期未按期收到，计划失效；走访前请核对到账并登记恢复执行",
                day=missed_on.isoformat(),
            ),
        )
    elif case.status is CaseStatus.PAUSED:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message("案件为暂缓履行而未登记截止日，请补录暂停至何日"),
        )


def _missed_on(facts: CaseFacts) -> date | None:
    """Return the due day of the first instalment that did not come in by its last day."""
    grace = timedelta(days=facts.profile.instalment_grace_d)
    missed = (
        one.due_on
        for one in facts.case.instalments
        if min(one.received_on or date.max, facts.on) > one.due_on + grace
    )
    return min(missed, default=None)


def _plan_ends_on(facts: CaseFacts) -> date:
    """Return the last day of the plan, days of grace included while its payment is open."""
    grace = timedelta(days=facts.profile.instalment_grace_d)
    return max(
        one.due_on if one.received_on else one.due_on + grace for one in facts.case.instalments
    )


CASE_RULES: tuple[Rule[CaseFacts], ...] = (
    lawful_instrument,
    notice_sent,
    not_stayed,
    not_bankrupt,
    objection,
    major_matter,
    military,
    held,
    vulnerable_people,
    red_list,
    white_list,
    black_list,
    promise_running,
)
"""Rules that :func:`routes.rules.check_case` runs, in this order."""
