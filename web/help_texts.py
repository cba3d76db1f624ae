"""What the help says of each page: short steps in the reader's language, and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from data.model import Role
from geo.messages import Message, message

__all__ = ["GUIDES", "TOPICS", "Guide", "Topic"]


@dataclass(frozen=True, slots=True)
class Topic:
    """How one page is used; ``endpoint`` opens it, ``narrow`` is a picture of a phone's width."""

    endpoint: str
    title: Message
    steps: tuple[Message, ...]
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Guide:
    """The main path of one role: what it is for, and its pages in the order of the work."""

    purpose: Message
    topics: tuple[str, ...]


TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        "overview": Topic(
            "overview.page",
            message("总览：看清还有哪些案件"),
            (
                message("地图上每个点是一个未结案件；数字是附近案件的个数，点一下放大。"),
                message("左侧按类型、名单、状态和乡镇筛选；图例同时给出各类个数。"),
                message("点一个案件，看它下一步最该做什么，再打开案件页。"),
                message("“圈选”后在地图上画一圈，圈内案件成为短名单。"),
            ),
        ),
        "cases": Topic(
            "cases.index",
            message("案件：查一个案件的来龙去脉"),
            (
                message("按案号、姓名、拼音、类型或状态查找，点案号打开案件页。"),
                message("案件页列出每条地址线索、可信度和可能性；圆圈是定位的误差范围。"),
                message("“规则提示”写明能不能走访、缺什么、怎样改正，并注明依据。"),
                message("同名的人、执行措施、限制与名单都在同一页登记。"),
            ),
        ),
        "desk": Topic(
            "desk.page",
            message("定位台：确认拿不准的地址"),
            (
                message("地址逐条出现；按 1–9 选一个候选位置。"),
                message("不准的拖动图钉，或用方向键移到门口，回车确认。"),
                message("找不到的标明无法定位；点错了可以撤销。"),
                message("确认过的位置会记住，同路同村的下一条因此更准。"),
            ),
        ),
        "plans": Topic(
            "plans.index",
            message("计划：谁在何时去哪里"),
            (
                message("打开一份计划：左为路线地图，右为各小组的时间表。"),
                message("逐项处理规则提示：禁止的不能发布，须签批的由指挥员写明理由。"),
                message("“手工调整”可拖动、锁定、增减走访，耗时和提示立即重算。"),
                message("指挥员签批后发布，再向派出所发送协助请求；可随时收回。"),
            ),
        ),
        "live": Topic(
            "live.index",
            message("现场：当天的进度和安全"),
            (
                message("各小组到了计划的哪一处、晚了多少，一页看全。"),
                message("久无音信或求援时出现警报；接手的人写明处理情况。"),
                message("来了新情况，先看前后对照的调整方案，再决定用不用。"),
            ),
        ),
        "campaigns": Topic(
            "campaigns.page",
            message("集中行动：哪里最需要人"),
            (
                message("颜色越深的乡镇所需工时越多；下表列出各周负荷。"),
                message("据此选定集中行动日，再制定那几天的计划。"),
            ),
        ),
        "field": Topic(
            "field.page",
            message("外勤：手机上的一天，没有信号也能用"),
            (
                message("首次打开时设一个 PIN；任务、地图和表单加密存在本机。"),
                message("有信号时领取任务；之后断网也能看下一处、打电话和导航。"),
                message("一处停留写明编号、时间、地址、协助、规则提示；标“不得前往”的不去。"),
                message("到了门口：选结果、勾清单、签字，三步记完；有信号时自动送出。"),
                message("交班时“结束并清除”；设备丢失请立即告诉管理员。"),
            ),
            narrow=True,
        ),
        "tips": Topic(
            "tips.page",
            message("线索：用联络员反映的情况"),
            (
                message("联络员反映的情况在这里等待办理，过期的自动失效。"),
                message("确认可用的，转成某个案件的线索；不可用的写明原因退回。"),
            ),
        ),
        "network": Topic(
            "network.page",
            message("路网：封闭与可达范围"),
            (
                message("看道路等级和封闭；选一个派出所或小组，看多少分钟能到哪里。"),
                message("指挥员可画范围或点选道路封闭，保存前先看影响。"),
            ),
        ),
        "jobs": Topic(
            "jobs.page",
            message("任务：导入表格和较长的工作"),
            (
                message("上传案件表：先看比对结果，哪些行新增、改动、待改，确认后才写入。"),
                message("表头不同的，逐列对应并存为模板，下次自动照办。"),
                message("定位、规划和外勤包也在这里交办；进度随时可看，可停止。"),
            ),
        ),
        "partner": Topic(
            "partner.page",
            message("协助：确认、改时间或不能前往"),
            (
                message("只有本所辖区内、共享期内的停留和请求；到期自动消失。"),
                message("看清时间、地点和注意事项，按“确认协助”。"),
                message("时间不合适，填一个时间按“建议改时间”；不能去的按“不能协助”。"),
                message("火车站、高速出口的勤务在“查控排班”，按日列出小组和文书，可打印。"),
            ),
            narrow=True,
        ),
        "grid": Topic(
            "tips.grid_page",
            message("反映情况：告诉法院您看到的"),
            (
                message("先读告知内容，愿意才填写；不反映没有任何影响。"),
                message("写明人、地点和时间；不要写与案件无关的人和事。"),
                message("“我反映过的”里可以随时撤回，撤回后不再使用。"),
            ),
            narrow=True,
        ),
        "audit": Topic(
            "audit.page",
            message("审计：谁在何时做了什么"),
            (
                message("“核验整条链”检查记录有没有被改动或删去，结果写明条数。"),
                message("按人、动作、对象和日期查找；记录里只有编号，没有姓名。"),
                message("发现不符，保存结果并按“数据合规”的泄露流程处理。"),
            ),
        ),
        "protection": Topic(
            "protection.page",
            message("数据合规：登记、评估和泄露处置"),
            (
                message("核对处理活动登记和影响评估，缺少的按提示补齐。"),
                message("发生泄露：登记事件，按列出的期限逐步处置。"),
            ),
        ),
        "retention": Topic(
            "retention.page",
            message("到期：该删的先看再删"),
            (
                message("看今天和近期到期的内容有多少；列出的只有数目和编号。"),
                message("有权的人确认后删除，删除后留下签名的销毁证明。"),
            ),
        ),
        "rules": Topic(
            "rules.page",
            message("规则：本院在用的规则和参数"),
            (
                message("每条规则写明编号、处理方式、依据的条文和改正办法。"),
                message("在本页查找编号、文字或法条，可打印备查。"),
            ),
        ),
        "accounts": Topic(
            "accounts.page",
            message("账户：谁能登录，能做什么"),
            (
                message("新增账户：选角色；派出所和网格联络员须选定单位。"),
                message("离岗的停用，忘记密码的重设；记录保留在审计中。"),
                message("下方的表列出每个角色的权限。"),
            ),
        ),
        "own_account": Topic(
            "own_account.page",
            message("我的账户：密码和两步验证"),
            (
                message("改密码，开启两步验证，结束其他设备上的登录。"),
                message("不用时请退出；一小时不操作会自动退出。"),
            ),
        ),
    }
)
"""By the key that the address of a picture and the anchor of a page have."""

GUIDES: Mapping[Role, Guide] = MappingProxyType(
    {
        Role.OFFICER: Guide(
            message("准备案件和地址，按计划走访，当场记录结果。"),
            ("overview", "cases", "desk", "plans", "field", "tips", "jobs", "network", "rules"),
        ),
        Role.COMMANDER: Guide(
            message("审看计划和规则提示，签批、发布、共享，掌握当天进度。"),
            ("overview", "plans", "live", "campaigns", "cases", "network", "retention", "rules"),
        ),
        Role.POLICE_LIAISON: Guide(
            message("两分钟看完本所的协助事项，确认、改时间或说明不能前往。"),
            ("partner", "network"),
        ),
        Role.GRID_LIAISON: Guide(
            message("依法、自愿向法院反映情况，随时可以撤回。"),
            ("grid",),
        ),
        Role.AUDITOR: Guide(
            message("核验记录，检查数据处理是否合规。"),
            ("audit", "protection", "retention", "rules"),
        ),
        Role.ADMIN: Guide(
            message("管理账户和数据合规；不看案件内容。"),
            ("accounts", "audit", "protection", "retention", "network", "rules"),
        ),
    }
)
"""Every role's guide; the own account closes each."""
