"""What people read for each code: one table, in the catalogue like any other text."""

from __future__ import annotations

from flask_babel import gettext

from geo.messages import Message, message
from routes.data_types import DataType
from routes.model import NamesakeVerdict
from routes.namesake import verdict_label
from web.measure_labels import MEASURE_LABELS

__all__ = ["LABELS", "label", "labels_of", "say"]

LABELS: dict[str, dict[str, Message]] = {
    "case_kind": {
        "wages": message("劳动报酬"),
        "support": message("赡养抚养"),
        "injury": message("人身损害"),
        "loan": message("民间借贷"),
        "bank": message("金融借款"),
        "lease": message("租赁"),
        "sale": message("买卖"),
        "eviction": message("腾退"),
        "administrative": message("行政非诉"),
        "other": message("其他"),
    },
    "case_status": {
        "active": message("执行中"),
        "stayed": message("中止"),
        "settled": message("和解"),
        "paused": message("暂缓履行"),
        "ended": message("结案"),
        "bankruptcy": message("破产"),
    },
    "grade": {
        "none": message("无"),
        "red": message("红"),
        "white": message("白"),
        "black": message("黑"),
    },
    "debtor_kind": {"person": message("自然人"), "company": message("单位")},
    "place_kind": {
        "home": message("住所"),
        "work": message("工作单位"),
        "business": message("经营场所"),
        "registered": message("登记地址"),
    },
    "claim_source": {
        "applicant": message("申请人提供"),
        "judgment": message("裁判文书"),
        "household_register": message("户籍"),
        "residence_permit": message("居住证"),
        "lease": message("租赁备案"),
        "company_register": message("市场主体登记"),
        "social_insurance": message("社保缴纳单位"),
        "vehicle_register": message("车辆登记"),
        "utility": message("水电气账户"),
        "liaison": message("网格联络员"),
        "delivery_confirmed": message("送达地址确认书"),
        "property_register": message("不动产登记"),
        "other": message("其他"),
    },
    "identifier": {
        "name": message("姓名"),
        "id_number": message("证件号码"),
        "birth_date": message("出生日期"),
        "kin": message("亲属"),
        "address_history": message("历史住址"),
        "phone_tail": message("电话尾号"),
        "photo": message("照片"),
        "credit_code": message("统一社会信用代码"),
    },
    "outcome": {
        "found": message("找到"),
        "lives_here_absent": message("在此居住未遇"),
        "moved": message("已搬走"),
        "no_such_address": message("查无此址"),
        "namesake": message("同名非本人"),
        "refused": message("拒绝开门"),
        "closed": message("关门歇业"),
        "wrong_band": message("时段不符"),
    },
    "tip_state": {
        "open": message("待办理"),
        "used": message("已采用"),
        "aside": message("未采用"),
        "withdrawn": message("已撤回"),
    },
    "file_kind": {"photo": message("照片"), "signature": message("签名")},
    "visit_band": {
        "dawn": message("清晨"),
        "morning": message("上午"),
        "midday": message("午间"),
        "afternoon": message("下午"),
        "evening": message("傍晚"),
    },
    "day_kind": {
        "workday": message("工作日"),
        "rest_day": message("休息日"),
        "holiday": message("法定节假日"),
    },
    "precision": {
        "door": message("门牌"),
        "interpolated": message("门牌推算"),
        "poi": message("地点"),
        "road": message("道路"),
        "village": message("村"),
        "township": message("乡镇"),
        "county": message("区县"),
        "none": message("未定位"),
    },
    "checkpoint_kind": {"rail": message("火车站"), "expressway": message("高速出口")},
    "stop_kind": {
        "visit": message("走访"),
        "duty": message("勤务"),
        "break": message("休息"),
        "pick_up": message("到派出所接人"),
    },
    "duty_kind": {
        "checkpoint": message("查控"),
        "hearing": message("开庭"),
        "handover": message("移交"),
        "other": message("其他勤务"),
    },
    "unassigned_reason": {
        "blocked": message("规则不允许"),
        "no_hour": message("没有合法时段"),
        "no_skill": message("没有具备技能的小组"),
        "no_escort": message("派出所时段不合"),
        "too_far": message("路程过远"),
        "closed": message("道路封闭"),
        "outbid": message("价值低于已安排的走访"),
    },
    "floor": {
        "livelihood": message("民生案件（工资、扶养、人身损害）"),
        "oldest": message("立案最早的案件"),
    },
    "verdict": {
        "block": message("禁止"),
        "sign_off": message("须签批"),
        "warn": message("提醒"),
        "timer": message("期限"),
        "checklist": message("清单"),
        "route": message("转办"),
    },
    "vulnerable": {
        "minor_alone": message("未成年人独处"),
        "elderly": message("老年人"),
        "disabled": message("残疾人"),
        "pregnant": message("孕妇"),
        "ill": message("重病"),
    },
    "skill": {
        "licence": message("执行公务证"),
        "female_officer": message("女性执行人员"),
        "judicial_police": message("司法警察"),
        "recorder": message("记录员"),
        "locksmith": message("开锁"),
        "dialect": message("闽南话"),
        "driver": message("驾驶"),
        "medic": message("医护人员"),
        "interpreter": message("手语、方言翻译"),
        "two_recorders": message("两套记录设备"),
    },
    "campaign_kind": {
        "wages": message("劳动报酬"),
        "leases": message("租赁、腾退"),
        "returning": message("返乡时在家"),
        "other": message("其他"),
    },
    "support_kind": {
        "escort": message("到场协助"),
        "checkpoint": message("查控勤务"),
        "property_check": message("财产核查"),
    },
    "support_state": {
        "draft": message("草稿"),
        "sent": message("待确认"),
        "confirmed": message("已确认"),
        "declined": message("不能协助"),
        "withdrawn": message("已撤回"),
        "expired": message("已过期"),
        "other_time_proposed": message("建议改时间"),
    },
    "road_group": {
        "motorway": message("高速公路"),
        "trunk": message("国道、快速路"),
        "primary": message("省道、主干路"),
        "secondary": message("县道、次干路"),
        "tertiary": message("乡道、支路"),
        "local": message("村道、居住区道路"),
        "service": message("内部道路"),
        "track": message("机耕路"),
        "path": message("步行与自行车道"),
        "ferry": message("轮渡"),
    },
    "road_access": {
        "open": message("开放"),
        "restricted": message("限有事由者"),
        "gated": message("门禁内"),
        "closed": message("不通"),
    },
    "travel_mode": {
        "motor": message("汽车"),
        "bicycle": message("电动自行车"),
        "foot": message("步行"),
    },
    "profile": {
        "car": message("公务车"),
        "police_car": message("警车"),
        "ebike": message("电动自行车"),
        "foot": message("步行"),
    },
    "road_tier": {
        "all": message("全部道路"),
        "expressway": message("高速公路"),
        "arterial": message("干路"),
        "local": message("支路、村道"),
        "lane": message("内部道路、小路"),
    },
    "traffic_day": {"workday": message("工作日"), "rest_day": message("休息日")},
    "hour_band": {
        "morning_peak": message("早高峰"),
        "midday": message("平峰"),
        "evening_peak": message("晚高峰"),
        "night": message("夜间"),
    },
    "barrier": {"gate": message("门或路障"), "toll_booth": message("收费站")},
    "spot_kind": {
        "station": message("派出所"),
        "team": message("小组驻地"),
        "checkpoint": message("查控点"),
        "case": message("案件地点"),
        "stop": message("计划停留"),
    },
    "namesake": {each.value: verdict_label(each) for each in NamesakeVerdict},
    "register": {
        "assessment": message("影响评估"),
        "vendor": message("运维单位"),
        "map_review": message("公开地图审图号"),
        "leak": message("泄露事件"),
    },
    "leak_step": {
        "found": message("发现"),
        "remedied": message("补救"),
        "reported": message("向主管部门报告"),
        "told": message("通知本人"),
        "closed": message("办结"),
    },
    "data_type": {each.value: each.label for each in DataType},
    "restriction": {
        "order": message("限制消费令"),
        "exemption": message("暂时解除或宽限"),
        "dishonest": message("失信名单"),
        "breach": message("违反限制消费令（列车）"),
        "seizure": message("查封车辆"),
        "alert": message("车辆预警"),
    },
    "job_kind": {
        "import": message("导入"),
        "preview": message("比对"),
        "geocode": message("定位地址线索"),
        "plan": message("制定计划"),
        "field_pack": message("外勤包"),
    },
    "job_state": {
        "queued": message("排队"),
        "running": message("办理中"),
        "done": message("完成"),
        "failed": message("未完成"),
        "stopped": message("已停止"),
    },
    "import_kind": {
        "areas": message("边界"),
        "stations": message("派出所"),
        "checkpoints": message("查控点"),
        "teams": message("执行小组"),
        "liaisons": message("联络员"),
        "cases": message("案件"),
        "outcomes": message("走访结果"),
        "leads": message("线索"),
        "gazetteer": message("地名"),
        "calendar": message("日历"),
    },
    "right": {
        "map.read": message("总览地图"),
        "case.read": message("案件"),
        "case.export": message("导出全部案件"),
        "person.read": message("姓名和地址"),
        "person.show": message("证件号码等的全文（记入审计）"),
        "case.json": message("案件（JSON），个人信息按角色遮蔽"),
        "namesake.write": message("同名甄别"),
        "restriction.write": message("限制消费、失信与名单"),
        "plan.read": message("计划"),
        "plan.release": message("签批、发布和调整计划"),
        "share.write": message("共享给派出所"),
        "partner.read": message("本所的协助"),
        "support.answer": message("答复本所的协助请求"),
        "grid.read": message("自己反映的情况"),
        "tip.write": message("向法院反映情况"),
        "tip.use": message("办理联络员反映的情况"),
        "audit.read": message("审计"),
        "protection.write": message("数据合规登记"),
        "basemap.read": message("底图"),
        "network.read": message("路网与封闭"),
        "closure.write": message("登记和解除封闭"),
        "measure.write": message("执行措施"),
        "outcome.write": message("走访结果的记录"),
        "speeds.write": message("行车时间修正"),
        "account.own": message("自己的账户"),
        "account.write": message("管理账户"),
        "court.write": message("导入、定位和规划"),
        "setup.write": message("数据目录"),
    },
    "role": {
        "officer": message("执行人员"),
        "commander": message("指挥员"),
        "police_liaison": message("派出所联络员"),
        "grid_liaison": message("网格联络员"),
        "auditor": message("审计员"),
        "admin": message("管理员"),
    },
    "plan_change": {
        "dropped": message("取消"),
        "moved": message("改派"),
        "retimed": message("改时间"),
        "added": message("新增"),
    },
    "hand_fault": {
        "shift_hours": message("超出班次时间"),
        "window": message("不在可以走访的时段"),
        "travel_time": message("路上来不及"),
        "stop_order": message("与前后的停留重叠"),
        "unreachable": message("没有道路可到"),
        "skills": message("小组缺少所需技能或装备"),
        "officers": message("小组人数不足"),
        "duty_team": message("须由指定小组承担"),
        "max_stops": message("超过小组当天停留上限"),
        "capacity": message("超过车辆装载"),
        "break_missed": message("挤占了休息时间"),
        "break_place": message("休息地点不符"),
        "escort_missing": message("没有可派的派出所协助"),
        "escort_hours": message("派出所此时不派警力"),
        "escort_capacity": message("派出所此时警力不足"),
        "pick_up": message("须先到派出所接警员"),
        "together": message("须由两个小组共同承担"),
        "debtor_twice": message("同一被执行人重复安排"),
        "wrong_day": message("这一天不能走访"),
        "blocked_visit": message("规则禁止走访"),
    },
    **MEASURE_LABELS,
}
"""Texts by vocabulary and code; the same words as the import tables use."""


def say(text: Message) -> str:
    """Return a message in the reader's language."""
    return text.render(gettext)


def label(vocabulary: str, code: object) -> str:
    """Return the word for a code, or the code itself where the table has none."""
    found = LABELS[vocabulary].get(str(code))
    return say(found) if found is not None else str(code)


def labels_of(*vocabularies: str) -> dict[str, dict[str, str]]:
    """Return whole vocabularies in the reader's language, for scripts."""
    return {
        vocabulary: {code: say(text) for code, text in LABELS[vocabulary].items()}
        for vocabulary in vocabularies
    }
