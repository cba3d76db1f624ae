"""What people read for the codes of steps, papers and property; part of the table of labels."""

from __future__ import annotations

from geo.messages import Message, message
from routes.documents import Approver, DocumentKind
from routes.measures import Arrangement, Attendee

__all__ = ["MEASURE_LABELS"]

MEASURE_LABELS: dict[str, dict[str, Message]] = {
    "measure_kind": {
        "visit": message("走访"),
        "service": message("送达"),
        "live_seizure": message("活封"),
        "seizure": message("查封、扣押"),
        "search": message("搜查"),
        "summons": message("拘传"),
        "detention": message("司法拘留"),
        "eviction": message("强制迁出"),
    },
    "step_state": {
        "draft": message("草稿"),
        "scheduled": message("已排期"),
        "closed": message("已结束"),
        "withdrawn": message("已撤回"),
    },
    "act_kind": {
        "consequences_told": message("已说明拒不到场的后果"),
        "controlled": message("人身受到控制"),
        "questioning_started": message("开始询问"),
        "questioning_ended": message("结束询问"),
        "released": message("让其离开"),
        "detained": message("实施拘留"),
        "president_reported": message("已报告院长"),
        "congress_reported": message("已报告人大"),
        "family_notified": message("已通知家属"),
        "family_notice_failed": message("无法通知家属，已记录在案"),
        "decision_received": message("被拘留人收到决定书"),
        "reconsideration_told": message("已告知复议权利"),
        "reconsideration_asked": message("申请复议"),
        "handover_refused": message("责令交出被拒绝"),
        "opening_ordered": message("责令开启"),
        "opening_refused": message("拒绝开启"),
        "opened_by_force": message("强制开启"),
        "inventory_signed": message("清单已签名（拒签的已记明）"),
        "inventory_copy_given": message("清单已交付一份"),
        "service_refused": message("拒绝签收"),
        "papers_left": message("留置送达"),
        "witness_signed": message("见证人签名"),
        "filmed": message("已拍照或录像"),
        "record_signed": message("执行笔录已签名（拒签的已记明）"),
    },
    "target_role": {
        "debtor": message("被执行人本人"),
        "legal_representative": message("法定代表人"),
        "head": message("负责人"),
        "actual_controller": message("实际控制人"),
        "other": message("其他人"),
    },
    "condition": {
        "mental_illness": message("精神病"),
        "isolating_infection": message("须隔离的传染病"),
        "life_threatening_illness": message("危及生命的重病"),
        "pregnant": message("怀孕"),
        "nursing_infant": message("哺乳未满一周岁婴儿"),
    },
    "deputy": {
        "no": message("不是"),
        "township": message("乡镇人大代表"),
        "county_or_above": message("县级以上人大代表"),
    },
    "recipient_role": {
        "addressee": message("受送达人本人"),
        "family_living_there": message("同住家属"),
        "company_reception": message("单位收件人员"),
        "agent": message("诉讼代理人、指定代收人"),
        "other": message("其他人"),
    },
    "police_gear": {
        "none": message("不携带"),
        "by_police": message("由司法警察携带"),
        "by_others": message("由其他人携带"),
    },
    "asset_kind": {
        "deposit": message("存款"),
        "movable": message("动产"),
        "real_estate": message("不动产"),
        "other_right": message("其他财产权"),
    },
    "item_use": {
        "daily_necessity": message("生活必需品"),
        "living_money": message("必需的生活费用"),
        "compulsory_school": message("义务教育用品"),
        "unpublished_work": message("未公开的发明或未发表的著作"),
        "medical_aid": message("医疗辅助用品"),
        "medal": message("勋章及荣誉表彰物品"),
        "treaty_exempt": message("条约规定免于查封的财产"),
        "otherwise_exempt": message("依法不得查封的其他财产"),
        "essential_home": message("生活必需的居住房屋"),
        "production": message("生产经营所用"),
        "ordinary": message("一般财产"),
    },
    "holder": {
        "debtor": message("被执行人"),
        "third_party": message("第三人"),
        "not_registrable": message("无须登记"),
    },
    "third_party_claim": {
        "none": message("已核实，没有异议"),
        "pending": message("异议或诉讼未决"),
        "upheld": message("异议成立"),
    },
    "attendee": {each.value: each.label for each in Attendee},
    "arrangement": {each.value: each.label for each in Arrangement},
    "document_kind": {each.value: each.label for each in DocumentKind},
    "approver": {each.value: each.label for each in Approver},
    "tri": {"yes": message("是"), "no": message("否")},
}
"""Texts by vocabulary and code."""
