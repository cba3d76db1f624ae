"""Rules about a case and its debtor: may there be a field action at all (LAW.md A, E, N)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from geo.messages import message
from routes.model import CaseStatus, Grade, Verdict
from routes.rules.citations import cite
from routes.rules.registry import CaseFacts, Rule, Said, rule
from routes.rules.signoffs import Role

__all__ = ["CASE_RULES"]


def _case(facts: CaseFacts) -> str:
    return f"case:{facts.case.id}"


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
        if facts.profile.performance_date_required:
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
        CaseStatus.STAYED: message("执行已中止或暂缓，恢复执行登记前不得走访"),
        CaseStatus.SETTLED: message("当事人已和解，恢复执行登记前不得走访"),
        CaseStatus.ENDED: message("执行已终结或结案，不得走访"),
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
            message("被执行人的破产申请已受理，执行应当中止，不得走访"),
        )


@rule(
    "A6",
    message("重大事项经合议并报院长"),
    Verdict.SIGN_OFF,
    cites=(cite("ENF", 5),),
    signed_by=Role.PRESIDENT,
)
def major_matter(facts: CaseFacts) -> Iterator[Said]:
    """A major matter needs three officers to confer and the president's approval."""
    if facts.case.major_matter:
        yield (
            Verdict.SIGN_OFF,
            _case(facts),
            message("重大事项：须三名以上执行员讨论，报院长批准，并登记批准文号"),
        )


@rule(
    "E3",
    message("特殊人员得到照护"),
    Verdict.SIGN_OFF,
    cites=(
        cite("ACC", 41),
        cite("POLICY", "E3"),
    ),
)
def vulnerable_people(facts: CaseFacts) -> Iterator[Said]:
    """Vulnerable people at the address ask for a sign-off and care, never for less care."""
    if facts.case.vulnerable:
        yield (
            Verdict.SIGN_OFF,
            _case(facts),
            message(
                "涉及特殊人员（未成年、老年、残疾、孕妇或重病）：须签批安置、医护、手语或无障碍车辆等"
                "安排，并避开考试日"
            ),
        )


@rule("N2", message("红名单不走访"), Verdict.BLOCK, cites=(cite("POLICY", "N2"),))
def red_list(facts: CaseFacts) -> Iterator[Said]:
    """Who performs in good faith is not visited."""
    if facts.case.grade is Grade.RED:
        yield Verdict.BLOCK, _case(facts), message("被执行人在红名单（守信履行），不得走访")


@rule("N3", message("白名单先联系"), Verdict.SIGN_OFF, cites=(cite("POLICY", "N3"),))
def white_list(facts: CaseFacts) -> Iterator[Said]:
    """The white list gets a call or letter first; one that is too old does not count."""
    if facts.case.grade is not Grade.WHITE:
        return
    contact_on, valid_d = facts.case.contact_logged_on, facts.profile.contact_valid_d
    if contact_on is None or contact_on > facts.on:
        yield (
            Verdict.SIGN_OFF,
            _case(facts),
            message("白名单被执行人没有联系记录，请先电话或信函联系并登记，否则须签批"),
        )
    elif facts.on - contact_on > timedelta(days=valid_d):
        yield (
            Verdict.SIGN_OFF,
            _case(facts),
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
    message("承诺、信用修复、分期履行期内不走访"),
    Verdict.BLOCK,
    cites=(
        cite("CPL", 241),
        cite("POLICY", "N5"),
    ),
)
def promise_running(facts: CaseFacts) -> Iterator[Said]:
    """No visit while a promise, credit repair or instalment plan runs, or until it is closed."""
    case, until = facts.case, facts.case.paused_until
    if until is not None and until >= facts.on:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message("暂缓履行至 %(day)s，期内不得走访", day=until.isoformat()),
        )
    elif case.status is CaseStatus.PAUSED and until is None:
        yield (
            Verdict.BLOCK,
            _case(facts),
            message("案件为暂缓履行而未登记截止日，请补录暂停至何日"),
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


CASE_RULES: tuple[Rule[CaseFacts], ...] = (
    lawful_instrument,
    notice_sent,
    not_stayed,
    not_bankrupt,
    major_matter,
    vulnerable_people,
    red_list,
    white_list,
    black_list,
    promise_running,
)
"""Rules that :func:`routes.rules.check_case` runs, in this order."""
